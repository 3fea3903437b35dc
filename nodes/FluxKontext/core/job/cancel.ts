import { isObject } from '../base/json';
import type { HttpResponse } from '../http/ports';
import { backoffMs } from '../http/retry';
import { isSuccess, isTransient } from '../http/status';
import type { JobProvider } from '../provider';
import { isPollable, sendAuthenticated, type JobContext, type RequestOutcome } from './context';
import { buildJobRequest, parseCancel, parseError } from './providerCalls';
import { stateOf } from './statuses';
import type { Handle } from './snapshot';

/** Outcome of a cancellation. */
export interface Cancellation {
	/** Whether the provider accepted it. */
	cancelled: boolean;
	/** What became of the job, or why it was not cancelled. */
	message: string;
}

/** Reads the response to an accepted cancellation: the job may have ended before. */
function readAcceptance<H extends Handle>(
	{ displayName, cancel, statuses }: JobProvider<H>,
	response: HttpResponse,
): Cancellation {
	const status = cancel ? parseCancel({ displayName }, cancel, response) : '';
	const endedBefore = stateOf(status, statuses) !== 'pending' && !/^(cancel|abort)/i.test(status);
	return endedBefore
		? { cancelled: false, message: `${displayName} had ended the job before, as ${status}` }
		: { cancelled: true, message: `${displayName} took the cancellation` };
}

/** Reads the outcome of one cancel request; `retryable` tells whether another one may succeed. */
function readOutcome<H extends Handle>(
	provider: JobProvider<H>,
	outcome: RequestOutcome,
): { cancellation: Cancellation; retryable: boolean } {
	const { displayName } = provider;
	const refuse = (message: string, retryable: boolean) => ({
		cancellation: { cancelled: false, message },
		retryable,
	});
	switch (outcome.kind) {
		case 'untrusted':
			return refuse(`the cancel address is not one of ${displayName}`, false);
		case 'noAnswer':
			return refuse(
				`${displayName} gave no answer (${outcome.reason})`,
				!['blocked', 'unsendable'].includes(outcome.delivery),
			);
		case 'response': {
			const { response } = outcome;
			if (isSuccess(response) && isObject(response.body) && response.body['success'] === false)
				return refuse(`${displayName} did not take the cancellation`, false);
			return isSuccess(response)
				? { cancellation: readAcceptance(provider, response), retryable: false }
				: refuse(parseError(provider, response).message, isTransient(response.status));
		}
	}
}

/**
 * Asks the provider to stop a job, up to `maxCancelAttempts` times. Uses no signal of the execution, which
 * may already be stopped. Never rejects.
 */
export async function cancelJob<H extends Handle>(context: JobContext<H>, handle: H): Promise<Cancellation> {
	const { ports, engine } = context;
	const unsupported = `${context.provider.displayName} has no way to cancel a job`;
	if (!isPollable(context)) return { cancelled: false, message: unsupported };
	const { provider } = context;
	if (!provider.cancel) return { cancelled: false, message: unsupported };
	const { cancelTimeoutMs, maxCancelAttempts } = engine.limits;
	const neverAborted = new AbortController().signal;
	const request = buildJobRequest(context, provider.cancel, handle);
	if (!request.ok) return { cancelled: false, message: request.fault.message };
	const bounds = { timeoutMs: cancelTimeoutMs, signal: neverAborted };
	for (let attempt = 1; ; attempt += 1) {
		const outcome = await sendAuthenticated(context, request.value, bounds);
		const { cancellation, retryable } = readOutcome(provider, outcome);
		if (!retryable || attempt === maxCancelAttempts) return cancellation;
		await ports.sleep(backoffMs(attempt, ports.random, engine.limits), neverAborted);
	}
}
