import { createHash, createHmac } from 'node:crypto';

import { fail, succeed, type Failed, type Result } from '../core/base/faults';
import { isWebUrl } from '../core/http/trust';
import type { HandleSigner } from '../core/job/handleSigner';
import type { Provider } from '../core/provider';
import { equalsInConstantTime } from '../webhooks/signature';
import type { NodeContext } from './nodeContext';

/** What a credential tells the node. The key itself stays with n8n, except for redacting it. */
export interface Connection {
	/** Without a trailing slash. */
	baseUrl: string;
	/** Texts that must never be shown. */
	secrets: readonly string[];
	/** Distinguishes keys; the key cannot be derived from it. */
	keyFingerprint: string;
	/** Proves that a callback address was made by a node with this key; the key cannot be derived from it. */
	callbackSecret: string;
	/** Signs the links in job records with the key. */
	signer: HandleSigner;
}

/** Hex digits of a fingerprint; 64 bits distinguish the keys of one n8n. */
const FINGERPRINT_DIGITS = 16;

const createCallbackSecret = (key: string): string =>
	createHmac('sha256', key).update('n8n-nodes-flux-kontext callback').digest('hex');

function createSigner(key: string): HandleSigner {
	const sign = (text: string) =>
		createHmac('sha256', key).update(`n8n-nodes-flux-kontext handle ${text}`).digest('base64url');
	return { sign, verify: (text, signature) => equalsInConstantTime(signature, sign(text)) };
}

const createFingerprint = (key: string): string =>
	createHash('sha256').update(key).digest('hex').slice(0, FINGERPRINT_DIGITS);

function unusable(context: NodeContext, { displayName, credential }: Provider, error: unknown): Failed {
	if (!context.getNode().credentials?.[credential]) {
		return fail('auth', `No ${displayName} credential is chosen`, {
			description: `Choose or create a ${displayName} credential in the node, below 'Provider'.`,
		});
	}
	const reason = error instanceof Error ? error.message : String(error);
	return fail('auth', `No ${displayName} credential can be used: ${reason}`, {
		description: `Choose or create a ${displayName} credential in the node.`,
	});
}

/** Reads the credential of a provider. Never rejects. Fault codes: `auth`, `invalidRequest` (base URL). */
export async function readConnection(context: NodeContext, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey = '' } = await context.getCredentials<{ baseUrl?: string; apiKey?: string }>(
			provider.credential,
		);
		const url = (baseUrl?.trim() || provider.defaultBaseUrl).replace(/\/+$/, '');
		if (!isWebUrl(url)) {
			return fail(
				'invalidRequest',
				`'Base URL' in the ${provider.displayName} credential must start with https:// or http://, ` +
					`but is "${url}"`,
			);
		}
		return succeed({
			baseUrl: url,
			secrets: apiKey === '' ? [] : [apiKey],
			keyFingerprint: createFingerprint(apiKey),
			callbackSecret: createCallbackSecret(apiKey),
			signer: createSigner(apiKey),
		});
	} catch (error) {
		return unusable(context, provider, error);
	}
}
