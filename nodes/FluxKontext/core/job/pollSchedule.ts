import type { Polling } from '../provider';
import type { JobContext, PollableContext } from './context';
import type { DurationHistory } from './durationHistory';
import { estimateDuration, likelyEnd } from './durationEstimate';
import { closePause, plainPause } from './pauses';
import type { Handle, JobMeta, JobSnapshot } from './snapshot';

/**
 * When a job is polled. All times are ages of the job, in milliseconds; `t` is the age at a poll, without the
 * time in the provider's queue.
 *
 * - Nothing known of the model: `pause(t) = clamp(intervalMs, 0.06 t, maxIntervalMs)`, times 1 to 1.1 at
 *   random.
 * - Earlier jobs took d1 … d8: the next poll is at the `d + 50 ms > t` for which jobs of those durations
 *   would have waited least in all, if polls followed it every `pause / 2` (see `likelyEnd`). While that is
 *   further away than `1.5 max(3 s, t / 4)`, one poll every `max(3 s, t / 4)` catches a job that is quicker
 *   than all before.
 * - `n` jobs ahead in the provider's queue: `(1 + n) pause(t)`, at most `maxIntervalMs`.
 * - A share `p >= 0.1` of the work is done and grows: as for one earlier job that took `t / p`.
 * - Never shorter than the provider's `shortestMs`, never beyond the deadline while a plain pause still fits.
 *
 * The constants were chosen by `npm run bench`: docs/benchmarks.md, section Lag.
 */

/**
 * Milliseconds between polls, however young the job, while no earlier job ended so early. Bench: rows "later
 * runs".
 */
const EARLY_PAUSE_MS = 3_000;
/** The same as a share of the job's age, for jobs of more than 12 s. */
const EARLY_SHARE = 0.25;
/**
 * A poll this many early pauses before the likely end is left out: the poll at the likely end follows soon
 * enough.
 */
const EARLY_PAUSES_BEFORE_END = 1.5;
/**
 * Progress below this says too little about the end; the first percent often include the loading of the
 * model.
 */
const MIN_PROGRESS = 0.1;
/**
 * Largest share that is added to a pause at random, so that jobs submitted together are not polled together
 * for ever.
 */
const MAX_SPREAD = 0.1;

/** Decides when one job is polled, and learns from it for the jobs after it. */
export class PollSchedule {
	private readonly polling: Polling;

	/** Names the connection and the model in the history. */
	private readonly key: string;

	/**
	 * Durations known when this job began: jobs that run side by side learn from the same ones, not from each
	 * other.
	 */
	private readonly durationsBefore: readonly number[];

	/** Age when the job was last known to be in the provider's queue, which says nothing about its work. */
	private queuedMs = 0;

	/** Age when the job was last known to be unfinished. */
	private pendingMs = 0;

	/** Age when the job was found to be finished. */
	private endedMs: number | null = null;

	/**
	 * Progress at the latest poll, and whether it grew since the one before; some providers always report the
	 * same.
	 */
	private progress = 0;

	private isMoving = false;

	/**
	 * Age when the provider had accepted the job; `null` for a job of an earlier run, whose end nobody
	 * observed.
	 */
	private acceptedMs: number | null = null;

	private readonly history: DurationHistory;

	private readonly random: () => number;

	constructor(context: PollableContext, model: string) {
		const { provider, baseUrl, keyFingerprint = '', ports, engine }: JobContext = context;
		this.polling = engine.policy.polling(context.provider);
		this.history = engine.history;
		this.random = ports.random;
		this.key = [provider.id, baseUrl, keyFingerprint, model].join(' ');
		this.durationsBefore = this.durations;
	}

	/** Durations of the latest jobs, those of the same run among them as they end. */
	private get durations(): readonly number[] {
		return this.history.durationsOf(this.key);
	}

	/**
	 * Returns the wait before the first poll of a job that was accepted at this age, with `leftMs` to the
	 * deadline.
	 */
	first(acceptedMs: number, leftMs: number): number {
		this.acceptedMs = acceptedMs;
		const { firstDelayMs } = this.polling;
		const wanted =
			this.durations.length > 0 ? this.pauseUntilEnd(acceptedMs, this.durations) : firstDelayMs;
		return wanted < leftMs ? wanted : firstDelayMs;
	}

	/** Records what a poll found at this age. A succeeded job is added to the history. */
	observe<H extends Handle>(ageMs: number, snapshot: JobSnapshot<H>): void {
		if (snapshot.state !== 'pending') {
			this.endedMs ??= ageMs;
			if (snapshot.state === 'succeeded') this.learn(snapshot.meta, this.endedMs);
			return;
		}
		const { ahead = 0, progress = 0 } = snapshot;
		if (ahead > 0) this.queuedMs = ageMs;
		this.pendingMs = ageMs;
		this.isMoving = this.progress > 0 && progress > this.progress;
		this.progress = progress;
	}

	/** Returns the wait after a poll that found this snapshot; never less than the provider asks for. */
	next<H extends Handle>(ageMs: number, leftMs: number, snapshot: JobSnapshot<H>): number {
		const { polling } = this;
		const ahead = (snapshot.state === 'pending' && snapshot.ahead) || 0;
		if (ahead > 0) {
			return Math.min(polling.maxIntervalMs, this.spread(plainPause(polling, ageMs) * (1 + ahead)));
		}
		const workMs = ageMs - this.queuedMs;
		const showsProgress = this.isMoving && this.progress >= MIN_PROGRESS;
		const durations = showsProgress ? [workMs / this.progress] : this.durations;
		const wanted = Math.max(closePause(polling, workMs), this.pauseUntilEnd(workMs, durations));
		return wanted < leftMs ? wanted : this.spread(plainPause(polling, workMs));
	}

	private pauseUntilEnd(workMs: number, durations: readonly number[]): number {
		const end = likelyEnd(this.polling, workMs, durations);
		if (end === null) return this.spread(plainPause(this.polling, workMs));
		const early = Math.max(EARLY_PAUSE_MS, workMs * EARLY_SHARE);
		return end - workMs <= EARLY_PAUSES_BEFORE_END * early ? end - workMs : this.spread(early);
	}

	private spread(ms: number): number {
		return ms * (1 + MAX_SPREAD * this.random());
	}

	private learn({ queueMs = null, runMs = null }: JobMeta, endedMs: number): void {
		if (this.pendingMs === 0 && this.acceptedMs === null) return;
		const [from, to] = [Math.max(0, this.pendingMs - this.queuedMs), endedMs - this.queuedMs];
		if (to <= 0) return;
		// The provider's own clock starts when it has the job. Without the time in its queue this is only a
		// lower bound.
		const reported = runMs === null ? 0 : (this.acceptedMs ?? 0) + (queueMs ?? 0) + runMs;
		const isPlausible = reported > from && reported <= to;
		const duration =
			isPlausible && queueMs !== null
				? reported
				: estimateDuration(
						plainPause(this.polling, to),
						isPlausible ? reported : from,
						to,
						this.durationsBefore,
					);
		this.history.add(this.key, duration);
	}
}
