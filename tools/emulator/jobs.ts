import { randomInt } from 'node:crypto';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import type { PictureSpec } from './picture';
import type { EmulatedJob, Fault, ImageFormat, JobState, Operation, ProviderId, Timing } from './types';

/** What a provider read from a request that it accepts. */
export interface JobDraft {
	id: string;
	model: string;
	operation: Operation;
	prompt: string;
	/** The emulator picks a random one for null. */
	seed: number | null;
	width: number;
	height: number;
	format: ImageFormat;
	/** 0 to 100, for the lossy formats. */
	quality?: number;
	inputs?: readonly Buffer[];
	/** The request body as it is recorded. */
	body: unknown;
	/** Error text of a job that is accepted and then fails. */
	failure?: string;
	/** Time after its start at which the provider ends the job as failed; unlimited if absent. */
	runLimitMs?: number;
	/** Whether the job has ended as soon as it is accepted; false if absent. */
	instant?: boolean;
}

type Outcome = 'succeeded' | 'failed' | 'moderated';

/** When a job starts and ends, and how. */
interface JobSchedule {
	acceptedAt: number;
	startsAt: number;
	endsAt: number;
	timesOut: boolean;
	failure: string | null;
	outcome: Outcome;
	/** Infinity unless the job was cancelled. */
	cancelledAt: number;
}

// 2^31: larger seeds overflow the integers of some clients.
const seedBound = 2_147_483_648;

/** The accepted jobs of all providers. Their states follow from the clock alone. */
export class JobStore {
	/** Every job in the order of acceptance. The array itself never changes, so that it can be shared. */
	readonly all: EmulatedJob[] = [];
	readonly #schedules = new WeakMap<EmulatedJob, JobSchedule>();
	readonly #pictures = new WeakMap<EmulatedJob, (index: number) => Promise<Buffer>>();
	readonly #byId = new Map<string, EmulatedJob>();
	readonly #counts = new Map<ProviderId, number>();

	/** `timing` may be changed later; it applies to the jobs that are accepted from then on. */
	constructor(
		readonly timing: Timing,
		readonly faults: FaultQueue,
		readonly now: EmulatorClock['now'],
		readonly draw: (spec: PictureSpec) => Promise<Buffer>,
	) {}

	/** Accepts a job, applies the next fault of the stage `job` to it and starts to draw its image. */
	accept(provider: ProviderId, draft: JobDraft): EmulatedJob {
		const fault = this.faults.take('job', provider)?.kind;
		const timing = draft.instant ? { queueMs: 0, runMs: 0 } : this.timing;
		const schedule = scheduleOf(draft, fault, timing, this.now());
		const job = createJob(provider, draft, this.#nextNumber(provider), schedule, this.now);
		this.all.push(job);
		this.#byId.set(`${provider}/${draft.id}`, job);
		this.#schedules.set(job, schedule);
		if (schedule.outcome === 'succeeded' && Number.isFinite(schedule.endsAt))
			this.#startDrawing(job, draft);
		return job;
	}

	/** Returns the jobs of a provider in the order of acceptance. */
	of(provider: ProviderId): EmulatedJob[] {
		return this.all.filter((job) => job.provider === provider);
	}

	/** Returns the provider's job with this id. */
	find(provider: ProviderId, id: string): EmulatedJob | undefined {
		return this.#byId.get(`${provider}/${id}`);
	}

	/** Cancels a job. Returns false for a job that has ended, which stays as it is. */
	cancel(job: EmulatedJob): boolean {
		const schedule = this.#schedules.get(job);
		if (schedule === undefined || !isActive(job)) return false;
		schedule.cancelledAt = this.now();
		return true;
	}

	/**
	 * Resolves with the bytes of a job's image, the first by default. Rejects for a job that makes no image.
	 */
	async picture(job: EmulatedJob, index = 0): Promise<Buffer> {
		const picture = this.#pictures.get(job);
		if (picture === undefined) throw new Error(`The job ${job.id} has no picture`);
		return await picture(index);
	}

	/** Removes all jobs. The numbers of the providers' jobs continue. */
	clear(): void {
		this.all.length = 0;
		this.#byId.clear();
	}

	#nextNumber(provider: ProviderId): number {
		const number = (this.#counts.get(provider) ?? 0) + 1;
		this.#counts.set(provider, number);
		return number;
	}

	/** Draws the first image now, further ones when they are requested, each of them once. */
	#startDrawing(job: EmulatedJob, { quality, inputs = [] }: JobDraft): void {
		const images = new Map<number, Promise<Buffer>>();
		const { prompt, seed, width, height, format } = job;
		const spec = { prompt, width, height, format, inputs, quality };
		const picture = (index: number): Promise<Buffer> => {
			const image = images.get(index) ?? this.draw({ ...spec, seed: seed + index });
			images.set(index, image);
			return image;
		};
		this.#pictures.set(job, picture);
		// A failure is reported to whoever requests the picture.
		picture(0).catch(() => undefined);
	}
}

function scheduleOf(
	draft: JobDraft,
	fault: Fault['kind'] | undefined,
	timing: Timing,
	acceptedAt: number,
): JobSchedule {
	const failure = draft.failure ?? (fault === 'fail' ? 'The model failed on this request' : null);
	const startsAt = acceptedAt + timing.queueMs;
	const runMs = fault === 'never' ? Infinity : timing.runMs;
	const runLimitMs = draft.runLimitMs ?? Infinity;
	const timesOut = runMs > runLimitMs;
	const endsAt = startsAt + Math.min(runMs, runLimitMs);
	const outcome =
		failure !== null || timesOut ? 'failed' : fault === 'moderate' ? 'moderated' : 'succeeded';
	return { acceptedAt, startsAt, endsAt, timesOut, failure, outcome, cancelledAt: Infinity };
}

function createJob(
	provider: ProviderId,
	draft: JobDraft,
	number: number,
	schedule: JobSchedule,
	now: EmulatorClock['now'],
): EmulatedJob {
	const { id, model, operation, prompt, width, height, format, body } = draft;
	const { acceptedAt, startsAt, endsAt, timesOut, failure } = schedule;
	return {
		provider,
		id,
		number,
		model,
		operation,
		prompt,
		seed: draft.seed ?? randomInt(seedBound),
		width,
		height,
		format,
		body,
		acceptedAt,
		startsAt,
		endsAt,
		timesOut,
		failure,
		get state() {
			return stateAt(now(), schedule);
		},
	};
}

/** Reports whether a job is queued or running. */
export const isActive = ({ state }: EmulatedJob): boolean => state === 'queued' || state === 'running';

function stateAt(now: number, { startsAt, endsAt, cancelledAt, outcome }: JobSchedule): JobState {
	if (cancelledAt <= now) return 'cancelled';
	if (now < startsAt) return 'queued';
	return now < endsAt ? 'running' : outcome;
}
