import type { Fault, FaultCode } from '../base/faults';
import { forbiddenByHost } from '../http/errors';
import type { HttpResponse } from '../http/ports';
import { retryAfterMs } from '../http/retry';
import { isSuccess, isTransient } from '../http/status';
import type { JobEndpoint } from '../provider';
import { providerContext, sendAuthenticated, untrustedAddress, type PollableContext } from './context';
import type { Handle, JobSnapshot } from './snapshot';

/** What one status request found. `retryAfterMs`: what the server asked for. */
export type PollEvent<H extends Handle = Handle> =
	| { kind: 'snapshot'; snapshot: JobSnapshot<H>; retryAfterMs: number | null }
	/** Failure that may pass by itself. */
	| { kind: 'transient'; reason: string; retryAfterMs: number | null }
	/** Failure that will not. */
	| { kind: 'fault'; fault: Fault };

/** Codes of a 2xx response that say nothing about the job. */
const TRANSIENT_CODES: readonly FaultCode[] = ['badResponse', 'unavailable', 'rateLimited'];

/** Classifies a response that the endpoint parses. */
function classifyParsed<H extends Handle>(
	{ parse }: JobEndpoint<H>,
	response: HttpResponse,
	handle: H,
	context: PollableContext<H>,
): PollEvent<H> {
	const { ports, engine } = context;
	const requestedMs = retryAfterMs(response, ports.now(), engine.limits);
	const parsed = parse(response, handle, providerContext(context));
	if (parsed.ok) return { kind: 'snapshot', snapshot: parsed.value, retryAfterMs: requestedMs };
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
	const fault = provider.parseError(response);
	// A status that HTTP clients cannot interpret says nothing about the job.
	if (!isTransient(response.status) && fault.code !== 'badResponse') return { kind: 'fault', fault };
	const requestedMs = retryAfterMs(response, ports.now(), engine.limits);
	return { kind: 'transient', reason: fault.message, retryAfterMs: requestedMs };
}

/** Requests the state of a job once, from its status or result endpoint. Never rejects. */
export async function requestStatus<H extends Handle>(
	context: PollableContext<H>,
	endpoint: JobEndpoint<H>,
	handle: H,
): Promise<PollEvent<H>> {
	const { provider, ports, deadline, signal, engine } = context;
	const request = endpoint.build(handle, providerContext(context));
	const timeoutMs = Math.min(engine.limits.statusTimeoutMs, deadline - ports.now());
	const outcome = await sendAuthenticated(context, request, timeoutMs, signal);
	switch (outcome.kind) {
		case 'untrusted':
			return { kind: 'fault', fault: untrustedAddress(provider) };
		case 'noAnswer':
			return outcome.delivery === 'blocked'
				? {
						kind: 'fault',
						fault: forbiddenByHost(
							`${provider.displayName} could not be asked for the job`,
							outcome,
						),
					}
				: { kind: 'transient', reason: outcome.reason, retryAfterMs: null };
		case 'response': {
			const { response } = outcome;
			return isSuccess(response) || endpoint.readsErrorStatus?.(response)
				? classifyParsed(endpoint, response, handle, context)
				: classifyError(response, context);
		}
	}
}
