import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { ICredentialType } from 'n8n-workflow';

import type { Provider } from '../../nodes/FluxKontext/core/provider';

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Loads a provider's credential type from its file. Resolves to `null` if there is no such file. */
export async function credentialOf({ credential }: Provider): Promise<ICredentialType | null> {
	const name = capitalize(credential);
	const path = join(__dirname, '../../credentials', `${name}.credentials.ts`);
	if (!existsSync(path)) return null;
	const file = (await import(path)) as Record<string, new () => ICredentialType>;
	return file[name] ? new file[name]() : null;
}

/**
 * Computes the headers that n8n adds to a request for this credential type and key. Names are in lower case.
 */
export async function keyHeaders(
	{ authenticate }: ICredentialType,
	apiKey: string,
): Promise<Record<string, string>> {
	if (typeof authenticate !== 'function') throw new Error('A credential type authenticates by a function');
	const baseUrl = 'https://api.example';
	const request = await authenticate({ apiKey, baseUrl }, { url: baseUrl });
	const headers = Object.entries(request.headers ?? {}) as Array<[string, string]>;
	return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
