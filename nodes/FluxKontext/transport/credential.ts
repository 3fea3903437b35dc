import { createHash, createHmac } from 'node:crypto';

import { fail, succeed, type Failed, type Result } from '../core/base/faults';
import { show } from '../core/base/json';
import { isWebUrl } from '../core/http/trust';
import type { HandleSigner } from '../core/job/handleSigner';
import type { Provider } from '../core/provider';
import { equalsInConstantTime } from '../webhooks/signature';
import { cleanKey, keyComplaint } from './apiKey';
import type { NodeContext } from './nodeContext';
import { secretForms } from './secretForms';

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

const refuseBaseUrl = ({ displayName }: Provider, text: string): Failed =>
	fail('invalidRequest', `'Base URL' in the ${displayName} credential ${text}`);

/**
 * Checks a base URL; returns it without its query, which `authenticate` adds to every request, and trailing
 * slashes.
 */
function readBaseUrl(value: string | undefined, provider: Provider): Result<string> {
	const text = value?.trim() || provider.defaultBaseUrl;
	if (!isWebUrl(text))
		return refuseBaseUrl(provider, `must start with https:// or http://, but is ${show(text)}`);
	const { username, password, hash, origin, pathname } = new URL(text);
	if (username !== '' || password !== '')
		return refuseBaseUrl(provider, "must not hold a user or a password; the key belongs in 'API Key'");
	if (hash !== '' || text.includes('#')) return refuseBaseUrl(provider, 'must not hold a fragment (#…)');
	return succeed(`${origin}${pathname}`.replace(/\/+$/, ''));
}

/** Checks a key. */
function readKey(apiKey: string, context: NodeContext, provider: Provider): Result<string> {
	const key = cleanKey(apiKey);
	const { displayName } = provider;
	if (key === '' && !provider.isSelfHosted) {
		return fail('auth', `The ${displayName} credential has no API key`, {
			description: `Enter the key in the ${displayName} credential of ${context.getNode().name}.`,
		});
	}
	const complaint = keyComplaint(key);
	return complaint === null
		? succeed(key)
		: fail('auth', `The API key in the ${displayName} credential ${complaint}`, {
				description: 'Copy the key again, from the page of the provider, as plain text.',
			});
}

/** Reads the credential of a provider. Never rejects. Fault codes: `auth`, `invalidRequest` (base URL). */
export async function readConnection(context: NodeContext, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey = '' } = await context.getCredentials<{ baseUrl?: string; apiKey?: string }>(
			provider.credential,
		);
		const url = readBaseUrl(baseUrl, provider);
		if (!url.ok) return url;
		const key = readKey(apiKey, context, provider);
		if (!key.ok) return key;
		const callbackSecret = createCallbackSecret(key.value);
		return succeed({
			baseUrl: url.value,
			secrets: secretForms(apiKey, callbackSecret),
			keyFingerprint: createFingerprint(key.value),
			callbackSecret,
			signer: createSigner(key.value),
		});
	} catch (error) {
		return unusable(context, provider, error);
	}
}
