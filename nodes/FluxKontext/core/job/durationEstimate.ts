import type { Polling } from '../provider';
import { closePause } from './pauses';

/**
 * Added to a known duration: a poll that is a moment too early costs a whole pause, one that is too late that
 * moment.
 */
const MARGIN_MS = 50;

/**
 * Biases estimates low, so that the schedule keeps probing earlier completion times: shares of a plain pause
 * and of the duration.
 */
const BIAS_OF_PAUSE = 0.1;
const BIAS_OF_DURATION = 0.03;

/**
 * Where between two polls a job is assumed to have ended, as a share of the time between them: the first of
 * its model.
 */
const POSITION_UNKNOWN = 0.5;
/** A job that took longer than all before it, which ended not much earlier. */
const POSITION_AFTER_MISS = 0.25;
/** A job that had ended at the first poll: biased low, because a poll that is too early costs a pause. */
const POSITION_AT_FIRST_POLL = 0.9;

/**
 * Adds up how long finished jobs of these durations would wait to be noticed, if the next poll is at the age
 * `pollMs` and further ones follow closely.
 */
function totalWait(polling: Polling, pollMs: number, durations: readonly number[]): number {
	const step = closePause(polling, pollMs);
	return durations.reduce((sum, ms) => {
		const missedPolls = Math.ceil(Math.max(0, ms - pollMs) / step);
		return sum + pollMs - ms + missedPolls * step;
	}, 0);
}

/**
 * Returns the age for the next poll at which jobs like the earlier ones that took longer than `ageMs` would
 * have waited least; `null` if none took as long.
 */
export function likelyEnd(polling: Polling, ageMs: number, durations: readonly number[]): number | null {
	const remaining = durations.map((ms) => ms + MARGIN_MS).filter((ms) => ms > ageMs);
	const candidates = remaining.map((pollMs) => ({
		pollMs,
		wait: totalWait(polling, pollMs, remaining),
	}));
	return candidates.sort((a, b) => a.wait - b.wait)[0]?.pollMs ?? null;
}

/**
 * Estimates how long a job took that ended between the ages `from` and `to`, of which only `to` was observed.
 * `pauseMs` is the plain pause at its end, `durations` those of earlier jobs.
 */
export function estimateDuration(
	pauseMs: number,
	from: number,
	to: number,
	durations: readonly number[],
): number {
	const alike = durations.filter((ms) => ms > from && ms <= to);
	if (alike.length > 0) {
		const mean = alike.reduce((sum, ms) => sum + ms, 0) / alike.length;
		return Math.max(from, mean - Math.min(BIAS_OF_PAUSE * pauseMs, BIAS_OF_DURATION * to));
	}
	if (from === 0) return to * POSITION_AT_FIRST_POLL;
	return from + (to - from) * (durations.length === 0 ? POSITION_UNKNOWN : POSITION_AFTER_MISS);
}
