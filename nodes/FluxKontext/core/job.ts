import { cancelJob } from './cancel';
import { downloadImage, storeBytes, type OpenImage, type Store, type Stored } from './download';
import { fail, succeed, type Fault, type Result } from './faults';
import type { JsonObject } from './json';
import { finishJob } from './poll';
import type { Run } from './run';
import { startJob } from './submit';
import type { Handle, ImageRef, JobMeta, JobSnapshot, PreparedRequest } from './types';

/** A job as items and errors show it; plain JSON, enough to finish it elsewhere. */
export interface JobRecord {
	provider: string;
	model: string;
	id: string;
	status: 'pending' | 'succeeded' | 'failed';
	/** The provider's own word. */
	providerStatus: string;
	/** ISO 8601. */
	submittedAt: string;
	handle: JsonObject;
}

export interface DeliveredImage<T> extends Stored<T> {
	/** Among the images of its job. */
	index: number;
	url: string | null;
	/** ISO 8601. */
	urlExpiresAt: string | null;
}

export interface Delivery<T> {
	images: DeliveredImage<T>[];
	meta: JobMeta;
}

export interface JobOutcome<T> {
	/** There from the moment the provider gave an id. */
	job: JobRecord | null;
	result: Result<Delivery<T>>;
	polls: number;
	/** Milliseconds from the submit to the stored image. */
	totalMs: number;
}

export interface JobOptions<T> {
	/** Where finished images go; `index` counts the images of the job. */
	store(image: OpenImage, job: JobRecord, index: number): Promise<T>;
	cancelOnTimeout: boolean;
	/** Told as soon as the provider has accepted the job. */
	onAccepted?: (job: JobRecord) => void;
}

function recordOf(provider: string, model: string, submittedAt: string, snapshot: JobSnapshot): JobRecord {
	const status = snapshot.state === 'succeeded' || snapshot.state === 'failed' ? snapshot.state : 'pending';
	const { handle, providerStatus } = snapshot;
	return { provider, model, id: handle.id, status, providerStatus, submittedAt, handle };
}

async function deliver<T>(
	run: Run,
	images: readonly ImageRef[],
	storeAt: (image: OpenImage, index: number) => Promise<T>,
): Promise<Result<DeliveredImage<T>[]>> {
	const { ports, deadline, signal, provider } = run;
	const source = provider.displayName;
	const delivered: DeliveredImage<T>[] = [];
	for (const [index, image] of images.entries()) {
		const store: Store<T> = async (open) => await storeAt(open, index);
		const stored =
			image.kind === 'url'
				? await downloadImage({ ports, deadline, signal, source }, image.url, store)
				: await storeBytes(ports.decodeBase64(image.data), source, store);
		if (!stored.ok) return stored;
		const link =
			image.kind === 'url'
				? { url: image.url, urlExpiresAt: image.expiresAt }
				: { url: null, urlExpiresAt: null };
		delivered.push({ index, ...stored.value, ...link });
	}
	return succeed(delivered);
}

/** A job that nobody waits for any more is cancelled where the provider can, and the fault says what became of it. */
async function letGo<H extends Handle>(run: Run<H>, handle: H, fault: Fault): Promise<Fault> {
	const { cancelled, message } = await cancelJob(run, handle);
	const outcome = cancelled ? 'It was cancelled at the provider.' : `It was not cancelled: ${message}.`;
	return { ...fault, description: `${outcome} ${fault.description}` };
}

/** One paid job from submit to stored images: submitted once, polled until it is done, each image handed to `store`. */
export async function runJob<T>(run: Run, request: PreparedRequest, options: JobOptions<T>): Promise<JobOutcome<T>> {
	const { provider, ports } = run;
	const started = ports.now();
	const submittedAt = new Date(started).toISOString();
	const end = (result: Result<Delivery<T>>, job: JobRecord | null, polls = 0): JobOutcome<T> => ({
		job,
		result,
		polls,
		totalMs: ports.now() - started,
	});

	const accepted = await startJob(run, request);
	if (!accepted.ok) return end(accepted, null);
	options.onAccepted?.(recordOf(provider.id, request.model, submittedAt, accepted.value));

	const { snapshot, result, polls } = await finishJob(run, accepted.value);
	const job = recordOf(provider.id, request.model, submittedAt, snapshot);
	if (!result.ok) {
		const { fault } = result;
		const abandoned = fault.code === 'cancelled' || (fault.code === 'timeout' && options.cancelOnTimeout);
		const pending = job.status === 'pending';
		return end({ ok: false, fault: abandoned && pending ? await letGo(run, snapshot.handle, fault) : fault }, job, polls);
	}
	const { images, meta } = result.value;
	if (images.length === 0) return end(fail('badResponse', `${provider.displayName} finished the job without an image`), job, polls);
	const delivered = await deliver(run, images, async (image, index) => await options.store(image, job, index));
	return end(delivered.ok ? succeed({ images: delivered.value, meta }) : delivered, job, polls);
}
