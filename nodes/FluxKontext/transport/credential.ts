import { createHash } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Result } from '../core/faults';
import { isWebUrl } from '../core/trust';
import type { Provider } from '../core/types';

export interface Connection {
	/** Without a slash at the end. */
	baseUrl: string;
	/** What must never be shown. */
	secrets: readonly string[];
	/** Tells keys apart; the key cannot be read from it. */
	account: string;
}

const fingerprint = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

export async function readConnection(context: IExecuteFunctions, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey } = await context.getCredentials<{ baseUrl?: string; apiKey?: string }>(provider.credential);
		const url = (baseUrl?.trim() || provider.defaultBaseUrl).replace(/\/+$/, '');
		if (!isWebUrl(url)) {
			return fail('invalidRequest', `'Base URL' in the ${provider.displayName} credential must start with https:// or http://, but is "${url}"`);
		}
		return succeed({ baseUrl: url, secrets: apiKey ? [apiKey] : [], account: fingerprint(apiKey ?? '') });
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return fail('auth', `No ${provider.displayName} credential can be used: ${why}`, {
			description: `Choose or create a ${provider.displayName} credential in the node.`,
		});
	}
}
