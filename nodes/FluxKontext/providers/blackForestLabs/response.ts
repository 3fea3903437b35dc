import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';
import type { JobMeta, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { pollingAddress } from './addresses';
import { failureOf, name } from './errors';
import type { BlackForestLabsHandle } from './handle';

/** "Signed URLs are only valid for 10 minutes." */
const LINK_LIFETIME_MS = 10 * 60 * 1000;
const CREDITS_PER_USD = 100;

/** Status words of a job. */
export const statuses: StatusWords = {
	pending: ['pending', 'reasoning', 'generating'],
	succeeded: ['ready'],
	failed: ['error', 'failed', 'request moderated', 'content moderated', 'task not found'],
};

const acceptanceSchema = lazy(() =>
	z.object({ id: jobIdSchema(), polling_url: optional.text(), cost: optional.number() }),
);

const jobSchema = lazy(() =>
	z.object({
		status: z.string(),
		result: z
			.object({
				sample: z.unknown(),
				seed: optional.number(),
				prompt: optional.text(),
				/** Seconds since the epoch. */
				start_time: optional.number(),
				end_time: optional.number(),
			})
			.nullish()
			.catch(null),
		details: z.unknown(),
		/** Credits. */
		cost: optional.number(),
	}),
);

type Job = z.infer<ReturnType<typeof jobSchema>>;

/**
 * Parses the response to a submit. A polling URL on a foreign host is dropped, because it would see the key.
 */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<BlackForestLabsHandle>> {
	const accepted = parseBody(name, acceptanceSchema(), response.body);
	if (!accepted.ok) return accepted;
	const { id, polling_url: url, cost } = accepted.value;
	const handle = { id, pollingUrl: pollingAddress(url, id, baseUrl), credits: cost ?? null };
	return succeed({ state: 'pending', handle, providerStatus: 'Pending' });
}

function metaOf({ result, cost }: Job, { credits }: BlackForestLabsHandle): JobMeta {
	const { seed, prompt, start_time: start, end_time: end } = result ?? {};
	const charged = cost ?? credits;
	return {
		seed: seed ?? null,
		revisedPrompt: prompt ?? null,
		cost: charged === null ? null : charged / CREDITS_PER_USD,
		runMs: start != null && end != null ? Math.round((end - start) * 1000) : null,
	};
}

/** Parses the response to a status request. */
export function parseStatus(
	response: HttpResponse,
	handle: BlackForestLabsHandle,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<BlackForestLabsHandle>> {
	const job = parseBody(name, jobSchema(), response.body);
	if (!job.ok) return job;
	const { status: providerStatus, result, details } = job.value;
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, details) });
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	const images = collectImages(result?.sample, { baseUrl, expiresAt });
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, response.body));
	return succeed({
		state,
		handle,
		providerStatus,
		images,
		meta: metaOf(job.value, handle),
	});
}

/**
 * Tells whether an error response describes a job: some failures come as 422 or 503 with the status in the
 * body, and an unknown job may come as 404.
 */
export const describesJob = ({ body }: HttpResponse): boolean =>
	isObject(body) && typeof body['status'] === 'string';
