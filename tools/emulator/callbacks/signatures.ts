import { createHash, createHmac, generateKeyPairSync, type JsonWebKey, randomBytes, sign } from 'node:crypto';
import type { Attempt } from './callback';

type Sign = (attempt: Attempt) => Record<string, string>;

/** Black Forest Labs, with the secret that came with the submit. */
export const bflSignature =
	(secret: string): Sign =>
	({ raw }) => ({ 'X-BFL-Signature': `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}` });

/** standardwebhooks.com, as Replicate has it: "the part of the secret after whsec_ is the key, as base64". */
export function standardWebhooks(): { secret: string; sign: Sign } {
	const key = randomBytes(24);
	const formerKey = randomBytes(24);
	const signature = (by: Buffer, content: string): string =>
		`v1,${createHmac('sha256', by).update(content).digest('base64')}`;
	return {
		secret: `whsec_${key.toString('base64')}`,
		sign({ job, messageId, seconds, raw }) {
			const content = `${messageId}.${seconds}.${raw}`;
			// "List of signatures (space delimited)": any of them may be the right one.
			const former = job.number % 2 === 0 ? [signature(formerKey, content)] : [];
			return {
				'webhook-id': messageId,
				'webhook-timestamp': String(seconds),
				'webhook-signature': [...former, signature(key, content)].join(' '),
			};
		},
	};
}

/** fal's: Ed25519 over the ids, the time and the body's hash. Any of the published keys may be the right one. */
export function falSignature(): { jwks: { keys: JsonWebKey[] }; sign: Sign } {
	const [former, current] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
	// What the id of a user looks like is NOT FOUND.
	const userId = `user_${randomBytes(12).toString('hex')}`;
	return {
		// Documented of a key is its `x`; that it is a whole JWK is what third-party clients read (INFERRED).
		jwks: {
			keys: [former, current].map(({ publicKey }) => ({ ...publicKey.export({ format: 'jwk' }) })),
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
