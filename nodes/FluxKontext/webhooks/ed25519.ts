import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto';

import { isObject } from '../core/base/json';
import type { VerificationKeys } from '../core/base/keyCache';
import { exchange } from '../core/http/exchange';
import { isSuccess } from '../core/http/status';
import { providerContext } from '../core/job/context';
import type { CallbackSignature } from '../core/provider';
import {
	isRecent,
	verifyWithKeys,
	type SignatureCheck,
	type SignatureContext,
	type WebhookDelivery,
} from './verification';

type Ed25519Signature = Extract<CallbackSignature, { kind: 'ed25519' }>;

/** Signature of 64 bytes in hex. */
const HEX_SIGNATURE = /^[0-9a-f]{128}$/i;
/** Published keys that are tried; a provider publishes the current one and those before and after it. */
const MAX_KEYS = 20;

/** Requests the published keys, without the API key. Never rejects. */
async function requestKeys(context: SignatureContext, url: string): Promise<VerificationKeys> {
	const { statusTimeoutMs, maxResponseBytes } = context.engine.limits;
	const outcome = await exchange(
		context.ports,
		{ method: 'GET', url },
		{
			authenticate: false,
			timeoutMs: statusTimeoutMs,
			maxBytes: maxResponseBytes,
			signal: context.signal,
		},
	);
	if (outcome.kind !== 'response' || !isSuccess(outcome.response)) return null;
	const { body } = outcome.response;
	const published = isObject(body) ? body['keys'] : null;
	return Array.isArray(published) ? (published as unknown[]).slice(0, MAX_KEYS) : null;
}

function isSignedWith(jwk: unknown, signed: Buffer, signature: Buffer): boolean {
	try {
		return verify(null, signed, createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), signature);
	} catch {
		// Not a key that can have made the signature.
		return false;
	}
}

/**
 * Verifies an Ed25519 signature over id, user, time and the hash of the body. May send one request. Never
 * rejects.
 */
export async function verifyEd25519(
	context: SignatureContext,
	{ headers: names, keys }: Ed25519Signature,
	{ headers, rawBody }: WebhookDelivery,
): Promise<SignatureCheck> {
	const id = headers[names.id] ?? '';
	const user = headers[names.user] ?? '';
	const timestamp = headers[names.timestamp] ?? '';
	const hex = headers[names.signature] ?? '';
	if (!HEX_SIGNATURE.test(hex) || !isRecent(timestamp, context.ports.now())) return 'invalid';
	const bodyHash = createHash('sha256').update(rawBody).digest('hex');
	const signed = Buffer.from([id, user, timestamp, bodyHash].join('\n'));
	const url = keys(providerContext(context));
	return await verifyWithKeys(
		context,
		`keys ${url}`,
		async () => await requestKeys(context, url),
		(jwk) => isSignedWith(jwk, signed, Buffer.from(hex, 'hex')),
	);
}
