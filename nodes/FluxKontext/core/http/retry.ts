import type { OpenResponse, Ports } from './ports';
import { FIRST_RETRY_MS, MAX_RETRY_AFTER_MS, MAX_RETRY_MS } from '../base/limits';

/**
 * Milliseconds that a `Retry-After` header asks for, as seconds or as an HTTP date (RFC 9110, 10.2.3);
 * `null` without one, or with one that makes no sense or names no wait: zero or a time that has passed would have us ask
 * without a pause until the deadline. Bounded, so that a server cannot put a run to sleep.
 */
export function retryAfterMs({ headers }: Pick<OpenResponse, 'headers'>, now: number): number | null {
	const value = headers['retry-after']?.trim();
	if (value === undefined || value === '') return null;
	const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
	return ms > 0 ? Math.min(Math.max(ms, FIRST_RETRY_MS), MAX_RETRY_AFTER_MS) : null;
}

/** The wait before try number `attempt` + 1 (the first is 1): doubling, bounded, with 20 % of jitter either way. */
export function backoffMs(attempt: number, random: () => number): number {
	const nominal = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), MAX_RETRY_MS);
	return nominal * (0.8 + 0.4 * random());
}

/** Sleeps, but never past the deadline; says whether there is time and will left to go on. */
export async function pause(
	ports: Ports,
	ms: number,
	deadline: number,
	signal: AbortSignal,
): Promise<boolean> {
	const left = deadline - ports.now();
	await ports.sleep(Math.max(0, Math.min(ms, left)), signal);
	// Timers wake up to a millisecond early, and one that was cut at the deadline must not look like there was time left.
	return !signal.aborted && ms < left && ports.now() < deadline;
}
