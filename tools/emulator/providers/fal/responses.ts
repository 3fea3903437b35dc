import type { ProviderContext } from '../../provider';
import type { EmulatedJob, JobState } from '../../types';
import { ownerAndApp, type Payload } from './schemas';

/** fal's status of a job in each state. */
export const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'IN_QUEUE',
	running: 'IN_PROGRESS',
	succeeded: 'COMPLETED',
	// "COMPLETED" means that the job has ended, successfully or not.
	failed: 'COMPLETED',
	moderated: 'COMPLETED',
	cancelled: 'COMPLETED',
	unknown: 'DAYDREAMING',
};

/** Failure of a job whose input image cannot be loaded. */
export const unreadableImage = 'Failed to load the image';

/** Reports whether a failure is in the status too, or in the result alone: both are documented. */
const failsInStatus = ({ number, failure }: EmulatedJob): boolean =>
	number % 2 === 1 && failure !== unreadableImage;

/** Returns the body of a status response. */
export function statusBody(job: EmulatedJob, state: JobState | 'unknown', context: ProviderContext): object {
	const status = statusNames[state];
	const response_url = `${context.baseUrl}/${ownerAndApp(job.model)}/requests/${job.id}`;
	const base = { status, request_id: job.id, response_url };
	if (status === 'IN_QUEUE') return { ...base, queue_position: 0 };
	if (status !== 'COMPLETED') return { ...base, logs: null };
	const ended = { ...base, logs: null, metrics: { inference_time: (job.endsAt - job.startsAt) / 1000 } };
	if (state === 'cancelled')
		return { ...ended, error: 'Request was cancelled', error_type: 'client_cancelled' };
	return state === 'failed' && failsInStatus(job)
		? { ...ended, error: job.failure, error_type: 'runner_server_error' }
		: ended;
}

/** The response to a request for a job's result. */
export interface ResultResponse {
	status: number;
	headers: Record<string, string>;
	body: object;
}

/**
 * Returns the result of a job. The HTTP status of a failed job is NOT FOUND; INFERRED to be that of its
 * error.
 */
export function resultOf(job: EmulatedJob, context: ProviderContext): ResultResponse {
	const { num_images = 1 } = job.body as Payload;
	switch (job.state) {
		case 'queued':
		case 'running':
			return { status: 400, headers: {}, body: { detail: 'Request is still in progress' } };
		case 'cancelled':
			return infrastructureError(499, 'client_cancelled', 'Request was cancelled');
		case 'failed':
			return failedResult(job);
		case 'moderated':
			// Refused before processing, or flagged after it: what a flagged image shows is NOT FOUND.
			return job.operation === 'generate'
				? modelError(422, 'content_policy_violation', flaggedPrompt, 'prompt')
				: imagesResult(job, [`${context.baseUrl}/flagged.png`], true);
		case 'succeeded': {
			const urls = Array.from({ length: num_images }, (_, index) => context.linkTo(job, index));
			return imagesResult(job, urls, false);
		}
	}
}

const flaggedPrompt = 'The content could not be processed because it was flagged by a content checker.';

function failedResult(job: EmulatedJob): ResultResponse {
	const { image_urls } = job.body as Payload;
	if (job.failure === unreadableImage)
		return modelError(422, 'image_load_error', unreadableImage, image_urls ? 'image_urls' : 'image_url');
	return failsInStatus(job)
		? infrastructureError(500, 'runner_server_error', job.failure ?? '')
		: modelError(500, 'downstream_service_error', job.failure ?? '');
}

function modelError(status: number, type: string, msg: string, field?: string): ResultResponse {
	const url = `https://docs.fal.ai/errors/#${type}`;
	const detail = [{ loc: ['body', ...(field ? [field] : [])], msg, type, url }];
	return { status, headers: { 'x-fal-retryable': 'false' }, body: { detail } };
}

const infrastructureError = (status: number, error_type: string, detail: string): ResultResponse => ({
	status,
	headers: { 'x-fal-error-type': error_type },
	body: { detail, error_type },
});

function imagesResult(job: EmulatedJob, urls: string[], isFlagged: boolean): ResultResponse {
	const { width, height, format, prompt, seed } = job;
	const body = {
		images: urls.map((url) => ({ url, width, height, content_type: `image/${format}` })),
		timings: {},
		seed,
		has_nsfw_concepts: urls.map(() => isFlagged),
		prompt,
	};
	return { status: 200, headers: {}, body };
}
