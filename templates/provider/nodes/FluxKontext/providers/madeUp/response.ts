import { z } from 'zod';

import { fault, succeed, type Fault, type Result } from '../../core/base/faults';
import { errorText } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import type { Handle, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { endedAs, unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { mentionsModeration } from '../shared/moderation';
import { lazy, optional, parseBody } from '../shared/schema';
import { name } from './models';

/** As documented. Where no document states it, list it under `notes.unverified`. */
const LINK_LIFETIME_MS = 3_600_000;

/** Status words, compared without case. A word that is not listed keeps the job pending. */
export const statuses: StatusWords = {
	pending: ['queued', 'running'],
	succeeded: ['succeeded'],
	failed: ['failed', 'cancelled'],
};

/** Lenient, so that no paid job is lost because of a fact that it does not depend on. */
const jobSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		status: optional.text(),
		// The image: a link, or whatever `collectImages` reads.
		image_url: z.unknown(),
		seed: optional.number(),
		error: z.unknown(),
	}),
);

type Job = z.infer<ReturnType<typeof jobSchema>>;

/** Creates the fault of a job that ended without an image. */
function failureOf(status: string, error: unknown): Fault {
	const text = errorText(error);
	const code = text !== null && mentionsModeration(text) ? 'moderated' : 'failed';
	return fault(code, endedAs(name, status, text), { providerStatus: status });
}

/** Reads the state of a job. */
function readState(job: Job, handle: Handle, { baseUrl, now }: ProviderContext): Result<JobSnapshot> {
	const providerStatus = job.status ?? 'queued';
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, job.error) });
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	const images = collectImages(job.image_url, { baseUrl, expiresAt });
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, job));
	return succeed({
		state,
		handle,
		providerStatus,
		images,
		meta: { seed: job.seed ?? null },
	});
}

/** Parses the acceptance of a job. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	context: ProviderContext,
): Result<JobSnapshot> {
	const job = parseBody(name, jobSchema(), response.body);
	return job.ok ? readState(job.value, { id: job.value.id }, context) : job;
}

/** Parses the state of a job. The handle stays as it is, whatever id the response has. */
export function parseStatus(
	response: HttpResponse,
	handle: Handle,
	context: ProviderContext,
): Result<JobSnapshot> {
	const job = parseBody(name, jobSchema(), response.body);
	return job.ok ? readState(job.value, handle, context) : job;
}
