import { createHash, createHmac } from 'node:crypto';

import { fail, succeed, type Failed, type Result } from '../core/base/faults';
import { textOf } from '../core/base/json';
import { readBaseUrl, type BaseUrl } from '../core/http/baseUrl';
import type { HandleSigner } from '../core/job/handleSigner';
import type { Provider } from '../core/provider';
import { equalsInConstantTime } from '../webhooks/signature';
import { cleanKey, keyComplaint } from './apiKey';
import type { NodeContext } from './nodeContext';
import { secretForms } from './secretForms';

/** What a credential tells the node. The key itself stays with n8n, except for redacting it. */
export interface Connection {
	/** Without query and trailing slashes. */
	baseUrl: string;
	/** Query of the base URL. */
	baseQuery: string;
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

/** Checks a base URL, which may be empty where the provider has its own. */
function checkBaseUrl(entered: string, { displayName, defaultBaseUrl }: Provider): Result<BaseUrl> {
	const base = readBaseUrl(entered.trim() || defaultBaseUrl);
	return typeof base === 'string'
		? fail('invalidRequest', `'Base URL' in the ${displayName} credential ${base}`)
		: succeed(base);
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
				description:
					'Copy the key again as plain text, whole and alone, and enter it in the credential: ' +
					'it contains only letters, digits and punctuation of ASCII.',
			});
}

/** Names of parameters whose values are secret. */
const SECRET_PARAMETER = /auth|code|key|pass|secret|sig|token/i;

/** Lists the secret values in the query of a base URL. */
const secretsOfQuery = (query: string): string[] =>
	[...new URLSearchParams(query)].flatMap(([name, value]) => (SECRET_PARAMETER.test(name) ? [value] : []));

/** Reads the credential of a provider. Never rejects. Fault codes: `auth`, `invalidRequest` (base URL). */
export async function readConnection(context: NodeContext, provider: Provider): Promise<Result<Connection>> {
	try {
		const { baseUrl, apiKey: enteredKey } = await context.getCredentials(provider.credential);
		const base = checkBaseUrl(textOf(baseUrl), provider);
		if (!base.ok) return base;
		const apiKey = textOf(enteredKey);
		const key = readKey(apiKey, context, provider);
		if (!key.ok) return key;
		const callbackSecret = createCallbackSecret(key.value);
		return succeed({
			baseUrl: base.value.url,
			baseQuery: base.value.query,
			secrets: secretForms(apiKey, callbackSecret, ...secretsOfQuery(base.value.query)),
			keyFingerprint: createFingerprint(key.value),
			callbackSecret,
			signer: createSigner(key.value),
		});
	} catch (error) {
		return unusable(context, provider, error);
	}
}
