import type { JobContext } from './context';
import type { Handle, JobMeta, JobSnapshot, Polling } from '../provider';

/** Share of a job's age that passes between two looks: an image waits at most about this long to be noticed. */
const AGE_SHARE = 0.06;
/** The same while no earlier job of the model was as quick: it is looked at all the same, as this one may be. */
const EARLY_SHARE = 0.25;
/** Milliseconds that pass without a look however young the job is, while no earlier one was as quick. */
const EARLY_PAUSE_MS = 3_000;
/** A look that comes a moment too early costs a whole pause, one that comes a moment too late costs that moment. */
const MARGIN_MS = 50;
/** Progress below this says too little of when a job will end. */
const MIN_PROGRESS = 0.1;

/** By how much a guess is less than what earlier jobs took, lest nobody ever looks earlier: shares of a plain pause and of the time. */
const LESS_OF_PAUSE = 0.1;
const LESS_OF_TIME = 0.03;
/** Where between two looks a job ended, as far as anybody knows: the first of its model; one that took longer than all before, which were not far off. */
const GUESS_UNKNOWN = 0.5;
const GUESS_AFTER_MISS = 0.25;
/** The same for one that was over at the first look: a little less each time, as a look that comes too early costs a pause. */
const GUESS_AT_ONCE = 0.9;

/** How many jobs of a model are remembered, and of how many models. */
const MAX_JOBS = 8;
const MAX_MODELS = 500;

/** How long the latest jobs of a model took, in milliseconds. One process learns from all its executions. */
const latest = new Map<string, readonly number[]>();

function remember(name: string, ms: number): void {
	const known = latest.get(name) ?? [];
	latest.delete(name);
	latest.set(name, [...known, ms].slice(-MAX_JOBS));
	for (const oldest of latest.keys()) if (latest.size > MAX_MODELS) latest.delete(oldest);
}

/** The pause of a job of which nothing else is known: short while it may finish any moment, longer as it ages. */
function plainPause({ intervalMs, maxIntervalMs }: Polling, ageMs: number): number {
	return Math.min(maxIntervalMs, Math.max(intervalMs, ageMs * AGE_SHARE));
}

/** The pause near the likely end. */
function nearPause(polling: Polling, ageMs: number): number {
	return Math.max(polling.shortestMs, plainPause(polling, ageMs) / 2);
}

/** How long jobs that took so long would have waited in all, if the next look is at this age and others follow close behind. */
function waitFor(polling: Polling, lookMs: number, took: readonly number[]): number {
	const step = nearPause(polling, lookMs);
	return took.reduce((sum, ms) => sum + lookMs - ms + Math.ceil(Math.max(0, ms - lookMs) / step) * step, 0);
}

/**
 * The age for the next look: when the jobs that took longer than this one has so far would have waited least. `null` if
 * none took as long.
 */
function likelyEnd(polling: Polling, ageMs: number, took: readonly number[]): number | null {
	const left = took.map((ms) => ms + MARGIN_MS).filter((ms) => ms > ageMs);
	const waits = left.map((lookMs) => ({ lookMs, wait: waitFor(polling, lookMs, left) }));
	return waits.sort((a, b) => a.wait - b.wait)[0]?.lookMs ?? null;
}

/** How long a job took that ended between these two ages, of which only the second is certain. */
function guess(step: number, from: number, to: number, took: readonly number[]): number {
	const alike = took.filter((ms) => ms > from && ms <= to);
	if (alike.length > 0)
		return Math.max(
			from,
			alike.reduce((sum, ms) => sum + ms, 0) / alike.length -
				Math.min(LESS_OF_PAUSE * step, LESS_OF_TIME * to),
		);
	if (from === 0) return to * GUESS_AT_ONCE;
	return from + (to - from) * (took.length === 0 ? GUESS_UNKNOWN : GUESS_AFTER_MISS);
}

/** When one job is looked at. Ages are milliseconds since its submit. */
export class PollSchedule {
	private readonly name: string;

	/** What the latest jobs took when this one began: those beside it learn from the same ones, and not from each other. */
	private readonly before: readonly number[];

	/** The age when it was last known to wait in the provider's queue, which says nothing of how long the work takes. */
	private queuedMs = 0;

	/** The age when it was last known to be at work, and when it was found to have ended. */
	private pendingMs = 0;

	private endedMs: number | null = null;

	/** The last word of the provider, and whether it has changed since the look before: some always say the same. */
	private progress = 0;

	private moved = false;

	/** The age when the provider had accepted it; `null` for a job that was not looked at since: nobody knows when it ended. */
	private acceptedMs: number | null = null;

	constructor(
		private readonly run: Pick<JobContext, 'provider' | 'baseUrl' | 'keyFingerprint' | 'ports'>,
		model: string,
	) {
		const { provider, baseUrl, keyFingerprint = '' } = run;
		this.name = [provider.id, baseUrl, keyFingerprint, model].join(' ');
		this.before = this.took;
	}

	/** What the latest jobs took, those of the same run among them as they end. */
	private get took(): readonly number[] {
		return latest.get(this.name) ?? [];
	}

	/** Milliseconds until the first look at a job that was accepted at this age. `leftMs`: nobody waits longer. */
	first(acceptedMs: number, leftMs: number): number {
		this.acceptedMs = acceptedMs;
		const { firstDelayMs } = this.run.provider.polling;
		const wanted = this.took.length > 0 ? this.until(acceptedMs, this.took) : firstDelayMs;
		return wanted < leftMs ? wanted : firstDelayMs;
	}

	/** Takes note of what a look has said. */
	observe<H extends Handle>(ageMs: number, snapshot: JobSnapshot<H>): void {
		if (snapshot.state !== 'pending') {
			this.endedMs ??= ageMs;
			if (snapshot.state === 'succeeded') this.learn(snapshot.meta);
			return;
		}
		const { ahead = 0, progress = 0 } = snapshot;
		if (ahead > 0) this.queuedMs = ageMs;
		this.pendingMs = ageMs;
		this.moved = this.progress > 0 && progress > this.progress;
		this.progress = progress;
	}

	/** Milliseconds until the next look; never less than the provider asks for. */
	next<H extends Handle>(ageMs: number, leftMs: number, snapshot: JobSnapshot<H>): number {
		const { polling } = this.run.provider;
		const workMs = ageMs - this.queuedMs;
		const ahead = (snapshot.state === 'pending' && snapshot.ahead) || 0;
		// Each job before this one takes its time, too.
		if (ahead > 0)
			return Math.min(polling.maxIntervalMs, this.spread(plainPause(polling, ageMs) * (1 + ahead)));
		const took = this.moved && this.progress >= MIN_PROGRESS ? [workMs / this.progress] : this.took;
		const wanted = Math.max(nearPause(polling, workMs), this.until(workMs, took));
		return wanted < leftMs ? wanted : this.spread(plainPause(polling, workMs));
	}

	private until(workMs: number, took: readonly number[]): number {
		const { polling } = this.run.provider;
		const end = likelyEnd(polling, workMs, took);
		if (end === null) return this.spread(plainPause(polling, workMs));
		const early = Math.max(EARLY_PAUSE_MS, workMs * EARLY_SHARE);
		// Not one look just before the one that counts.
		return end - workMs <= 1.5 * early ? end - workMs : this.spread(early);
	}

	/** Jobs that were submitted together are not asked for together for ever. */
	private spread(ms: number): number {
		return ms * (1 + 0.1 * this.run.ports.random());
	}

	private learn({ queueMs = null, runMs = null }: JobMeta): void {
		if (this.endedMs === null || (this.pendingMs === 0 && this.acceptedMs === null)) return;
		const {
			provider: { polling },
		} = this.run;
		const [from, to] = [Math.max(0, this.pendingMs - this.queuedMs), this.endedMs - this.queuedMs];
		if (to <= 0) return;
		// The provider's own time begins when it has the job. Without that in its queue it says how long it took at least.
		const told = runMs === null ? 0 : (this.acceptedMs ?? 0) + (queueMs ?? 0) + runMs;
		const fits = told > from && told <= to;
		remember(
			this.name,
			fits && queueMs !== null
				? told
				: guess(plainPause(polling, to), fits ? told : from, to, this.before),
		);
	}
}
