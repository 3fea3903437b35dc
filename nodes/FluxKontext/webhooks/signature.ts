import {
	createHash,
	createHmac,
	createPublicKey,
	timingSafeEqual,
	verify,
	type JsonWebKey,
} from 'node:crypto';

import { exchange } from '../core/http/exchange';
import { isObject } from '../core/base/json';
import { STATUS_TIMEOUT_MS } from '../core/base/limits';
import { providerContext, isAnswer, isSuccess, send, type JobContext } from '../core/job/context';
import type { CallbackSignature } from '../core/provider';

/** A call that says that a job has ended. */
export interface WebhookDelivery {
	/** Names in lower case. */
	headers: Readonly<Record<string, string | undefined>>;
	rawBody: Buffer;
}

/** An older call may be one that was recorded and is played again. */
const MAX_AGE_S = 300;

const isRecent = (seconds: string, now: number): boolean =>
	Math.abs(now / 1000 - Number(seconds)) <= MAX_AGE_S;

function isEqual(given: string, right: string): boolean {
	const [a, b] = [Buffer.from(given), Buffer.from(right)];
	return a.length === b.length && timingSafeEqual(a, b);
}

const hmac = (key: string | Buffer, data: string | Buffer) => createHmac('sha256', key).update(data);

async function byStandardWebhooks(
	run: JobContext,
	signature: Extract<CallbackSignature, { kind: 'standardWebhooks' }>,
	{ headers, rawBody }: WebhookDelivery,
): Promise<boolean> {
	const {
		'webhook-id': id = '',
		'webhook-timestamp': timestamp = '',
		'webhook-signature': given = '',
	} = headers;
	if (!isRecent(timestamp, run.ports.now())) return false;
	const answer = await send(run, signature.secret(providerContext(run)), STATUS_TIMEOUT_MS);
	const secret =
		answer !== 'untrusted' && isAnswer(answer) && isSuccess(answer)
			? signature.parseSecret(answer)
			: null;
	if (!secret?.ok) return false;
	const key = Buffer.from(secret.value.slice(secret.value.lastIndexOf('_') + 1), 'base64');
	const right = hmac(key, `${id}.${timestamp}.${rawBody.toString()}`).digest('base64');
	return given.split(' ').some((each) => isEqual(each, `v1,${right}`));
}

async function byEd25519(
	run: JobContext,
	{ headers: names, keys }: Extract<CallbackSignature, { kind: 'ed25519' }>,
	{ headers, rawBody }: WebhookDelivery,
): Promise<boolean> {
	const [id = '', user = '', timestamp = '', given = ''] = [
		names.id,
		names.user,
		names.timestamp,
		names.signature,
	].map((name) => headers[name]);
	if (!isRecent(timestamp, run.ports.now())) return false;
	const request = { method: 'GET' as const, url: keys(providerContext(run)) };
	const answer = await exchange(run.ports, request, {
		authenticate: false,
		timeoutMs: STATUS_TIMEOUT_MS,
		signal: run.signal,
	});
	const published =
		isAnswer(answer) && isSuccess(answer) && isObject(answer.body) ? answer.body['keys'] : null;
	const signed = Buffer.from(
		[id, user, timestamp, createHash('sha256').update(rawBody).digest('hex')].join('\n'),
	);
	return (Array.isArray(published) ? published : []).some((jwk: unknown) => {
		try {
			return verify(
				null,
				signed,
				createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }),
				Buffer.from(given, 'hex'),
			);
		} catch {
			// No key that could have signed it.
			return false;
		}
	});
}

/** Whether a call comes from the provider, as far as it signs what it sends. */
export async function verifySignature(
	run: JobContext,
	knock: WebhookDelivery,
	secret: string,
): Promise<boolean> {
	const signature = run.provider.callback?.signature;
	switch (signature?.kind) {
		case undefined:
			return true;
		case 'hmac':
			return isEqual(
				knock.headers[signature.header] ?? '',
				`sha256=${hmac(secret, knock.rawBody).digest('hex')}`,
			);
		case 'standardWebhooks':
			return await byStandardWebhooks(run, signature, knock);
		case 'ed25519':
			return await byEd25519(run, signature, knock);
	}
}
