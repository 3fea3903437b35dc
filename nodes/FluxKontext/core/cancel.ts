import { CANCEL_TIMEOUT_MS } from './limits';
import { contextOf, isAnswer, isSuccess, send, type Run } from './run';
import type { Handle } from './types';

export interface Cancellation {
	cancelled: boolean;
	/** Why not, or what became of the job. */
	message: string;
}

/** Asks the provider to stop a job. Rides on no signal of the execution, which may be stopped already. */
export async function cancelJob<H extends Handle>(run: Run<H>, handle: H): Promise<Cancellation> {
	const { provider } = run;
	const name = provider.displayName;
	if (!provider.buildCancel) return { cancelled: false, message: `${name} has no way to cancel a job` };
	const request = provider.buildCancel(handle, contextOf(run));
	const answer = await send(run, request, CANCEL_TIMEOUT_MS, new AbortController().signal);
	if (answer === 'untrusted') return { cancelled: false, message: `The cancel address is not one of ${name}` };
	if (!isAnswer(answer)) return { cancelled: false, message: `${name} gave no answer (${answer.reason})` };
	if (!isSuccess(answer)) return { cancelled: false, message: provider.parseError(answer).message };
	return { cancelled: true, message: `${name} took the cancellation` };
}
