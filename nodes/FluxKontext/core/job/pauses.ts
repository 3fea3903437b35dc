import type { Polling } from '../provider';

/**
 * Share of a job's age that passes between two polls: a finished image waits at most about this share to be
 * noticed.
 */
const AGE_SHARE = 0.06;

/** Returns the pause of a job of which only its age is known: short while it is young, longer as it ages. */
export function plainPause({ intervalMs, maxIntervalMs }: Polling, ageMs: number): number {
	return Math.min(maxIntervalMs, Math.max(intervalMs, ageMs * AGE_SHARE));
}

/**
 * Returns the pause near the likely end of a job: half a plain one, but at least what the provider allows.
 */
export function closePause(polling: Polling, ageMs: number): number {
	return Math.max(polling.shortestMs, plainPause(polling, ageMs) / 2);
}
