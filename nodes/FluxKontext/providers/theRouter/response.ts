import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { Handle, ImageRef, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { failureOf, name } from './errors';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long the documentation says that a job and its links are kept. */
const JOB_LIFETIME_MS = 7 * DAY_MS;

/** Status words of a job. */
export const statuses: StatusWords = {
	pending: ['queued', 'in_progress'],
	succeeded: ['succeeded'],
	failed: ['failed', 'cancelled', 'canceled', 'expired'],
};

const jobSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		status: optional.text(),
		// Seconds since the epoch on one page of the documentation, an ISO date on another.
		expires_at: z.union([z.number(), z.string()]).nullish().catch(null),
		unsigned_urls: z.unknown(),
		result: z.unknown(),
		error: z.unknown(),
	}),
);

type Job = z.infer<ReturnType<typeof jobSchema>>;

/** Converts `expires_at` to ISO 8601; without a readable date, the documented lifetime counts from `now`. */
function expiryOf({ expires_at: expiresAt }: Job, now: number): string {
	const date = new Date(typeof expiresAt === 'number' ? expiresAt * 1000 : (expiresAt ?? Number.NaN));
	return (Number.isNaN(date.getTime()) ? new Date(now + JOB_LIFETIME_MS) : date).toISOString();
}

/** Reads the images in either documented shape; base64 is inferred from the synchronous form of the API. */
function imagesOf(job: Job, { baseUrl, now }: ProviderContext): ImageRef[] {
	const place = { baseUrl, expiresAt: expiryOf(job, now) };
	const linked = collectImages(job.unsigned_urls, place);
	return linked.length > 0 ? linked : collectImages(job.result, place);
}

/** Reads a job object. `knownHandle` is `null` where the response is the one that names the job. */
function parseJob(
	response: HttpResponse,
	knownHandle: Handle | null,
	context: ProviderContext,
): Result<JobSnapshot> {
	const job = parseBody(name, jobSchema(), response.body);
	if (!job.ok) return job;
	const providerStatus = job.value.status ?? 'queued';
	const handle = knownHandle ?? { id: job.value.id };
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, job.value.error) });
	const images = imagesOf(job.value, context);
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, response.body));
	return succeed({ state, handle, providerStatus, images, meta: {} });
}

/** Parses the response to a submit. */
export const parseSubmit = (
	response: HttpResponse,
	_request: PreparedRequest,
	context: ProviderContext,
): Result<JobSnapshot> => parseJob(response, null, context);

/** Parses the response to a status request. */
export const parseStatus = (
	response: HttpResponse,
	handle: Handle,
	context: ProviderContext,
): Result<JobSnapshot> => parseJob(response, handle, context);
