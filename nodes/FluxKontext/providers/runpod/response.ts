import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';
import type { JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { failureOf, name } from './errors';
import type { RunpodHandle } from './handle';

/** Lifetime of image links: 7 days. */
const LINK_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Status words of a job. */
export const statuses: StatusWords = {
	pending: ['in_queue', 'in_progress', 'running', 'queued'],
	succeeded: ['completed'],
	failed: ['failed', 'cancelled', 'canceled', 'timed_out'],
};

const jobSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		status: z.string(),
		/** Milliseconds in the queue. */
		delayTime: optional.number(),
		/** Milliseconds of work. */
		executionTime: optional.number(),
		// `{ image_url, cost }`; other public endpoints name the image `result`, or bring a list.
		output: z.unknown(),
		error: z.unknown(),
	}),
);

const costSchema = lazy(() => z.object({ cost: optional.number() }));

/** Reads the cost in USD; `null` where the output states none. */
function costOf(output: unknown): number | null {
	const read = costSchema().safeParse(output);
	return read.success ? (read.data.cost ?? null) : null;
}

/** Reads a job object. `toHandle` creates the handle from the job's id. */
function parseJob(
	response: HttpResponse,
	toHandle: (id: string) => RunpodHandle,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<RunpodHandle>> {
	const job = parseBody(name, jobSchema(), response.body);
	if (!job.ok) return job;
	const { id, status: providerStatus, output, delayTime, executionTime, error } = job.value;
	const handle = toHandle(id);
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, error) });
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	const images = collectImages(output, { baseUrl, expiresAt });
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, response.body));
	return succeed({
		state,
		handle,
		providerStatus,
		images,
		meta: { cost: costOf(output), queueMs: delayTime ?? null, runMs: executionTime ?? null },
	});
}

/** Parses the response to a submit. */
export const parseSubmit = (
	response: HttpResponse,
	{ model: endpoint }: PreparedRequest,
	context: ProviderContext,
): Result<JobSnapshot<RunpodHandle>> => parseJob(response, (id) => ({ id, endpoint }), context);

/** Parses the response to a status request. */
export const parseStatus = (
	response: HttpResponse,
	handle: RunpodHandle,
	context: ProviderContext,
): Result<JobSnapshot<RunpodHandle>> => parseJob(response, () => handle, context);

/** Tells whether an error response describes a job: a failed one is reported with 200 or with 400. */
export const describesJob = ({ body }: HttpResponse): boolean =>
	isObject(body) && typeof body['id'] === 'string' && typeof body['status'] === 'string';
