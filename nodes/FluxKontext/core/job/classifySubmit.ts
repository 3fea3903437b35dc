import { fail, succeed, type Failed, type Fault, type Result } from '../base/faults';
import { forbiddenByHost } from '../http/errors';
import type { HttpResponse, NoAnswer } from '../http/ports';
import { retryAfterMs } from '../http/retry';
import { isSuccess, isTransient } from '../http/status';
import type { Provider } from '../provider';
import type { PreparedRequest } from '../request/imageRequest';
import { untrustedAddress, type JobContext, type RequestOutcome } from './context';
import { signHandle } from './handleSigner';
import { parseError, parseSubmit } from './providerCalls';
import type { Handle, JobSnapshot } from './snapshot';

/** What the outcome of a submit means. */
export type SubmitVerdict<H extends Handle = Handle> =
	/** The job was accepted, or refused for good. */
	| { kind: 'settled'; result: Result<JobSnapshot<H>> }
	/**
	 * 429: the provider cannot have accepted the job. `fault` describes it where no time is left to retry.
	 */
	| { kind: 'rateLimited'; retryAfterMs: number | null; fault: Fault }
	/** The connection was never made, so nothing was sent. */
	| { kind: 'notSent'; reason: string };

const NOT_REPEATED =
	'The job was not sent again, because it may have been accepted and charged: ' +
	'look at the list of jobs on the website of the provider before you run it again.';
const NOT_REPEATED_AT_HOME =
	'The job was not sent again, because the server may be working on it: ' +
	'look at its log before you run it again.';

function mayHaveBeenAccepted(
	{ displayName, isSelfHosted = false }: Pick<Provider, 'displayName' | 'isSelfHosted'>,
	reason: string,
	httpStatus: number | null,
): Failed {
	return fail('unavailable', `${displayName} may have accepted the job, but ${reason}`, {
		description: isSelfHosted ? NOT_REPEATED_AT_HOME : NOT_REPEATED,
		httpStatus,
		retryable: false,
	});
}

/** Reads a 2xx response. Some providers put the status that they mean into its body. */
function readSuccess<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	response: HttpResponse,
): Result<JobSnapshot<H>> {
	const parsed = parseSubmit(context, request, response);
	if (parsed.ok) {
		const { provider, signer } = context;
		return succeed({ ...parsed.value, handle: signHandle(provider, parsed.value.handle, signer) });
	}
	const { code, message } = parsed.fault;
	switch (code) {
		case 'unavailable':
			return mayHaveBeenAccepted(context.provider, `did not confirm it: ${message}`, response.status);
		case 'badResponse':
			return mayHaveBeenAccepted(
				context.provider,
				`its answer made no sense: ${message}`,
				response.status,
			);
		default:
			return parsed;
	}
}

function classifyResponse<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	response: HttpResponse,
): SubmitVerdict<H> {
	const { provider, ports, engine } = context;
	const { status } = response;
	const rateLimited = (): SubmitVerdict<H> => ({
		kind: 'rateLimited',
		retryAfterMs: retryAfterMs(response, ports.now(), engine.limits),
		fault: parseError(provider, response),
	});
	if (isSuccess(response)) {
		const result = readSuccess(context, request, response);
		return !result.ok && result.fault.code === 'rateLimited'
			? rateLimited()
			: { kind: 'settled', result };
	}
	const fault = parseError(provider, response);
	// Some providers report an empty balance with 429, and waiting does not fill it.
	if (status === 429 && fault.code !== 'payment') return rateLimited();
	// A server at home that is not ready has accepted nothing, and charges nothing.
	if (provider.isSelfHosted && fault.code === 'rateLimited') return rateLimited();
	// A body that says why nothing was made settles the matter, whatever the status.
	return {
		kind: 'settled',
		result:
			isTransient(status) && fault.code === 'unavailable'
				? mayHaveBeenAccepted(provider, `did not confirm it: ${fault.message}`, status)
				: { ok: false, fault },
	};
}

function classifyNoAnswer<H extends Handle>(context: JobContext<H>, answer: NoAnswer): SubmitVerdict<H> {
	const { delivery, reason } = answer;
	const { displayName } = context.provider;
	switch (delivery) {
		case 'notSent':
			return { kind: 'notSent', reason };
		case 'unsendable':
			return {
				kind: 'settled',
				result: fail(
					'invalidRequest',
					`The request to ${displayName} cannot be sent, so nothing was submitted: ${reason}`,
				),
			};
		case 'blocked': {
			const fault = forbiddenByHost(
				`${displayName} could not be asked, and nothing was submitted`,
				answer,
			);
			return { kind: 'settled', result: { ok: false, fault } };
		}
		case 'unknown':
			return {
				kind: 'settled',
				result: mayHaveBeenAccepted(context.provider, `its answer was lost (${reason})`, null),
			};
	}
}

/**
 * Decides what the outcome of a submit means. A submit costs money, so only an outcome that rules out
 * acceptance may lead to another attempt. Pure.
 */
export function classifySubmit<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	outcome: RequestOutcome,
): SubmitVerdict<H> {
	switch (outcome.kind) {
		case 'untrusted':
			return { kind: 'settled', result: { ok: false, fault: untrustedAddress(context.provider) } };
		case 'noAnswer':
			return classifyNoAnswer(context, outcome);
		case 'response':
			return classifyResponse(context, request, outcome.response);
	}
}
