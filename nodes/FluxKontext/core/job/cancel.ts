import type { HttpResponse } from '../http/ports';
import { isTransient } from '../http/errors';
import { isObject, textOf } from '../base/json';
import { CANCEL_TIMEOUT_MS, MAX_CANCEL_ATTEMPTS } from '../base/limits';
import { backoffMs } from '../http/retry';
import { providerContext, isAnswer, isSuccess, send, type JobContext } from './context';
import { stateOf } from './statuses';
import type { Handle } from '../provider';

export interface Cancellation {
	/** Whether the provider took it. */
	cancelled: boolean;
	/** What became of the job, or why it was not cancelled. */
	message: string;
}

function read<H extends Handle>({ provider }: JobContext<H>, { body }: HttpResponse): Cancellation {
	const name = provider.displayName;
	const told = provider.cancelTellsStatus && isObject(body) ? textOf(body['status']) : '';
	const ended = stateOf(told, provider.statuses) !== 'pending' && !/^(cancel|abort)/i.test(told);
	return ended
		? { cancelled: false, message: `${name} had ended the job before, as ${told}` }
		: { cancelled: true, message: `${name} took the cancellation` };
}

/** Asks the provider to stop a job. Rides on no signal of the execution, which may be stopped already. */
export async function cancelJob<H extends Handle>(run: JobContext<H>, handle: H): Promise<Cancellation> {
	const { provider, ports } = run;
	const name = provider.displayName;
	if (!provider.buildCancel) return { cancelled: false, message: `${name} has no way to cancel a job` };
	const neverAborted = new AbortController().signal;
	for (let attempt = 1; ; attempt += 1) {
		const answer = await send(
			run,
			provider.buildCancel(handle, providerContext(run)),
			CANCEL_TIMEOUT_MS,
			neverAborted,
		);
		if (answer === 'untrusted')
			return { cancelled: false, message: `the cancel address is not one of ${name}` };
		if (isAnswer(answer) && isSuccess(answer)) return read(run, answer);
		const message = isAnswer(answer)
			? provider.parseError(answer).message
			: `${name} gave no answer (${answer.reason})`;
		const passes = isAnswer(answer) ? isTransient(answer.status) : answer.delivery !== 'blocked';
		if (!passes || attempt === MAX_CANCEL_ATTEMPTS) return { cancelled: false, message };
		await ports.sleep(backoffMs(attempt, ports.random), neverAborted);
	}
}
