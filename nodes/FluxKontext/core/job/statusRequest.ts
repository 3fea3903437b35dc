import { fault, type Fault, type FaultCode } from '../base/faults';
import { forbiddenByHost } from '../http/errors';
import type { HttpResponse, NoAnswer } from '../http/ports';
import { retryAfterMs } from '../http/retry';
import { isInfrastructure, isSuccess, isTransient } from '../http/status';
import type { JobEndpoint } from '../provider';
import { sendAuthenticated, untrustedAddress, type PollableContext } from './context';
import { buildJobRequest, parseError, parseJobResponse, readsErrorStatus } from './providerCalls';
import type { FailedSnapshot, Handle, JobSnapshot, UnreadableSnapshot } from './snapshot';

/** What one status request found. `retryAfterMs`: what the server asked for. */
export type PollEvent<H extends Handle = Handle> =
	| { kind: 'snapshot'; snapshot: JobSnapshot<H>; retryAfterMs: number | null }
	/** End of the job that one response alone does not prove. */
	| {
			kind: 'doubtful';
			snapshot: FailedSnapshot<H> | UnreadableSnapshot<H>;
			retryAfterMs: number | null;
	  }
	/** Failure that may pass by itself. */
	| { kind: 'transient'; reason: string; retryAfterMs: number | null }
	/** Failure that will not. */
	| { kind: 'fault'; fault: Fault };

/** Codes of a 2xx response that say nothing about the job. */
const TRANSIENT_CODES: readonly FaultCode[] = ['badResponse', 'unavailable', 'rateLimited'];

/** Classifies a response that the endpoint parses. */
function classifyParsed<H extends Handle>(
	endpoint: JobEndpoint<H>,
	response: HttpResponse,
	handle: H,
	context: PollableContext<H>,
): PollEvent<H> {
	const { ports, engine } = context;
	const requestedMs = retryAfterMs(response, ports.now(), engine.limits);
	const parsed = parseJobResponse(context, endpoint, handle, response);
	if (parsed.ok) {
		const { value: snapshot } = parsed;
		const isDoubtful =
			snapshot.state === 'unreadable' ||
			(snapshot.state === 'failed' && isInfrastructure(response.status));
		return isDoubtful
			? { kind: 'doubtful', snapshot, retryAfterMs: requestedMs }
			: { kind: 'snapshot', snapshot, retryAfterMs: requestedMs };
	}
	const { fault } = parsed;
	return TRANSIENT_CODES.includes(fault.code)
		? { kind: 'transient', reason: fault.message, retryAfterMs: requestedMs }
		: { kind: 'fault', fault };
}

/** Classifies a response with an error status. */
function classifyError<H extends Handle>(
	response: HttpResponse,
	{ provider, ports, engine }: PollableContext<H>,
): PollEvent<H> {
	const fault = parseError(provider, response);
	// A status that HTTP clients cannot interpret, or the page of a firewall, says nothing about the job.
	const saysNothing = fault.code === 'badResponse' || fault.code === 'unavailable';
	if (!isTransient(response.status) && !saysNothing) return { kind: 'fault', fault };
	const requestedMs = retryAfterMs(response, ports.now(), engine.limits);
	return { kind: 'transient', reason: fault.message, retryAfterMs: requestedMs };
}

function classifyNoAnswer(
	answer: NoAnswer,
	displayName: string,
): Exclude<PollEvent, { kind: 'snapshot' | 'doubtful' }> {
	const { delivery, reason } = answer;
	const what = `${displayName} could not be asked for the job`;
	switch (delivery) {
		case 'blocked':
			return { kind: 'fault', fault: forbiddenByHost(what, answer) };
		case 'unsendable':
			return { kind: 'fault', fault: fault('invalidRequest', `${what}: ${reason}`) };
		case 'notSent':
		case 'unknown':
			return { kind: 'transient', reason, retryAfterMs: null };
	}
}

/** Requests the state of a job once, from its status or result endpoint. Never rejects. */
export async function requestStatus<H extends Handle>(
	context: PollableContext<H>,
	endpoint: JobEndpoint<H>,
	handle: H,
): Promise<PollEvent<H>> {
	const { provider, ports, deadline, signal, engine } = context;
	const request = buildJobRequest(context, endpoint, handle);
	if (!request.ok) return { kind: 'fault', fault: request.fault };
	const { statusTimeoutMs } = engine.limits;
	const bounds = {
		timeoutMs: Math.min(statusTimeoutMs, deadline - ports.now()),
		signal,
		mayBeLarge: endpoint.embedsImages,
	};
	const outcome = await sendAuthenticated(context, request.value, bounds);
	switch (outcome.kind) {
		case 'untrusted':
			return { kind: 'fault', fault: untrustedAddress(provider) };
		case 'noAnswer':
			return classifyNoAnswer(outcome, provider.displayName);
		case 'response': {
			const { response } = outcome;
			return isSuccess(response) || readsErrorStatus(context, endpoint, response)
				? classifyParsed(endpoint, response, handle, context)
				: classifyError(response, context);
		}
	}
}
