import { fail, type FaultDetails, type Result } from '../base/faults';
import type { HttpResponse } from '../http/ports';
import { isSuccess } from '../http/status';
import { hasSameOrigin } from '../http/trust';
import type { Provider } from '../provider';
import type { PreparedRequest } from '../request/imageRequest';
import { sendAuthenticated, untrustedAddress, type JobContext } from './context';
import { signHandle } from './handleSigner';
import { buildEstimate, parseError, parseEstimate, parseSubmit } from './providerCalls';
import { createJobRecord, type JobRecord } from './record';
import type { Handle, JobSnapshot } from './snapshot';

/** Price of a request, or why it is not known. */
export interface PriceOutcome {
	/** USD; `null` where the provider is not asked for it. */
	result: Result<number> | null;
	/** Job that was made instead of an answer, which must not happen and may have been charged. */
	job: JobRecord | null;
}

/**
 * Tells whether a provider is asked for prices at a base URL: anywhere if it has an endpoint for that alone,
 * at its own origin only if the question repeats the paid request.
 */
export const asksPrice = ({ estimate, defaultBaseUrl }: Provider, baseUrl: string): boolean =>
	estimate !== undefined && (!estimate.repeatsSubmit || hasSameOrigin(baseUrl, defaultBaseUrl));

const noJob = (result: Result<number> | null): PriceOutcome => ({ result, job: null });

/** Returns the advice for a question that the provider may have taken for the paid request. */
function suspicion({ displayName }: { displayName: string }): FaultDetails {
	const description =
		`Check at ${displayName} whether the question was charged as a request, and that nothing ` +
		"between n8n and the provider drops the query of a URL, or remove 'Max Cost' from the options.";
	return { description, retryable: false };
}

/** Creates the outcome of a question that was answered with a job. */
function paidOutcome<H extends Handle>(
	{ provider, signer, ports }: JobContext<H>,
	{ model }: PreparedRequest,
	snapshot: JobSnapshot<H>,
): PriceOutcome {
	const submittedAt = new Date(ports.now()).toISOString();
	const signed = { ...snapshot, handle: signHandle(provider, snapshot.handle, signer) };
	const images = snapshot.state === 'succeeded' ? snapshot.images : [];
	const answer = images.length === 0 ? 'a job' : `${images.length} image${images.length > 1 ? 's' : ''}`;
	const canBeRead = images.length === 0 || images.some(({ kind }) => kind === 'url');
	const description =
		(canBeRead ? "Get what was made with 'Job → Get' from the job in the details. " : '') +
		"Check that nothing between n8n and the provider drops the query of a URL, or remove 'Max Cost'.";
	return {
		result: fail(
			'badResponse',
			`The price question to ${provider.displayName} was answered with ${answer} instead of a price, ` +
				'which may have been charged; nothing else was submitted',
			{ description, retryable: false },
		),
		job: createJobRecord({ provider: provider.id, model, submittedAt }, signed),
	};
}

/** Reads the response to a question: a price, or what the provider made instead. */
function readAnswer<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	response: HttpResponse,
): PriceOutcome {
	const { provider } = context;
	const { estimate } = provider;
	if (!estimate) return noJob(null);
	if (estimate.repeatsSubmit) {
		const made = parseSubmit(context, request, response);
		if (made.ok) return paidOutcome(context, request, made.value);
	}
	const price = parseEstimate(provider, response);
	if (price.ok || !estimate.repeatsSubmit) return noJob(price);
	const { code, message, ...details } = price.fault;
	return noJob(fail(code, message, { ...details, ...suspicion(provider) }));
}

/**
 * Asks the provider what a request would cost. The question is sent once, whatever comes of it. Never
 * rejects. Fault codes: any of a status request; `badResponse` with a job if the provider has taken the
 * question for the paid request.
 */
export async function requestPrice<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
): Promise<PriceOutcome> {
	const { provider, baseUrl, signal, engine } = context;
	const { displayName, estimate, submit } = provider;
	if (!estimate || !engine.policy.asksPrice(provider, baseUrl)) return noJob(null);
	const question = buildEstimate(context, request);
	if (!question?.ok) return noJob(question);
	const outcome = await sendAuthenticated(context, question.value, {
		timeoutMs: engine.limits.statusTimeoutMs,
		signal,
		mayBeLarge: estimate.repeatsSubmit && submit.embedsImages,
	});
	switch (outcome.kind) {
		case 'untrusted':
			return noJob({ ok: false, fault: untrustedAddress(provider) });
		case 'noAnswer': {
			const mayHaveRun = outcome.delivery === 'unknown' && estimate.repeatsSubmit === true;
			return noJob(
				fail(
					'unavailable',
					`${displayName} did not say what the image would cost (${outcome.reason}); ` +
						`${mayHaveRun ? 'nothing else' : 'nothing'} was submitted`,
					mayHaveRun ? suspicion(provider) : {},
				),
			);
		}
		case 'response':
			return isSuccess(outcome.response)
				? readAnswer(context, request, outcome.response)
				: noJob({ ok: false, fault: parseError(provider, outcome.response) });
	}
}
