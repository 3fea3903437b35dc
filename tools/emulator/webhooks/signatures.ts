import { createHash, createHmac, generateKeyPairSync, type JsonWebKey, randomBytes, sign } from 'node:crypto';
import type { WebhookDelivery } from './webhook';

/** Creates the headers that authenticate one webhook request. */
export type SignDelivery = (delivery: WebhookDelivery) => Record<string, string>;

/** Creates Black Forest Labs' signature: an HMAC with the secret that the client sent with its submit. */
export const bflSignature =
	(secret: string): SignDelivery =>
	({ raw }) => ({ 'X-BFL-Signature': `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}` });

/**
 * Creates a secret and the signature of standardwebhooks.com, as Replicate uses it: "the part of the secret
 * after whsec_ is the key, as base64".
 */
export function standardWebhooks(): { secret: string; sign: SignDelivery } {
	const key = randomBytes(24);
	const previousKey = randomBytes(24);
	const signature = (signingKey: Buffer, content: string): string =>
		`v1,${createHmac('sha256', signingKey).update(content).digest('base64')}`;
	return {
		secret: `whsec_${key.toString('base64')}`,
		sign({ job, messageId, seconds, raw }) {
			const content = `${messageId}.${seconds}.${raw}`;
			// "List of signatures (space delimited)": one valid signature among them is enough.
			const previous = job.number % 2 === 0 ? [signature(previousKey, content)] : [];
			return {
				'webhook-id': messageId,
				'webhook-timestamp': String(seconds),
				'webhook-signature': [...previous, signature(key, content)].join(' '),
			};
		},
	};
}

/**
 * Creates the published keys and the signature of fal: Ed25519 over the ids, the time and the body's hash.
 * The signature is valid for one of the keys.
 */
export function falSignature(): { jwks: { keys: JsonWebKey[] }; sign: SignDelivery } {
	const [previous, current] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
	// The format of a user id is NOT FOUND.
	const userId = `user_${randomBytes(12).toString('hex')}`;
	return {
		// Only the `x` of a key is documented; that it is a whole JWK is INFERRED from third-party clients.
		jwks: {
			keys: [previous, current].map(({ publicKey }) => ({ ...publicKey.export({ format: 'jwk' }) })),
		},
		sign({ job, seconds, raw }) {
			const hash = createHash('sha256').update(raw).digest('hex');
			const content = [job.id, userId, seconds, hash].join('\n');
			return {
				'X-Fal-Webhook-Request-Id': job.id,
				'X-Fal-Webhook-User-Id': userId,
				'X-Fal-Webhook-Timestamp': String(seconds),
				'X-Fal-Webhook-Signature': sign(null, Buffer.from(content), current.privateKey).toString(
					'hex',
				),
			};
		},
	};
}
