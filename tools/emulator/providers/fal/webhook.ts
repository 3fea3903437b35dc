import type { ProviderContext } from '../../provider';
import type { EmulatedJob } from '../../types';
import { falSignature } from '../../webhooks/signatures';
import type { Webhook } from '../../webhooks/webhook';
import { resultOf } from './responses';

const { jwks: publishedKeys, sign } = falSignature();

/** The JSON Web Key Set with the public keys of the webhook signatures. */
export const jwks = publishedKeys;

// "It will retry 10 times in the span of 2 hours" (third parties: up to 31 times in one hour). The single
// waiting times are INFERRED: each is twice the one before.
const retryAfterMs = Array.from({ length: 10 }, (_, index) => 7_000 * 2 ** index);

/** Describes the webhook. It does not report a cancelled request (INFERRED). */
export const webhookTo = (url: string, context: ProviderContext): Webhook => ({
	url,
	timeoutMs: 15_000,
	messages: [{ at: 'end', body: (job) => webhookBody(job, context), retryAfterMs }],
	sign,
});

function webhookBody(job: EmulatedJob, context: ProviderContext): object {
	const { status, body: payload } = resultOf(job, context);
	const ids = { request_id: job.id, gateway_request_id: job.id };
	// The `null` is in two recorded requests (D3), the docs leave it out.
	return status < 400
		? { ...ids, status: 'OK', error: null, payload }
		: { ...ids, status: 'ERROR', error: `Invalid status code: ${status}`, payload };
}
