import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { errorText } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { isSuccess } from '../../core/http/status';
import type { FailedSnapshot, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { ownAddress, ownResultAddress } from './addresses';
import { endpointOf } from './endpoints';
import { describesFailedJob, errorTypes, failureOf, name } from './errors';
import { createHandle, type FalHandle } from './handle';

/**
 * Status words of a job. Documented are IN_QUEUE, IN_PROGRESS and COMPLETED; a third party's schema names
 * the failures.
 */
export const statuses: StatusWords = {
	pending: ['in_queue', 'in_progress'],
	succeeded: ['completed'],
	failed: ['failed', 'error', 'canceled', 'cancelled'],
};

const acceptanceSchema = lazy(() =>
	z.object({
		request_id: jobIdSchema(),
		status: optional.text(),
		status_url: optional.text(),
		response_url: optional.text(),
		cancel_url: optional.text(),
	}),
);

const jobSchema = lazy(() =>
	z.object({
		status: z.string(),
		queue_position: optional.number(),
		// Seconds.
		metrics: z.object({ inference_time: optional.number() }).nullish().catch(null),
		error: z.unknown(),
		error_type: optional.text(),
	}),
);

type Job = z.infer<ReturnType<typeof jobSchema>>;

/** Parses the response to a submit. */
export function parseSubmit(
	response: HttpResponse,
	request: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<FalHandle>> {
	const acceptance = parseBody(name, acceptanceSchema(), response.body);
	if (!acceptance.ok) return acceptance;
	const { request_id: id, status, ...urls } = acceptance.value;
	const job = { id, endpoint: endpointOf(request) ?? request.model };
	const handle: FalHandle = {
		...createHandle(id, request.model),
		...job,
		statusUrl: ownAddress(urls.status_url, job, '/status', baseUrl),
		responseUrl: ownResultAddress(urls.response_url, job, baseUrl),
		cancelUrl: ownAddress(urls.cancel_url, job, '/cancel', baseUrl),
	};
	return succeed({ state: 'pending', handle, providerStatus: status ?? 'IN_QUEUE' });
}

/** Creates the snapshot of a job that an error response describes as failed; otherwise returns `null`. */
export function failedJobOf(response: HttpResponse, handle: FalHandle): FailedSnapshot<FalHandle> | null {
	if (isSuccess(response) || !describesFailedJob(response)) return null;
	const { body, status } = response;
	const types = errorTypes(body);
	const fault = failureOf(types, errorText(body), status);
	return { state: 'failed', handle, providerStatus: types[0] ?? 'COMPLETED', fault };
}

/**
 * Creates the snapshot of a job whose failure a status response reports, by its status or by an error beside
 * COMPLETED; otherwise returns `null`.
 */
function reportedFailure(
	{ status, error, error_type: type }: Job,
	handle: FalHandle,
): FailedSnapshot<FalHandle> | null {
	const text = errorText(error);
	if (stateOf(status, statuses) !== 'failed' && text === null && !type) return null;
	const isCancelled = status.toLowerCase().startsWith('cancel');
	const types = type ? [type] : isCancelled ? ['client_cancelled'] : [];
	return {
		state: 'failed',
		handle,
		providerStatus: type || status,
		fault: failureOf(types, text, null),
	};
}

/** Parses the response to a status request. */
export function parseStatus(response: HttpResponse, handle: FalHandle): Result<JobSnapshot<FalHandle>> {
	const failedJob = failedJobOf(response, handle);
	if (failedJob) return succeed(failedJob);
	const job = parseBody(name, jobSchema(), response.body);
	if (!job.ok) return job;
	const { status: providerStatus, queue_position: ahead, metrics } = job.value;
	if (stateOf(providerStatus, statuses) === 'pending')
		return succeed({ state: 'pending', handle, providerStatus, ...(ahead != null && { ahead }) });
	const failure = reportedFailure(job.value, handle);
	if (failure) return succeed(failure);
	const seconds = metrics?.inference_time;
	const runMs = seconds == null ? null : Math.round(seconds * 1000);
	return succeed({ state: 'resultReady', handle: { ...handle, runMs }, providerStatus });
}
