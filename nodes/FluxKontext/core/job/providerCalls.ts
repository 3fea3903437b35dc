import { exceptionText } from '../base/exceptions';
import { fail, succeed, type Fault, type Result } from '../base/faults';
import { faultFromHttp } from '../http/errors';
import type { HttpRequest, HttpResponse } from '../http/ports';
import { callbackOf, type CancelEndpoint, type JobEndpoint, type Provider } from '../provider';
import type { PreparedRequest } from '../request/imageRequest';
import { providerContext, type JobContext } from './context';
import type { FinishedSnapshot, Handle, JobSnapshot } from './snapshot';

// Every call into a provider's functions is made here, so that whatever one of them throws becomes a fault.

function guarded<T>(call: () => Result<T>, describe: (reason: string) => Result<T>): Result<T> {
	try {
		return call();
	} catch (error) {
		return describe(exceptionText(error));
	}
}

/** Calls a function that builds a request from what the user or a job record gave. */
const building = <T>({ displayName }: Pick<Provider, 'displayName'>, call: () => Result<T>): Result<T> =>
	guarded(call, (reason) =>
		fail('invalidRequest', `No request to ${displayName} can be made of this input: ${reason}`),
	);

/** Calls a function that parses a response. */
const parsing = <T>({ displayName }: Pick<Provider, 'displayName'>, call: () => Result<T>): Result<T> =>
	guarded(call, (reason) => fail('badResponse', `The answer of ${displayName} cannot be read: ${reason}`));

/** Builds the submit, with the address that the provider is to report to. Never throws. */
export function buildSubmit<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
): Result<HttpRequest> {
	const { provider, callback: target } = context;
	return building(provider, () => {
		const built = provider.submit.build(request, providerContext(context));
		const callback = callbackOf(provider);
		return built.ok && target && callback ? succeed(callback.attach(built.value, target)) : built;
	});
}

/** Parses a 2xx response to a submit. Never throws. */
export function parseSubmit<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	response: HttpResponse,
): Result<JobSnapshot<H>> {
	const { provider } = context;
	return parsing<JobSnapshot<H>>(provider, () =>
		provider.submit.parse(response, request, providerContext(context)),
	);
}

/** Builds a request about a job: for its status, its result or its cancellation. Never throws. */
export const buildJobRequest = <H extends Handle>(
	context: JobContext<H>,
	endpoint: Pick<JobEndpoint<H> | CancelEndpoint<H>, 'build'>,
	handle: H,
): Result<HttpRequest> =>
	building(context.provider, () => succeed(endpoint.build(handle, providerContext(context))));

/** Parses a response about a job. Never throws. */
export const parseJobResponse = <H extends Handle>(
	context: JobContext<H>,
	endpoint: JobEndpoint<H>,
	handle: H,
	response: HttpResponse,
): Result<JobSnapshot<H>> =>
	parsing(context.provider, () => endpoint.parse(response, handle, providerContext(context)));

/** Tells whether a response with an error status describes the state of its job. Never throws. */
export function readsErrorStatus<H extends Handle>(
	{ provider }: Pick<JobContext<H>, 'provider'>,
	endpoint: JobEndpoint<H>,
	response: HttpResponse,
): boolean {
	const answer = parsing(provider, () => succeed(endpoint.readsErrorStatus?.(response) ?? false));
	return answer.ok && answer.value;
}

/** Maps a response with an error status to a fault. Never throws. */
export function parseError<H extends Handle>(provider: Provider<H>, response: HttpResponse): Fault {
	const fault = parsing(provider, () => succeed(provider.parseError(response)));
	return fault.ok ? fault.value : faultFromHttp(provider.displayName, response);
}

/** Parses the job's status word from an accepted cancellation; empty where it is not told. Never throws. */
export function parseCancel<H extends Handle>(
	provider: Pick<Provider<H>, 'displayName'>,
	cancel: CancelEndpoint<H>,
	response: HttpResponse,
): string {
	const status = parsing(provider, () => succeed(cancel.parse?.(response) ?? ''));
	return status.ok ? status.value : '';
}

/** Builds the question for the price of a request; `null` where there is none to ask. Never throws. */
export function buildEstimate<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
): Result<HttpRequest> | null {
	const { provider } = context;
	const { estimate } = provider;
	return estimate ? building(provider, () => estimate.build(request, providerContext(context))) : null;
}

/** Parses the answer to the question for a price, to USD. Never throws. */
export const parseEstimate = <H extends Handle>(
	{ displayName, estimate }: Provider<H>,
	response: HttpResponse,
): Result<number> =>
	parsing({ displayName }, () =>
		estimate ? estimate.parse(response) : fail('badResponse', `${displayName} tells no prices`),
	);

/** Rebuilds the finished job of a provider that answers at once. Never throws. */
export function recallJob<H extends Handle>(
	provider: Extract<Provider<H>, { kind: 'sync' }>,
	handle: H,
): FinishedSnapshot<H> {
	const recalled = parsing(provider, () => succeed(provider.recall(handle)));
	if (recalled.ok) return recalled.value;
	return { state: 'failed', handle, providerStatus: '', fault: recalled.fault };
}

/** Validates a handle that comes from outside. Never throws. */
export const readHandle = <H extends Handle>(provider: Provider<H>, value: unknown): Result<H> =>
	building(provider, () => provider.readHandle(value));
