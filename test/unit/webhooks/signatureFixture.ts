import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { createEngine, type Engine } from '../../../nodes/FluxKontext/core/engine';
import type { HttpCall, NoAnswer } from '../../../nodes/FluxKontext/core/http/ports';
import { providerById } from '../../../nodes/FluxKontext/providers';
import { verifySignature } from '../../../nodes/FluxKontext/webhooks/signature';
import type { SignatureCheck, WebhookDelivery } from '../../../nodes/FluxKontext/webhooks/verification';

/** Secret that the submit carried. */
export const SECRET = 'the secret of the submit';
/** Time of the first webhook: milliseconds since the epoch. */
export const START = Date.parse('2026-11-27T12:00:00.250Z');
/** Body with bytes that are not UTF-8, which a text cannot hold. */
export const BODY = Buffer.concat([
	Buffer.from('{ "id": "job-1", "note": "'),
	Buffer.from([0xff, 0xc3, 0x28]),
]);

/** What the provider answers to a request for keys: a status and a body, or no answer. */
export type Answer = { status: number; body: unknown } | NoAnswer;

export const unreachable: NoAnswer = { kind: 'noAnswer', delivery: 'notSent', reason: 'ECONNREFUSED' };

async function* chunksOf(body: unknown): AsyncGenerator<Uint8Array> {
	yield await Promise.resolve(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

/** A receiver of webhooks with one engine, whose requests for keys are answered by a script. */
export interface Receiver {
	/** Milliseconds since the epoch. */
	nowMs: number;
	/** Answers the requests for keys. Default: 500. */
	answer: Answer;
	/** Requests for keys, in order. */
	readonly calls: HttpCall[];
	readonly engine: Engine;
	/** Verifies a webhook of a provider. */
	verify(providerId: string, delivery: WebhookDelivery, keyFingerprint?: string): Promise<SignatureCheck>;
}

/** Creates a receiver without keys. */
export function createReceiver(): Receiver {
	const receiver: Receiver = {
		nowMs: START,
		answer: { status: 500, body: 'try later' },
		calls: [],
		engine: createEngine(),
		verify: async (providerId, delivery, keyFingerprint = 'key-1') => {
			const provider = providerById(providerId);
			if (!provider) throw new Error(`There is no provider ${providerId}`);
			const { signal } = new AbortController();
			const ports = {
				http: {
					open: async (call: HttpCall) => {
						receiver.calls.push(call);
						await Promise.resolve();
						if ('kind' in receiver.answer) return receiver.answer;
						const { status, body } = receiver.answer;
						return { kind: 'response' as const, status, headers: {}, body: chunksOf(body) };
					},
				},
				sleep: async (_: number, aborted: AbortSignal) =>
					await new Promise<void>((resolve) => aborted.addEventListener('abort', () => resolve())),
				now: () => receiver.nowMs,
				random: () => 0,
				stop: signal,
				decodeBase64: (text: string) => Buffer.from(text, 'base64'),
			};
			const { defaultBaseUrl: baseUrl } = provider;
			const { engine } = receiver;
			const deadline = receiver.nowMs + 60_000;
			const setup = { provider, baseUrl, keyFingerprint, ports, deadline, signal, engine };
			return await verifySignature(setup, delivery, SECRET);
		},
	};
	return receiver;
}

/** Seconds since the epoch, `offset` seconds after the first webhook. */
export const secondsAt = (offset: number): string => String(Math.floor(START / 1000) + offset);

/** Creates the signature of Black Forest Labs in hex. */
export const bflHex = (secret = SECRET, body: Buffer = BODY): string =>
	createHmac('sha256', secret).update(body).digest('hex');

/** Creates a webhook secret of Replicate, and signs webhooks with it. */
export function replicateSigner() {
	const key = randomBytes(24);
	const entry = (timestamp: string, id = 'msg_1'): string => {
		const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(BODY).digest('base64');
		return `v1,${mac}`;
	};
	const deliver = (
		overrides: WebhookDelivery['headers'] = {},
		timestamp = secondsAt(0),
	): WebhookDelivery => ({
		headers: {
			'webhook-id': 'msg_1',
			'webhook-timestamp': timestamp,
			'webhook-signature': entry(timestamp),
			...overrides,
		},
		rawBody: BODY,
	});
	return { answer: { status: 200, body: { key: `whsec_${key.toString('base64')}` } }, entry, deliver };
}

/** Creates a key pair of fal, and signs webhooks with it. */
export function falSigner() {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const hex = (timestamp: string): string => {
		const hash = createHash('sha256').update(BODY).digest('hex');
		return sign(null, Buffer.from(['job-1', 'user-1', timestamp, hash].join('\n')), privateKey).toString(
			'hex',
		);
	};
	const deliver = (
		overrides: WebhookDelivery['headers'] = {},
		timestamp = secondsAt(0),
	): WebhookDelivery => ({
		headers: {
			'x-fal-webhook-request-id': 'job-1',
			'x-fal-webhook-user-id': 'user-1',
			'x-fal-webhook-timestamp': timestamp,
			'x-fal-webhook-signature': hex(timestamp),
			...overrides,
		},
		rawBody: BODY,
	});
	return { jwk: publicKey.export({ format: 'jwk' }), hex, deliver };
}

/** Creates the answer that publishes keys. */
export const published = (...keys: unknown[]): Answer => ({ status: 200, body: { keys } });
