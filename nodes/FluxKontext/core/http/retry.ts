import type { Limits } from '../base/limits';
import type { OpenResponse, Ports } from './ports';

type RetryLimits = Pick<Limits, 'firstRetryMs' | 'maxRetryMs' | 'maxRetryAfterMs'>;

/** Share of a back-off that is random, so that jobs that failed together do not retry together. */
const JITTER = 0.4;

/**
 * Reads the milliseconds that a `Retry-After` header asks for, given in seconds or as an HTTP date (RFC 9110,
 * 10.2.3). The result is bounded by `firstRetryMs` and `maxRetryAfterMs`. `null` without a header, and with
 * one that names no future time, because zero would lead to requests without any pause until the deadline.
 */
export function retryAfterMs(
	{ headers }: Pick<OpenResponse, 'headers'>,
	now: number,
	{ firstRetryMs, maxRetryAfterMs }: RetryLimits,
): number | null {
	const value = headers['retry-after']?.trim();
	if (value === undefined || value === '') return null;
	const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
	return ms > 0 ? Math.min(Math.max(ms, firstRetryMs), maxRetryAfterMs) : null;
}

/**
 * Computes the milliseconds to wait after attempt number `attempt` (the first is 1): `firstRetryMs`, doubled
 * with each attempt up to `maxRetryMs`, with 20 % of jitter either way.
 */
export function backoffMs(
	attempt: number,
	random: () => number,
	{ firstRetryMs, maxRetryMs }: RetryLimits,
): number {
	const nominal = Math.min(firstRetryMs * 2 ** (attempt - 1), maxRetryMs);
	return nominal * (1 - JITTER / 2 + JITTER * random());
}

/**
 * Waits `ms` milliseconds, but not beyond the deadline. Resolves with whether time is left and the signal is
 * not aborted. Never rejects.
 */
export async function pause(
	ports: Ports,
	ms: number,
	deadline: number,
	signal: AbortSignal,
): Promise<boolean> {
	const left = deadline - ports.now();
	await ports.sleep(Math.max(0, Math.min(ms, left)), signal);
	// Timers fire up to a millisecond early, so a pause that was cut at the deadline must not report time
	// left.
	return !signal.aborted && ms < left && ports.now() < deadline;
}
