import { fail, type Fault, type Result } from '../base/faults';
import type { HttpResponse, NoAnswer, Ports } from '../http/ports';
import { cancelJob } from './cancel';
import { forbiddenByHost, isTransient } from '../http/errors';
import { acquireSubmitTurn } from './limiter';
import { MAX_CONNECT_ATTEMPTS, STOP_GRACE_MS, SUBMIT_TIMEOUT_MS } from '../base/limits';
import { backoffMs, pause, retryAfterMs } from '../http/retry';
import { providerContext, isAnswer, isStopped, isSuccess, send, untrusted, type JobContext } from './context';
import type { Handle, JobSnapshot, PreparedRequest } from '../provider';

const NOT_REPEATED =
	'The job was not sent again, because it may have been accepted and charged: look at the list of jobs on the website of the provider before you run it again.';

function mayHaveBeenAccepted(
	provider: string,
	what: string,
	httpStatus: number | null,
): { ok: false; fault: Fault } {
	return fail('unavailable', `${provider} may have accepted the job, but ${what}`, {
		description: NOT_REPEATED,
		httpStatus,
		retryable: false,
	});
}

/**
 * The answer, if it is there before the stop or a moment after it: only the answer names the job. Leaves no listener
 * behind: one signal serves all jobs of a run.
 */
async function unlessStopped<T>(ports: Ports, answering: Promise<T>): Promise<T | 'stopped'> {
	const { stop } = ports;
	const answered = new AbortController();
	let abort: () => void = () => undefined;
	const stopped = new Promise<'stopped'>((resolve) => {
		abort = () => void ports.sleep(STOP_GRACE_MS, answered.signal).then(() => resolve('stopped'));
	});
	if (stop.aborted) abort();
	stop.addEventListener('abort', abort, { once: true });
	try {
		return await Promise.race([answering, stopped]);
	} finally {
		stop.removeEventListener('abort', abort);
		answered.abort();
	}
}

/** Reads the answer to a submit; `null` asks for another try. */
function read<H extends Handle>(
	run: JobContext<H>,
	request: PreparedRequest,
	response: HttpResponse,
): Result<JobSnapshot<H>> | null {
	const { provider } = run;
	const { status } = response;
	if (isSuccess(response)) {
		const parsed = provider.parseSubmit(response, request, providerContext(run));
		if (parsed.ok) return parsed;
		// Some providers answer 200 and put the status that is meant into the body.
		if (parsed.fault.code === 'rateLimited') return null;
		if (parsed.fault.code === 'unavailable')
			return mayHaveBeenAccepted(
				provider.displayName,
				`did not confirm it: ${parsed.fault.message}`,
				status,
			);
		if (parsed.fault.code !== 'badResponse') return parsed;
		return mayHaveBeenAccepted(
			provider.displayName,
			`its answer made no sense: ${parsed.fault.message}`,
			status,
		);
	}
	const refusal = provider.parseError(response);
	// An empty balance is told with 429, too, and waiting does not fill it.
	if (status === 429 && refusal.code !== 'payment') return null;
	// A body that says why nothing was made is an answer, whatever its status.
	return isTransient(status) && refusal.code === 'unavailable'
		? mayHaveBeenAccepted(provider.displayName, `did not confirm it: ${refusal.message}`, status)
		: { ok: false, fault: refusal };
}

/**
 * Submits a job, once. A submit costs money, so it is repeated only where the provider cannot have accepted it: the
 * connection was never made, or it answered 429. Everything else that goes wrong is reported.
 */
export async function startJob<H extends Handle>(
	run: JobContext<H>,
	request: PreparedRequest,
): Promise<Result<JobSnapshot<H>>> {
	const { provider, ports, deadline, signal } = run;
	const name = provider.displayName;
	const neverAborted = new AbortController().signal;
	for (let attempt = 1; ; attempt += 1) {
		const turn = await acquireSubmitTurn(run);
		if (isStopped(run)) return fail('cancelled', 'The run was stopped before this job was submitted');
		if (!turn) {
			return fail(
				'rateLimited',
				`${name} limits how many jobs are submitted in a time, and the turn of this one did not come`,
			);
		}
		const http = provider.buildSubmit(request, providerContext(run));
		if (!http.ok) return http;
		const { callback: target } = run;
		const told = target && provider.callback ? provider.callback.attach(http.value, target) : http.value;
		// Not aborted with the run: the provider may have accepted the job, and only its answer names it.
		const answering = send(run, told, submitTimeout(run), neverAborted);
		// Only the user's stop ends the wait: when another item has failed, the job is to be among those that its error lists.
		const answer = await unlessStopped(ports, answering);
		if (answer === 'stopped') {
			void answering.then(async (late) => await cancelLate(run, request, late));
			return fail(
				'cancelled',
				`The run was stopped while ${name} was accepting the job; it is cancelled where it can be`,
			);
		}
		if (answer === 'untrusted') return { ok: false, fault: untrusted(provider) };
		let delay = backoffMs(attempt, ports.random);
		if (isAnswer(answer)) {
			const result = read(run, request, answer);
			if (result) return result;
			delay = retryAfterMs(answer, ports.now()) ?? delay;
			if (await pause(ports, delay, deadline, signal)) continue;
			if (!isStopped(run)) return { ok: false, fault: provider.parseError(answer) };
		} else {
			if (answer.delivery === 'blocked')
				return {
					ok: false,
					fault: forbiddenByHost(`${name} could not be asked, and nothing was submitted`, answer),
				};
			if (answer.delivery === 'unknown')
				return mayHaveBeenAccepted(name, `its answer was lost (${answer.reason})`, null);
			const again = attempt < MAX_CONNECT_ATTEMPTS && (await pause(ports, delay, deadline, signal));
			if (!again && !isStopped(run)) {
				return fail(
					'unavailable',
					`${name} could not be reached (${answer.reason}); nothing was submitted`,
				);
			}
		}
	}
}

/** A synchronous API has as long as the job has. */
function submitTimeout<H extends Handle>({
	provider: { submitTimeoutMs },
	ports,
	deadline,
}: JobContext<H>): number {
	return submitTimeoutMs === undefined
		? SUBMIT_TIMEOUT_MS
		: Math.max(1, Math.min(submitTimeoutMs, deadline - ports.now()));
}

/** A job that was accepted after the run was stopped. */
async function cancelLate<H extends Handle>(
	run: JobContext<H>,
	request: PreparedRequest,
	answer: HttpResponse | NoAnswer | 'untrusted',
): Promise<void> {
	if (answer === 'untrusted' || !isAnswer(answer) || !isSuccess(answer)) return;
	const parsed = run.provider.parseSubmit(answer, request, providerContext(run));
	if (parsed.ok && parsed.value.state === 'pending') await cancelJob(run, parsed.value.handle);
}
