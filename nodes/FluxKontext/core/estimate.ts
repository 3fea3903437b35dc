import { fail, type Result } from './faults';
import { STATUS_TIMEOUT_MS } from './limits';
import { contextOf, isAnswer, isSuccess, send, untrusted, type Run } from './run';
import type { Handle, PreparedRequest } from './types';

/** USD that this job would cost, as the provider itself says; `null` where it cannot be asked. Nothing is made or charged. */
export async function askPrice<H extends Handle>(
	run: Run<H>,
	request: PreparedRequest,
): Promise<Result<number> | null> {
	const { provider } = run;
	if (!provider.buildEstimate || !provider.parseEstimate) return null;
	const question = provider.buildEstimate(request, contextOf(run));
	if (!question.ok) return question;
	const answer = await send(run, question.value, STATUS_TIMEOUT_MS);
	if (answer === 'untrusted') return { ok: false, fault: untrusted(provider) };
	if (!isAnswer(answer)) {
		return fail(
			'unavailable',
			`${provider.displayName} did not say what the image would cost (${answer.reason}); nothing was submitted`,
		);
	}
	return isSuccess(answer)
		? provider.parseEstimate(answer)
		: { ok: false, fault: provider.parseError(answer) };
}
