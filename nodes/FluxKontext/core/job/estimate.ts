import { fail, type Result } from '../base/faults';
import { STATUS_TIMEOUT_MS } from '../base/limits';
import { providerContext, isAnswer, isSuccess, send, untrusted, type JobContext } from './context';
import type { Handle, PreparedRequest } from '../provider';

/** USD that this job would cost, as the provider itself says; `null` where it cannot be asked. Nothing is made or charged. */
export async function askPrice<H extends Handle>(
	run: JobContext<H>,
	request: PreparedRequest,
): Promise<Result<number> | null> {
	const { provider } = run;
	if (!provider.buildEstimate || !provider.parseEstimate) return null;
	const question = provider.buildEstimate(request, providerContext(run));
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
