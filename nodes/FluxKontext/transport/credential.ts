import type { IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Fault, type Result } from '../core/faults';
import { redact } from '../core/redact';
import { isWebUrl } from '../core/trust';
import type { Provider } from '../core/types';

export interface Connection {
	/** Without a slash at the end. */
	baseUrl: string;
	/** What must never be shown. */
	secrets: readonly string[];
}

export async function readConnection(context: IExecuteFunctions, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey } = await context.getCredentials<{ baseUrl?: string; apiKey?: string }>(provider.credential);
		const url = (baseUrl?.trim() || provider.defaultBaseUrl).replace(/\/+$/, '');
		if (!isWebUrl(url)) {
			return fail('invalidRequest', `'Base URL' in the ${provider.displayName} credential must start with https:// or http://, but is "${url}"`);
		}
		return succeed({ baseUrl: url, secrets: apiKey ? [apiKey] : [] });
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return fail('auth', `No ${provider.displayName} credential can be used: ${why}`, {
			description: `Choose or create a ${provider.displayName} credential in the node.`,
		});
	}
}

/** A fault fit to be seen: without the key, Authorization values and the signatures of links. */
export function withoutSecrets(fault: Fault, secrets: readonly string[]): Fault {
	const { message, description, providerStatus } = fault;
	return {
		...fault,
		message: redact(message, secrets),
		description: redact(description, secrets),
		providerStatus: providerStatus === null ? null : redact(providerStatus, secrets),
	};
}
