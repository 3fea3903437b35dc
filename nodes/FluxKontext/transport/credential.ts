import { createHash, createHmac } from 'node:crypto';

import { fail, succeed, type Result } from '../core/base/faults';
import { isWebUrl } from '../core/http/trust';
import type { Provider } from '../core/provider';
import type { NodeContext } from './nodeContext';

export interface Connection {
	/** Without a slash at the end. */
	baseUrl: string;
	/** What must never be shown. */
	secrets: readonly string[];
	/** Tells keys apart; the key cannot be read from it. */
	keyFingerprint: string;
	/** Proves that a callback address was made by a node with this key; the key cannot be read from it. */
	callbackSecret: string;
}

const callbackSecretOf = (key: string): string =>
	createHmac('sha256', key).update('n8n-nodes-flux-kontext callback').digest('hex');
const fingerprint = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

export async function readConnection(context: NodeContext, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey } = await context.getCredentials<{ baseUrl?: string; apiKey?: string }>(
			provider.credential,
		);
		const url = (baseUrl?.trim() || provider.defaultBaseUrl).replace(/\/+$/, '');
		if (!isWebUrl(url)) {
			return fail(
				'invalidRequest',
				`'Base URL' in the ${provider.displayName} credential must start with https:// or http://, but is "${url}"`,
			);
		}
		return succeed({
			baseUrl: url,
			secrets: apiKey ? [apiKey] : [],
			keyFingerprint: fingerprint(apiKey ?? ''),
			callbackSecret: callbackSecretOf(apiKey ?? ''),
		});
	} catch (error) {
		if (!context.getNode().credentials?.[provider.credential]) {
			return fail('auth', `No ${provider.displayName} credential is chosen`, {
				description: `Choose or create a ${provider.displayName} credential in the node, below 'Provider'.`,
			});
		}
		const why = error instanceof Error ? error.message : String(error);
		return fail('auth', `No ${provider.displayName} credential can be used: ${why}`, {
			description: `Choose or create a ${provider.displayName} credential in the node.`,
		});
	}
}
