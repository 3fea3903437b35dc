import { exchange } from '../http/exchange';
import { fault, type Fault } from '../base/faults';
import type { HttpRequest, HttpResponse, NoAnswer, Ports } from '../http/ports';
import { mayCarryKey } from '../http/trust';
import type { CallbackTarget, Handle, Provider, ProviderContext } from '../provider';

/** One job's dealings with its provider. */
export interface JobContext<H extends Handle = Handle> {
	provider: Provider<H>;
	baseUrl: string;
	/** Tells keys apart, as limits hold for each; never the key itself. */
	keyFingerprint?: string;
	ports: Ports;
	/** Milliseconds since the epoch: nothing of this job waits longer. */
	deadline: number;
	/** Whether the job alone is wanted. */
	submitOnly?: boolean;
	/** Where the provider is to report the end of the job to. */
	callback?: CallbackTarget;
	/** Aborted when the execution is stopped, or when another item has ended the run. */
	signal: AbortSignal;
}

export function providerContext({
	baseUrl,
	ports,
	deadline,
	submitOnly = false,
}: JobContext): ProviderContext {
	const now = ports.now();
	return { baseUrl, now, waitMs: submitOnly ? 0 : Math.max(0, deadline - now) };
}

export function untrusted(provider: Provider): Fault {
	return fault(
		'badResponse',
		`${provider.displayName} named an address that is not its own; the API key was not sent there`,
		{ retryable: false },
	);
}

/** Sends a request with the key, if its address may have it, within `timeoutMs`. */
export async function send(
	run: JobContext,
	request: HttpRequest,
	timeoutMs: number,
	signal: AbortSignal = run.signal,
): Promise<HttpResponse | NoAnswer | 'untrusted'> {
	const { provider, baseUrl, ports } = run;
	if (!mayCarryKey(request.url, baseUrl, provider.trustedHosts)) return 'untrusted';
	return await exchange(ports, request, { authenticate: true, timeoutMs, signal });
}

/** Asked anew each time: the signal changes while the run waits. */
export function isStopped({ signal }: Pick<JobContext, 'signal'>): boolean {
	return signal.aborted;
}

export function isAnswer(answer: HttpResponse | NoAnswer): answer is HttpResponse {
	return !('kind' in answer);
}

export function isSuccess({ status }: HttpResponse): boolean {
	return status >= 200 && status < 300;
}
