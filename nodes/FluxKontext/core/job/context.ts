import { fault, type Fault } from '../base/faults';
import type { Limits } from '../base/limits';
import { exchange, type ExchangeOutcome } from '../http/exchange';
import type { HttpRequest, Ports } from '../http/ports';
import { withQuery } from '../http/baseUrl';
import { hasSameOrigin, mayCarryKey } from '../http/trust';
import {
	isJobProvider,
	type CallbackTarget,
	type JobProvider,
	type Polling,
	type Provider,
	type ProviderContext,
	type SubmitRate,
} from '../provider';
import type { DurationHistory } from './durationHistory';
import type { HandleSigner } from './handleSigner';
import type { Limiter } from './limiter';
import type { Handle } from './snapshot';

/** Connection to a provider, and the bounds of one job, as the caller of the engine sets them. */
export interface JobSetup<H extends Handle = Handle> {
	provider: Provider<H>;
	/** Without query and trailing slashes. */
	baseUrl: string;
	/**
	 * Query of the base URL, without a question mark; every request to its origin gets the parameters that it
	 * has not itself. Default: none.
	 */
	baseQuery?: string;
	/**
	 * Distinguishes keys, because limits hold for each; the key cannot be derived from it. Default: one for
	 * all.
	 */
	keyFingerprint?: string;
	ports: Ports;
	/** Milliseconds since the epoch; nothing of this job waits longer. The wait for a slot does not count. */
	deadline: number;
	/** Where the provider is to report the end of the job to. */
	callback?: CallbackTarget;
	/** Signs the links in handles. Default: they are not signed. */
	signer?: HandleSigner;
	/** Aborted when the execution is stopped, or when another item has ended the run. */
	signal: AbortSignal;
}

/** How an engine treats providers. */
export interface EnginePolicy {
	/** How often the jobs of a provider are polled. */
	polling(provider: JobProvider): Polling;
	/** How often a key may submit; `undefined` for no limit. */
	submitRate(provider: Provider): SubmitRate | undefined;
	/** Whether the provider is asked for prices at a base URL. Default: see `asksPrice` in estimate.ts. */
	asksPrice(provider: Provider, baseUrl: string): boolean;
}

/** State that all jobs of an engine share. */
export interface EngineState {
	limits: Limits;
	policy: EnginePolicy;
	limiter: Limiter;
	history: DurationHistory;
}

/** Everything that is known while a job is processed. */
export interface JobContext<H extends Handle = Handle> extends JobSetup<H> {
	engine: EngineState;
	/** Whether the caller wants the job alone, without its images. */
	submitOnly?: boolean;
}

/** Context of a job that can be polled. */
export interface PollableContext<H extends Handle = Handle> extends JobContext<H> {
	provider: JobProvider<H>;
}

/** Tells whether the provider keeps jobs that can be polled. */
export function isPollable<H extends Handle>(context: JobContext<H>): context is PollableContext<H> {
	return isJobProvider(context.provider);
}

/** Returns the context of a job that is checked once, which may take `checkTimeoutMs` at most. */
export function withCheckDeadline<C extends JobContext>(context: C): C {
	const { ports, deadline, engine } = context;
	return { ...context, deadline: Math.min(deadline, ports.now() + engine.limits.checkTimeoutMs) };
}

/**
 * Returns the context of a job that is checked once and whose images are there: one download's time, at most.
 */
export function withDownloadDeadline<C extends JobContext>(context: C): C {
	const { ports, deadline, engine } = context;
	return { ...context, deadline: Math.min(deadline, ports.now() + engine.limits.downloadTimeoutMs) };
}

/** Returns what the provider's functions need to know of the job. */
export function providerContext({
	baseUrl,
	ports,
	deadline,
	submitOnly = false,
}: Pick<JobContext, 'baseUrl' | 'ports' | 'deadline' | 'submitOnly'>): ProviderContext {
	const now = ports.now();
	return { baseUrl, now, waitMs: submitOnly ? 0 : Math.max(0, deadline - now) };
}

/**
 * Outcome of a request with the key. `untrusted`: the address may not receive the key, so nothing was sent.
 */
export type RequestOutcome = ExchangeOutcome | { kind: 'untrusted' };

/** Creates the fault of an address that is not the provider's own. */
export function untrustedAddress({ displayName }: Provider): Fault {
	return fault(
		'badResponse',
		`${displayName} named an address that is not its own; the API key was not sent there`,
		{ retryable: false },
	);
}

/** Provider that is asked, and the limits of the request. */
export type AuthenticatedTarget = Pick<JobSetup, 'provider' | 'baseUrl' | 'baseQuery' | 'ports'> & {
	engine: Pick<EngineState, 'limits'>;
};

/** Bounds of a request with the key. */
export interface RequestBounds {
	/** Milliseconds until the response must have been read completely. */
	timeoutMs: number;
	/** Aborts the request. */
	signal: AbortSignal;
	/** Whether the response may hold images. Default: false. */
	mayBeLarge?: boolean | undefined;
}

/** Sends a request with the key, provided that its address may receive the key. Never rejects. */
export async function sendAuthenticated(
	context: AuthenticatedTarget,
	request: HttpRequest,
	{ timeoutMs, signal, mayBeLarge = false }: RequestBounds,
): Promise<RequestOutcome> {
	const { provider, baseUrl, baseQuery = '', ports, engine } = context;
	if (!mayCarryKey(request.url, baseUrl, provider.trustedHosts)) return { kind: 'untrusted' };
	const { maxResponseBytes, maxImageResponseBytes } = engine.limits;
	const maxBytes = mayBeLarge ? maxImageResponseBytes : maxResponseBytes;
	const isAtBase = hasSameOrigin(request.url, baseUrl);
	const url = isAtBase ? withQuery(request.url, baseQuery) : request.url;
	return await exchange(ports, { ...request, url }, { authenticate: true, timeoutMs, maxBytes, signal });
}

/**
 * Tells whether the run was stopped. A function, because the compiler would take a tested property for
 * constant.
 */
export function isStopped({ signal }: Pick<JobSetup, 'signal'>): boolean {
	return signal.aborted;
}
