import {
	createHash,
	createHmac,
	createPublicKey,
	timingSafeEqual,
	verify,
	type JsonWebKey,
} from 'node:crypto';

import { isObject } from '../core/base/json';
import { exchange } from '../core/http/exchange';
import { isSuccess } from '../core/http/status';
import {
	providerContext,
	sendAuthenticated,
	type AuthenticatedTarget,
	type JobSetup,
} from '../core/job/context';
import { callbackOf, type CallbackSignature } from '../core/provider';

/** Webhook as it arrived. */
export interface WebhookDelivery {
	/** Names in lower case. */
	headers: Readonly<Record<string, string | undefined>>;
	/** Unparsed body; signatures cover it. */
	rawBody: Buffer;
}

/** Connection that the keys of signatures are requested with. */
export type SignatureContext = JobSetup & AuthenticatedTarget;

type SignatureOf<K extends CallbackSignature['kind']> = Extract<CallbackSignature, { kind: K }>;

/**
 * Seconds that a signed time may be off; an older webhook may be a replayed one (standardwebhooks.com
 * recommends it).
 */
const MAX_AGE_S = 300;

const isRecent = (seconds: string, nowMs: number): boolean =>
	Math.abs(nowMs / 1000 - Number(seconds)) <= MAX_AGE_S;

/** Compares two texts in a time that does not depend on where they differ. */
export function equalsInConstantTime(left: string, right: string): boolean {
	const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
	return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

const hmac = (key: string | Buffer, data: string | Buffer) => createHmac('sha256', key).update(data);

async function requestSecret(
	context: SignatureContext,
	{ secret, parseSecret }: SignatureOf<'standardWebhooks'>,
): Promise<string | null> {
	const { statusTimeoutMs } = context.engine.limits;
	const request = secret(providerContext(context));
	const outcome = await sendAuthenticated(context, request, {
		timeoutMs: statusTimeoutMs,
		signal: context.signal,
	});
	if (outcome.kind !== 'response' || !isSuccess(outcome.response)) return null;
	const parsed = parseSecret(outcome.response);
	return parsed.ok ? parsed.value : null;
}

async function verifyStandardWebhook(
	context: SignatureContext,
	signature: SignatureOf<'standardWebhooks'>,
	{ headers, rawBody }: WebhookDelivery,
): Promise<boolean> {
	const {
		'webhook-id': id = '',
		'webhook-timestamp': timestamp = '',
		'webhook-signature': signatures = '',
	} = headers;
	if (!isRecent(timestamp, context.ports.now())) return false;
	const secret = await requestSecret(context, signature);
	if (secret === null) return false;
	const key = Buffer.from(secret.slice(secret.lastIndexOf('_') + 1), 'base64');
	const expected = hmac(key, `${id}.${timestamp}.${rawBody.toString()}`).digest('base64');
	return signatures.split(' ').some((candidate) => equalsInConstantTime(candidate, `v1,${expected}`));
}

/** Requests the published keys of a provider, without the API key. */
async function requestKeys(context: SignatureContext, { keys }: SignatureOf<'ed25519'>): Promise<unknown[]> {
	const { statusTimeoutMs, maxResponseBytes } = context.engine.limits;
	const outcome = await exchange(
		context.ports,
		{ method: 'GET', url: keys(providerContext(context)) },
		{
			authenticate: false,
			timeoutMs: statusTimeoutMs,
			maxBytes: maxResponseBytes,
			signal: context.signal,
		},
	);
	if (outcome.kind !== 'response' || !isSuccess(outcome.response)) return [];
	const { body } = outcome.response;
	const published = isObject(body) ? body['keys'] : null;
	return Array.isArray(published) ? (published as unknown[]) : [];
}

async function verifyEd25519(
	context: SignatureContext,
	signature: SignatureOf<'ed25519'>,
	{ headers, rawBody }: WebhookDelivery,
): Promise<boolean> {
	const { headers: names } = signature;
	const [id = '', user = '', timestamp = '', hex = ''] = [
		names.id,
		names.user,
		names.timestamp,
		names.signature,
	].map((name) => headers[name]);
	if (!isRecent(timestamp, context.ports.now())) return false;
	const bodyHash = createHash('sha256').update(rawBody).digest('hex');
	const signed = Buffer.from([id, user, timestamp, bodyHash].join('\n'));
	const published = await requestKeys(context, signature);
	return published.some((jwk) => {
		try {
			const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
			return verify(null, signed, key, Buffer.from(hex, 'hex'));
		} catch {
			// Not a key that can have made the signature.
			return false;
		}
	});
}

/**
 * Verifies that a webhook comes from the provider, as far as the provider signs its webhooks. `secret` is the
 * one that the submit carried. May send one request for keys. Never rejects.
 */
export async function verifySignature(
	context: SignatureContext,
	delivery: WebhookDelivery,
	secret: string,
): Promise<boolean> {
	const signature = callbackOf(context.provider)?.signature;
	switch (signature?.kind) {
		case undefined:
			return true;
		case 'hmac': {
			const expected = `sha256=${hmac(secret, delivery.rawBody).digest('hex')}`;
			return equalsInConstantTime(delivery.headers[signature.header] ?? '', expected);
		}
		case 'standardWebhooks':
			return await verifyStandardWebhook(context, signature, delivery);
		case 'ed25519':
			return await verifyEd25519(context, signature, delivery);
	}
}
