import type { z } from 'zod';
import type { ProviderContext } from '../../provider';
import type { EmulatedJob } from '../../types';
import { standardWebhooks } from '../../webhooks/signatures';
import type { Webhook, WebhookMessage } from '../../webhooks/webhook';
import { prediction, statusNames } from './prediction';
import { webhookEvents, type WebhookFields } from './schemas';

const { secret, sign } = standardWebhooks();

/** The secret of the webhook signatures, as the API returns it to the owner of the key. */
export const signingSecret = secret;

type WebhookEvent = z.infer<typeof webhookEvents>;

/**
 * Describes the webhook: the prediction, at each event of the filter. The emulated models write no logs.
 * Returns undefined for a submit without a webhook.
 */
export function webhookTo(
	{ webhook, webhook_events_filter: filter = ['output', 'completed'] }: WebhookFields,
	context: ProviderContext,
): Webhook | undefined {
	if (webhook === undefined) return undefined;
	const messages: Partial<Record<WebhookEvent, WebhookMessage>> = {
		start: { at: 'start', body: (job) => prediction(job, 'starting', context), retryAfterMs: [] },
		// The status at this event is INFERRED.
		output: { at: 'end', body: (job) => predictionWithOutput(job, context), retryAfterMs: [] },
		// "Several times on an exponential backoff. The final retry is sent about 1 minute after the
		// prediction completed."
		completed: {
			at: 'end',
			body: (job) => prediction(job, statusNames[job.state], context),
			retryAfterMs: [4_000, 8_000, 16_000, 32_000],
		},
	};
	return {
		url: webhook,
		// "Within a few seconds".
		timeoutMs: 10_000,
		messages: webhookEvents.options.flatMap((event) =>
			filter.includes(event) ? (messages[event] ?? []) : [],
		),
		sign,
		// "Where the status is succeeded, failed or canceled".
		reportsCancellation: filter.includes('completed'),
	};
}

const predictionWithOutput = (job: EmulatedJob, context: ProviderContext): object | undefined =>
	job.state === 'succeeded'
		? {
				...prediction(job, statusNames.succeeded, context),
				status: statusNames.running,
				completed_at: null,
			}
		: undefined;
