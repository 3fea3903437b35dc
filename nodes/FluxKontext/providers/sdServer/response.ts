import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';
import type { ImageRef, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import { collectImages, sortByIndex } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { failureOf, name } from './errors';
import type { SdServerHandle } from './handle';

/** Status words of a job. */
export const statuses: StatusWords = {
	pending: ['queued', 'generating'],
	succeeded: ['completed'],
	failed: ['failed', 'cancelled', 'canceled'],
};

const acceptanceSchema = lazy(() =>
	z.object({ id: jobIdSchema(), status: optional.text(), poll_url: optional.text() }),
);

const jobSchema = lazy(() =>
	z.object({
		status: z.string(),
		// Seconds since the epoch.
		created: optional.number(),
		started: optional.number(),
		completed: optional.number(),
		queue_position: optional.number(),
		result: z.unknown(),
		error: z.unknown(),
	}),
);

type Job = z.infer<ReturnType<typeof jobSchema>>;

/** Parses the response to a submit. */
export function parseSubmit(response: HttpResponse): Result<JobSnapshot<SdServerHandle>> {
	const acceptance = parseBody(name, acceptanceSchema(), response.body);
	if (!acceptance.ok) return acceptance;
	const { id, status, poll_url: pollUrl } = acceptance.value;
	return succeed({
		state: 'pending',
		handle: { id, pollUrl: pollUrl ?? null },
		providerStatus: status ?? 'queued',
	});
}

/** Returns the milliseconds between two times in seconds; `null` where they are missing or reversed. */
const elapsedMs = (from: number | null | undefined, to: number | null | undefined): number | null =>
	from != null && to != null && to >= from ? (to - from) * 1000 : null;

/** Reads the images, sorted by their `index`. */
function imagesOf({ result }: Job, baseUrl: string): ImageRef[] {
	const images = isObject(result) ? result['images'] : null;
	const place = { baseUrl, expiresAt: null };
	return collectImages(Array.isArray(images) ? sortByIndex(images) : result, place);
}

/** Parses the response to a status request, which holds the images of a completed job. */
export function parseStatus(
	response: HttpResponse,
	handle: SdServerHandle,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<SdServerHandle>> {
	const job = parseBody(name, jobSchema(), response.body);
	if (!job.ok) return job;
	const { status: providerStatus, created, started, completed, queue_position: ahead, error } = job.value;
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending')
		return succeed({ state, handle, providerStatus, ...(ahead != null && { ahead }) });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, error) });
	const images = imagesOf(job.value, baseUrl);
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, response.body));
	const meta = { queueMs: elapsedMs(created, started), runMs: elapsedMs(started, completed) };
	return succeed({ state, handle, providerStatus, images, meta });
}
