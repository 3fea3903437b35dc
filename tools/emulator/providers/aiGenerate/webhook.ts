import type { ProviderContext } from '../../provider';
import type { EmulatedJob } from '../../types';
import type { Webhook } from '../../webhooks/webhook';
import { taskRecord } from './records';

/** Creates the webhook body of an ended job. */
type CreateBody = (job: EmulatedJob, context: ProviderContext) => object;

/**
 * Describes the webhook, which is that of kie.ai throughout. kie.ai signs requests if the user has created a
 * key for that in its settings; AI Generate has no such key (NOT FOUND), so nothing is signed.
 */
export const webhookTo = (
	url: string | undefined,
	createBody: CreateBody,
	context: ProviderContext,
): Webhook | undefined =>
	url === undefined
		? undefined
		: {
				url,
				timeoutMs: 15_000,
				messages: [
					{
						at: 'end',
						body: (job) => createBody(job, context),
						// "Intervals of 1 minute, 5 minutes, and 15 minutes", in one version of the page;
						// others name none.
						retryAfterMs: [60_000, 300_000, 900_000],
					},
				],
			};

const flaggedPrompt = 'Your prompt was flagged by Website as violating content policies.';

/** Returns the webhook body of a task of a Kontext model. */
export function kontextWebhookBody(job: EmulatedJob, context: ProviderContext): object {
	const body = (code: number, msg: string, url: string) => ({
		code,
		msg,
		data: { taskId: job.id, info: { originImageUrl: url, resultImageUrl: url } },
	});
	if (job.state === 'succeeded') return body(200, 'BFL image generated successfully.', context.linkTo(job));
	if (job.state === 'moderated') return body(400, flaggedPrompt, '');
	return job.number % 2 === 0
		? body(500, 'Internal Error, Please try again later.', '')
		: body(501, 'Image generation task failed', '');
}

/**
 * Returns the record of the task, with its `costTime` in seconds. The code of a flagged task is INFERRED from
 * the list of codes.
 */
export function taskWebhookBody(job: EmulatedJob, context: ProviderContext): object {
	const data = {
		...taskRecord(job, job.state, context),
		costTime: Math.round((job.endsAt - job.acceptedAt) / 1000),
	};
	if (job.state === 'succeeded') return { code: 200, msg: 'Playground task completed successfully.', data };
	return { code: job.state === 'moderated' ? 400 : 501, msg: 'Playground task failed.', data };
}
