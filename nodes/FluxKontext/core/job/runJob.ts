import { fail, succeed, type Result } from '../base/faults';
import type { OpenImage } from '../image/openImage';
import type { PreparedRequest } from '../request/imageRequest';
import { abandonJob } from './abandon';
import {
	isPollable,
	isStopped,
	withCheckDeadline,
	withDownloadDeadline,
	type EngineState,
	type JobContext,
	type JobSetup,
} from './context';
import { deliver, type Delivery, type ImagePosition } from './deliver';
import { pollJob, type PollOptions, type PollResult } from './poll';
import { recallJob } from './providerCalls';
import { createJobRecord, type JobRecord } from './record';
import type { Handle, JobSnapshot } from './snapshot';
import { submitJob } from './submit';

/** What a job came to. */
export interface JobOutcome<T> {
	/** Present from the moment the provider gave an id. */
	job: JobRecord | null;
	/** Without images if the job is pending and that is all that was asked for. */
	result: Result<Delivery<T>>;
	/** Status requests made. */
	polls: number;
	/**
	 * Milliseconds from the submit, or from the first status request of a resumed job, to the stored images.
	 */
	totalMs: number;
}

/** What a job of an earlier run came to. */
export interface ResumedOutcome<T> extends JobOutcome<T> {
	job: JobRecord;
}

interface DeliveryOptions<T> {
	/** Stores a finished image. May reject; the job then fails with `failed`. */
	store(image: OpenImage, job: JobRecord, position: ImagePosition): Promise<T>;
	/** Whether a job that is pending at the deadline is cancelled at the provider. */
	cancelOnTimeout: boolean;
}

/** How a job is run. */
export interface JobOptions<T> extends DeliveryOptions<T> {
	/** Called as soon as the provider has accepted the job. */
	onAccepted?: (job: JobRecord) => void;
	/**
	 * `submit` ends as soon as the job is accepted; images that are there by then are delivered. Default:
	 * `wait`, which ends with the images.
	 */
	completion?: 'wait' | 'submit';
}

/** How a job of an earlier run is resumed. */
export interface ResumeOptions<T> extends DeliveryOptions<T> {
	/** Whether to wait for the end of the job, or to check it once. */
	wait: boolean;
}

/** Result of a job that is pending, where that is all that was asked for. */
const noImages = <T>(): Result<Delivery<T>> => succeed({ images: [], missing: [], meta: {} });

/** Polls a job as far as that is possible and necessary. */
async function follow<H extends Handle>(
	context: JobContext<H>,
	first: JobSnapshot<H>,
	options: PollOptions,
): Promise<PollResult<H>> {
	if (!isPollable(context))
		return { snapshot: first, fault: first.state === 'failed' ? first.fault : null, polls: 0 };
	return await pollJob(options.once ? withCheckDeadline(context) : context, first, options);
}

/**
 * Brings a job from its first known state to its stored images. `onFinished` is called before the images are
 * stored.
 */
async function complete<H extends Handle, T>(
	context: JobContext<H>,
	origin: Pick<JobRecord, 'provider' | 'model' | 'submittedAt'>,
	first: JobSnapshot<H>,
	polling: Pick<PollOptions, 'atOnce' | 'once'>,
	options: DeliveryOptions<T>,
	onFinished: () => void = () => undefined,
): Promise<Omit<ResumedOutcome<T>, 'totalMs'>> {
	const times = { submittedAt: Date.parse(origin.submittedAt), model: origin.model };
	const { snapshot, fault, polls } = await follow(context, first, { ...polling, ...times });
	const job = createJobRecord(origin, snapshot);
	const isAbandoned =
		!polling.once &&
		job.status === 'pending' &&
		(fault?.code === 'cancelled' || (fault?.code === 'timeout' && options.cancelOnTimeout));
	const finalFault = fault && isAbandoned ? await abandonJob(context, snapshot.handle, fault) : fault;
	onFinished();
	if (finalFault) return { job, result: { ok: false, fault: finalFault }, polls };
	if (snapshot.state !== 'succeeded') return { job, result: noImages(), polls };
	const delivered = await deliver(
		polling.once ? withDownloadDeadline(context) : context,
		snapshot,
		times,
		async (image, position) => await options.store(image, job, position),
	);
	return {
		job: createJobRecord(origin, delivered.snapshot),
		result: delivered.result,
		polls: polls + delivered.polls,
	};
}

function withoutSlot<T>({ provider, signal }: JobSetup): JobOutcome<T> {
	const result = signal.aborted
		? fail('cancelled', 'The run was stopped before this job was submitted')
		: fail(
				'rateLimited',
				`${provider.displayName} limits how many jobs may be unfinished, ` +
					'and no place came free for an hour; nothing was submitted',
			);
	return { job: null, result, polls: 0, totalMs: 0 };
}

/**
 * Runs one paid job: waits for a slot, submits once, polls until the job is finished, and passes each image
 * to `store`. Never rejects. Every fault code but `costLimit` is possible; whatever fails after the submit
 * carries the job.
 */
export async function runJob<H extends Handle, T>(
	engine: EngineState,
	setup: JobSetup<H>,
	request: PreparedRequest,
	options: JobOptions<T>,
): Promise<JobOutcome<T>> {
	const { provider, ports } = setup;
	const submitOnly = options.completion === 'submit';
	const waiting: JobContext<H> = { ...setup, engine, submitOnly };
	const slot = await engine.limiter.acquireSlot(waiting, request.model);
	if (!slot) return withoutSlot(setup);
	// The job's own time begins with its slot.
	const context = { ...waiting, deadline: setup.deadline + slot.waitedMs };
	const startedAt = ports.now();
	const totalMs = () => ports.now() - startedAt;
	try {
		const accepted = await submitJob(context, request);
		if (!accepted.ok) return { job: null, result: accepted, polls: 0, totalMs: totalMs() };
		const submittedAt = new Date(startedAt).toISOString();
		const origin = { provider: provider.id, model: request.model, submittedAt };
		const job = createJobRecord(origin, accepted.value);
		options.onAccepted?.(job);
		if (submitOnly && job.status === 'pending' && !isStopped(context))
			return { job, result: noImages(), polls: 0, totalMs: totalMs() };
		const outcome = await complete(context, origin, accepted.value, {}, options, slot.release);
		return { ...outcome, totalMs: totalMs() };
	} finally {
		slot.release();
	}
}

/**
 * Resumes a job that was submitted earlier, here or elsewhere: waits for its images, or checks it once.
 * `readJob` must have validated the record. Never rejects; nothing is submitted or charged.
 */
export async function resumeJob<H extends Handle, T>(
	engine: EngineState,
	setup: JobSetup<H>,
	job: JobRecord<H>,
	options: ResumeOptions<T>,
): Promise<ResumedOutcome<T>> {
	const { provider, ports } = setup;
	const { handle, providerStatus } = job;
	const startedAt = ports.now();
	const first: JobSnapshot<H> =
		provider.kind === 'sync' ? recallJob(provider, handle) : { state: 'pending', handle, providerStatus };
	const polling = { atOnce: true, once: !options.wait };
	const outcome = await complete({ ...setup, engine }, job, first, polling, options);
	return { ...outcome, totalMs: ports.now() - startedAt };
}
