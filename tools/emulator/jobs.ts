import { randomInt } from 'node:crypto';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import type { PictureOrder } from './picture';
import type { EmulatedJob, ImageFormat, JobState, Operation, ProviderId, Timing } from './types';

/** What a provider has understood of a request that it accepts. */
export interface JobDraft {
	id: string;
	model: string;
	operation: Operation;
	prompt: string;
	/** The provider chooses one for null. */
	seed: number | null;
	width: number;
	height: number;
	format: ImageFormat;
	quality?: number;
	inputs?: readonly Buffer[];
	body: unknown;
	/** The job is accepted and then fails with this text. */
	failure?: string;
	/** The provider stops a job that runs longer. */
	runLimitMs?: number;
	/** It has ended as soon as it is accepted. */
	instant?: boolean;
}

type Outcome = 'succeeded' | 'failed' | 'moderated';
type Course = Pick<EmulatedJob, 'startsAt' | 'endsAt'> & { outcome: Outcome; cancelledAt: number };

// 2^31: above it some clients' integers end.
const seedBound = 2_147_483_648;

export class JobStore {
	readonly all: EmulatedJob[] = [];
	readonly #courses = new WeakMap<EmulatedJob, Course>();
	readonly #pictures = new WeakMap<EmulatedJob, (index: number) => Promise<Buffer>>();
	readonly #byId = new Map<string, EmulatedJob>();
	readonly #counts = new Map<ProviderId, number>();

	constructor(
		readonly timing: Timing,
		readonly faults: FaultQueue,
		readonly now: EmulatorClock['now'],
		readonly draw: (order: PictureOrder) => Promise<Buffer>,
	) {}

	accept(provider: ProviderId, draft: JobDraft): EmulatedJob {
		const fault = this.faults.take('job', provider)?.kind;
		const failure = draft.failure ?? (fault === 'fail' ? 'The model failed on this request' : null);
		const { now } = this;
		const acceptedAt = now();
		const timing = draft.instant ? { queueMs: 0, runMs: 0 } : this.timing;
		const startsAt = acceptedAt + timing.queueMs;
		const runMs = fault === 'never' ? Infinity : timing.runMs;
		const runLimitMs = draft.runLimitMs ?? Infinity;
		const timesOut = runMs > runLimitMs;
		const endsAt = startsAt + Math.min(runMs, runLimitMs);
		const outcome =
			failure !== null || timesOut ? 'failed' : fault === 'moderate' ? 'moderated' : 'succeeded';
		const course: Course = { startsAt, endsAt, outcome, cancelledAt: Infinity };
		const number = (this.#counts.get(provider) ?? 0) + 1;
		this.#counts.set(provider, number);
		const { id, model, operation, prompt, width, height, format, body } = draft;
		const job: EmulatedJob = {
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
				return stateAt(now(), course);
			},
		};
		this.all.push(job);
		this.#byId.set(`${provider}/${id}`, job);
		this.#courses.set(job, course);
		if (outcome === 'succeeded' && Number.isFinite(endsAt)) this.#startDrawing(job, draft);
		return job;
	}

	of(provider: ProviderId): EmulatedJob[] {
		return this.all.filter((job) => job.provider === provider);
	}

	find(provider: ProviderId, id: string): EmulatedJob | undefined {
		return this.#byId.get(`${provider}/${id}`);
	}

	/** True if the job had not ended, so that the cancellation came in time. */
	cancel(job: EmulatedJob): boolean {
		const course = this.#courses.get(job);
		if (course === undefined || !isActive(job)) return false;
		course.cancelledAt = this.now();
		return true;
	}

	/** The bytes of a job that succeeds; the further ones of a job with several images by their index. */
	async picture(job: EmulatedJob, index = 0): Promise<Buffer> {
		const picture = this.#pictures.get(job);
		if (picture === undefined) throw new Error(`The job ${job.id} has no picture`);
		return await picture(index);
	}

	clear(): void {
		this.all.length = 0;
		this.#byId.clear();
	}

	#startDrawing(job: EmulatedJob, { quality, inputs = [] }: JobDraft): void {
		const drawn = new Map<number, Promise<Buffer>>();
		const { prompt, seed, width, height, format } = job;
		const order = { prompt, width, height, format, inputs, quality };
		const picture = (index: number): Promise<Buffer> => {
			const started = drawn.get(index) ?? this.draw({ ...order, seed: seed + index });
			drawn.set(index, started);
			return started;
		};
		this.#pictures.set(job, picture);
		// A failure shows where the picture is asked for.
		picture(0).catch(() => undefined);
	}
}

export const isActive = ({ state }: EmulatedJob): boolean => state === 'queued' || state === 'running';

function stateAt(now: number, { startsAt, endsAt, cancelledAt, outcome }: Course): JobState {
	if (cancelledAt <= now) return 'cancelled';
	if (now < startsAt) return 'queued';
	return now < endsAt ? 'running' : outcome;
}
