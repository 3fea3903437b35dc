import { fail, type Result } from '../base/faults';
import type { HttpRequest } from '../http/ports';
import { backoffMs, pause } from '../http/retry';
import { isSuccess } from '../http/status';
import type { PreparedRequest } from '../request/imageRequest';
import { cancelJob } from './cancel';
import { classifySubmit, type SubmitVerdict } from './classifySubmit';
import { isPollable, isStopped, sendAuthenticated, type JobContext, type RequestOutcome } from './context';
import { buildSubmit, parseSubmit } from './providerCalls';
import type { Handle, JobSnapshot } from './snapshot';
import { raceStop } from './stop';

/**
 * Returns the milliseconds until the submit must be answered; a response that holds the image may take the
 * whole time.
 */
function submitTimeout<H extends Handle>({ provider, ports, deadline, engine }: JobContext<H>): number {
	const { submitTimeoutMs } = provider;
	return submitTimeoutMs === undefined
		? engine.limits.submitTimeoutMs
		: Math.max(1, Math.min(submitTimeoutMs, deadline - ports.now()));
}

/** Cancels a job whose acceptance became known only after the run was stopped. Never rejects. */
async function cancelLate<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	outcome: RequestOutcome,
): Promise<void> {
	if (outcome.kind !== 'response' || !isSuccess(outcome.response)) return;
	const parsed = parseSubmit(context, request, outcome.response);
	if (parsed.ok && parsed.value.state === 'pending') await cancelJob(context, parsed.value.handle);
}

/**
 * Sends the submit once; `'stopped'` if the user stopped the run and no response came within the grace
 * period.
 */
async function sendSubmit<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	httpRequest: HttpRequest,
): Promise<RequestOutcome | 'stopped'> {
	const { ports, engine } = context;
	// Not aborted with the run: the provider may have accepted the job, and only the response names it. For
	// the same reason a failure of another item does not end the wait, so that the error can list this job.
	const neverAborted = new AbortController().signal;
	const sending = sendAuthenticated(context, httpRequest, {
		timeoutMs: submitTimeout(context),
		signal: neverAborted,
		mayBeLarge: !isPollable(context) || context.provider.submit.embedsImages,
	});
	const outcome = await raceStop(ports, sending, engine.limits.stopGraceMs);
	if (outcome === 'stopped') void sending.then(async (late) => await cancelLate(context, request, late));
	return outcome;
}

/** Waits before another attempt; resolves with whether there may be one. */
async function mayRetry<H extends Handle>(
	context: JobContext<H>,
	verdict: Exclude<SubmitVerdict<H>, { kind: 'settled' }>,
	attempt: number,
): Promise<boolean> {
	const { ports, deadline, signal, engine } = context;
	if (verdict.kind === 'notSent' && attempt >= engine.limits.maxConnectAttempts) return false;
	const requestedMs = verdict.kind === 'rateLimited' ? verdict.retryAfterMs : null;
	const delayMs = requestedMs ?? backoffMs(attempt, ports.random, engine.limits);
	return await pause(ports, delayMs, deadline, signal);
}

/**
 * Submits a job; this is the paid request. It is repeated only where the provider cannot have accepted the
 * job: the connection was never made, or the provider answered 429. Anything else is reported. Never rejects.
 */
export async function submitJob<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
): Promise<Result<JobSnapshot<H>>> {
	const { displayName } = context.provider;
	for (let attempt = 1; ; attempt += 1) {
		const hasTurn = await context.engine.limiter.acquireSubmitTurn(context);
		if (isStopped(context)) return fail('cancelled', 'The run was stopped before this job was submitted');
		if (!hasTurn)
			return fail(
				'rateLimited',
				`${displayName} limits how many jobs are submitted in a time, ` +
					'and the turn of this one did not come',
			);
		const httpRequest = buildSubmit(context, request);
		if (!httpRequest.ok) return httpRequest;
		const outcome = await sendSubmit(context, request, httpRequest.value);
		if (outcome === 'stopped')
			return fail(
				'cancelled',
				`The run was stopped while ${displayName} was accepting the job; ` +
					'it is cancelled where it can be',
			);
		const verdict = classifySubmit(context, request, outcome);
		if (verdict.kind === 'settled') return verdict.result;
		if ((await mayRetry(context, verdict, attempt)) || isStopped(context)) continue;
		return verdict.kind === 'rateLimited'
			? { ok: false, fault: verdict.fault }
			: fail(
					'unavailable',
					`${displayName} could not be reached (${verdict.reason}); nothing was submitted`,
				);
	}
}
