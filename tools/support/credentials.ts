import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { ICredentialType } from 'n8n-workflow';

import type { Provider } from '../../nodes/FluxKontext/core/provider';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The credential of a provider, from its own file; `null` where there is none. */
export async function credentialOf({ credential }: Provider): Promise<ICredentialType | null> {
	const name = capital(credential);
	const path = join(__dirname, '../../credentials', `${name}.credentials.ts`);
	if (!existsSync(path)) return null;
	const file = (await import(path)) as Record<string, new () => ICredentialType>;
	return file[name] ? new file[name]() : null;
}

/** The headers that n8n adds for this credential and key. */
export async function keyHeaders(
	{ authenticate }: ICredentialType,
	apiKey: string,
): Promise<Record<string, string>> {
	if (typeof authenticate === 'function') {
		const request = await authenticate({ apiKey }, { url: '' });
		const added = Object.entries(request.headers ?? {}) as Array<[string, string]>;
		return Object.fromEntries(added.map(([name, text]) => [name.toLowerCase(), text]));
	}
	const headers = Object.entries(authenticate?.properties.headers ?? {}) as Array<[string, string]>;
	return Object.fromEntries(
		headers.map(([name, text]) => [
			name.toLowerCase(),
			text.replace(/^=/, '').replace('{{$credentials.apiKey}}', apiKey),
		]),
	);
}
