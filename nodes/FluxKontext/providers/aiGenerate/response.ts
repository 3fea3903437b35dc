import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { JobSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { jobIdSchema } from '../shared/handles';
import { lazy, parseBody, type Schema } from '../shared/schema';
import { effectiveStatus, name, parseError } from './errors';
import { createHandle, type AiGenerateHandle } from './handle';
import { readState, recordSchema } from './state';

/** Consecutive misses at which a job counts as unknown: two at each of the two APIs. */
const MAX_MISSES = 4;
/** 5 credits are 0.035 USD. */
const USD_PER_CREDIT = 0.007;
/** Costs are rounded to millionths of a dollar; the product of two decimal fractions is rarely exact. */
const MICROS_PER_USD = 1_000_000;

const acceptedSchema = lazy(() => z.object({ data: z.object({ taskId: jobIdSchema() }) }));
const statusSchema = lazy(() => z.object({ data: recordSchema() }));

/** Unwraps the envelope `{ code, msg, data }` to its data, or to the fault that its code stands for. */
function unwrap<T>(response: HttpResponse, schema: Schema<{ data: T }>): Result<T> {
	if (effectiveStatus(response) !== response.status) return { ok: false, fault: parseError(response) };
	const envelope = parseBody(name, schema, response.body);
	return envelope.ok ? succeed(envelope.value.data) : envelope;
}

/** Reads the credits that a response charges; `null` where its header is missing or no plain number. */
function chargedCredits({ headers }: HttpResponse): number | null {
	const text = headers['x-ai-credits-charged'] ?? '';
	return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

const costOf = (credits: number): number =>
	Math.round(credits * USD_PER_CREDIT * MICROS_PER_USD) / MICROS_PER_USD;

/** Directs the next status request to the other API, until each of them has been polled twice. */
function retryAtOtherApi(
	response: HttpResponse,
	handle: AiGenerateHandle,
): Result<JobSnapshot<AiGenerateHandle>> {
	const misses = handle.misses + 1;
	if (misses >= MAX_MISSES) return { ok: false, fault: parseError(response) };
	return succeed({
		state: 'pending',
		handle: { ...handle, path: handle.path === 'kontext' ? 'jobs' : 'kontext', misses },
		providerStatus: '404',
		retryElsewhere: true,
	});
}

/** Parses the acceptance of a job; a header of the response states what the job costs. */
export function parseSubmit(
	response: HttpResponse,
	{ model }: PreparedRequest,
): Result<JobSnapshot<AiGenerateHandle>> {
	const accepted = unwrap(response, acceptedSchema());
	if (!accepted.ok) return accepted;
	const handle = createHandle(accepted.value.taskId, model, chargedCredits(response));
	return succeed({ state: 'pending', handle, providerStatus: 'submitted' });
}

/** Parses the state of a job. A job that one API does not know may be known at the other one. */
export function parseStatus(
	response: HttpResponse,
	handle: AiGenerateHandle,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<AiGenerateHandle>> {
	if (effectiveStatus(response) === 404) return retryAtOtherApi(response, handle);
	const record = unwrap(response, statusSchema());
	if (!record.ok) return record;
	const credits = chargedCredits(response) ?? handle.credits;
	const cost = credits === null ? null : costOf(credits);
	return readState(record.value, { ...handle, misses: 0 }, cost, baseUrl);
}
