import { cancelJob } from './cancel';
import { deliver, type Delivery, type ImagePosition } from './deliver';
import type { OpenImage } from '../image/download';
import { fail, succeed, type Fault, type Result } from '../base/faults';
import { recordOf, type JobRecord } from './record';
import { acquireSlot } from './limiter';
import { LOOK_TIMEOUT_MS, STOP_GRACE_MS } from '../base/limits';
import { followJob, type Following } from './poll';
import { isStopped, type JobContext } from './context';
import { startJob } from './submit';
import type { Handle, JobSnapshot, PreparedRequest } from '../provider';

export interface JobOutcome<T> {
	/** There from the moment the provider gave an id. */
	job: JobRecord | null;
	/** Without images if the job is pending and that was all that was asked. */
	result: Result<Delivery<T>>;
	polls: number;
	/** Milliseconds from the submit, or from the first look at a job of earlier, to the stored image. */
	totalMs: number;
}

export interface ResumedOutcome<T> extends JobOutcome<T> {
	job: JobRecord;
}

interface Delivering<T> {
	/** Where finished images go. */
	store(image: OpenImage, job: JobRecord, place: ImagePosition): Promise<T>;
	cancelOnTimeout: boolean;
}

export interface JobOptions<T> extends Delivering<T> {
	/** Told as soon as the provider has accepted the job. */
	onAccepted?: (job: JobRecord) => void;
	/** `submit` comes back with the job as soon as it is accepted; an image that is there by then is delivered. */
	completion?: 'wait' | 'submit';
}

export interface ResumeOptions<T> extends Delivering<T> {
	/** Whether to wait for the end of the job, or to look once. */
	wait: boolean;
}

/** A job that nobody waits for any more is cancelled where the provider can, and the fault says what became of it. */
async function abandonJob<H extends Handle>(run: JobContext<H>, handle: H, fault: Fault): Promise<Fault> {
	const { ports } = run;
	const answered = new AbortController();
	const grace = async () => await ports.sleep(STOP_GRACE_MS, answered.signal).then(() => null);
	const cancelling = cancelJob(run, handle);
	// The user's stop does not wait for a provider that is slow to answer; the cancellation goes on behind it.
	const answer = ports.stop.aborted ? await Promise.race([cancelling, grace()]) : await cancelling;
	answered.abort();
	const outcome = !answer
		? 'Its cancellation was asked for at the provider.'
		: answer.cancelled
			? 'It was cancelled at the provider.'
			: `It was not cancelled: ${answer.message}.`;
	return { ...fault, description: `${outcome} ${fault.description}` };
}

type Origin = Pick<JobRecord, 'provider' | 'model' | 'submittedAt'>;

/** From what is known of a job to its stored images. */
async function complete<H extends Handle, T>(
	run: JobContext<H>,
	origin: Origin,
	first: JobSnapshot<H>,
	following: Omit<Following, 'submittedAt' | 'model'>,
	options: Delivering<T>,
	onFollowed: () => void = () => undefined,
): Promise<Omit<ResumedOutcome<T>, 'totalMs'>> {
	const submittedAt = Date.parse(origin.submittedAt);
	const looking = following.once
		? { ...run, deadline: Math.min(run.deadline, run.ports.now() + LOOK_TIMEOUT_MS) }
		: run;
	const { snapshot, fault, polls } = await followJob(looking, first, {
		...following,
		submittedAt,
		model: origin.model,
	});
	const job = recordOf(origin, snapshot);
	const abandoned =
		!following.once &&
		(fault?.code === 'cancelled' || (fault?.code === 'timeout' && options.cancelOnTimeout));
	const told =
		fault && abandoned && job.status === 'pending'
			? await abandonJob(run, snapshot.handle, fault)
			: fault;
	onFollowed();
	if (told) return { job, result: { ok: false, fault: told }, polls };
	if (snapshot.state !== 'succeeded') return { job, result: succeed({ images: [], meta: {} }), polls };
	const delivered = await deliver(
		run,
		snapshot,
		{ submittedAt, model: origin.model },
		async (image, place) => await options.store(image, job, place),
	);
	return {
		job: recordOf(origin, delivered.snapshot),
		result: delivered.result,
		polls: polls + delivered.polls,
	};
}

/** One paid job from submit to stored images: submitted once, polled until it is done, each image handed to `store`. */
export async function runJob<H extends Handle, T>(
	asked: JobContext<H>,
	request: PreparedRequest,
	options: JobOptions<T>,
): Promise<JobOutcome<T>> {
	const { provider, ports, signal } = asked;
	const refuse = (result: Result<never>): JobOutcome<T> => ({ job: null, result, polls: 0, totalMs: 0 });
	const place = await acquireSlot(asked, request.model);
	if (!place) {
		return refuse(
			signal.aborted
				? fail('cancelled', 'The run was stopped before this job was submitted')
				: fail(
						'rateLimited',
						`${provider.displayName} limits how many jobs may be unfinished, and no place came free for an hour; nothing was submitted`,
					),
		);
	}
	// The job's own time begins with its place.
	const run = {
		...asked,
		deadline: asked.deadline + place.waitedMs,
		submitOnly: options.completion === 'submit',
	};
	const started = ports.now();
	try {
		const accepted = await startJob(run, request);
		if (!accepted.ok) return { ...refuse(accepted), totalMs: ports.now() - started };
		const origin = {
			provider: provider.id,
			model: request.model,
			submittedAt: new Date(started).toISOString(),
		};
		const job = recordOf(origin, accepted.value);
		options.onAccepted?.(job);
		if (run.submitOnly && job.status === 'pending' && !isStopped(run)) {
			return {
				job,
				result: succeed({ images: [], meta: {} }),
				polls: 0,
				totalMs: ports.now() - started,
			};
		}
		const done = await complete(run, origin, accepted.value, {}, options, place.release);
		return { ...done, totalMs: ports.now() - started };
	} finally {
		place.release();
	}
}

/** Goes on with a job that was submitted earlier, here or elsewhere (`readJob` checks it): to its images, or to what it is now. */
export async function resumeJob<H extends Handle, T>(
	run: JobContext<H>,
	job: JobRecord<H>,
	options: ResumeOptions<T>,
): Promise<ResumedOutcome<T>> {
	const { provider, ports } = run;
	const { handle, providerStatus } = job;
	const started = ports.now();
	// A synchronous provider keeps no jobs; its handle keeps what its answer said.
	const first: JobSnapshot<H> = provider.recall?.(handle) ?? { state: 'pending', handle, providerStatus };
	const done = await complete(run, job, first, { atOnce: true, once: !options.wait }, options);
	return { ...done, totalMs: ports.now() - started };
}
