import { fail, succeed, type Failed, type Fault, type FaultCode, type Result } from '../base/faults';
import { MAX_IMAGES } from '../base/limits';
import { backoffMs, pause } from '../http/retry';
import { storeBase64 } from '../image/base64Image';
import { downloadImage } from '../image/download';
import type { OpenImage, StoredImage } from '../image/openImage';
import { isPollable, isStopped, type JobContext } from './context';
import { pollJob } from './poll';
import type { Handle, ImageRef, JobMeta, JobSnapshot, SucceededSnapshot } from './snapshot';

/** Position of an image among the images of its job. */
export interface ImagePosition {
	/** From 0 on. */
	index: number;
	count: number;
}

/** Image of a job that was stored. */
export interface DeliveredImage<T> extends StoredImage<T> {
	/** Among the images of its job, from 0 on. */
	index: number;
	/** The provider's link; `null` for an image that was embedded in the response. */
	url: string | null;
	/** ISO 8601; `null` where it is not known. */
	urlExpiresAt: string | null;
}

/** Image of a job that could not be had, while others could. */
export interface MissingImage {
	/** Among the images of its job, from 0 on. */
	index: number;
	fault: Fault;
}

/** Images of a job and what the provider reports besides them. */
export interface Delivery<T> {
	/** Empty as long as the job is pending. */
	images: DeliveredImage<T>[];
	/** Images that will not come, whatever is tried. Never all of them. */
	missing: MissingImage[];
	meta: JobMeta;
}

/** What delivering came to. */
export interface DeliveryResult<H extends Handle, T> {
	/** Latest known state of the job. */
	snapshot: JobSnapshot<H>;
	result: Result<Delivery<T>>;
	/** Status requests made to renew links. */
	polls: number;
}

/** When the job was submitted (milliseconds since the epoch), and to which model. */
export interface JobOrigin {
	submittedAt: number;
	model: string;
}

/** Outcome of renewing a link: a job whose images can be downloaded, or the fault that ends the delivery. */
type Renewal<H extends Handle> =
	| { kind: 'renewed'; snapshot: SucceededSnapshot<H>; polls: number }
	/** The provider keeps no links, so that the same one is tried again. */
	| { kind: 'sameLink' }
	| { kind: 'failed'; snapshot: JobSnapshot<H>; failed: Failed; polls: number };

async function storeImage<H extends Handle, T>(
	context: JobContext<H>,
	image: ImageRef,
	store: (open: OpenImage) => Promise<T>,
): Promise<Result<StoredImage<T>>> {
	const { ports, baseUrl, deadline, signal, provider, engine } = context;
	const { limits } = engine;
	const shared = { ports, limits, deadline, signal, source: provider.displayName };
	return image.kind === 'url'
		? await downloadImage({ ...shared, ownOrigin: new URL(baseUrl).origin }, image.url, store)
		: await storeBase64({ ...shared, isKept: isPollable(context) }, image.data, store);
}

/** Asks for the job again, to replace a link that has expired. `expired` is the fault of that link. */
async function renewLink<H extends Handle>(
	context: JobContext<H>,
	snapshot: SucceededSnapshot<H>,
	origin: JobOrigin,
	expired: Failed,
	attempt: number,
): Promise<Renewal<H>> {
	const { provider, ports, deadline, signal, engine } = context;
	// The first new link is requested at once; after that the image may take a moment to appear behind its
	// link.
	const waitMs = attempt === 1 && isPollable(context) ? 0 : backoffMs(attempt, ports.random, engine.limits);
	if (waitMs > 0 && !(await pause(ports, waitMs, deadline, signal))) {
		const stopped = `The run was stopped while the image of ${provider.displayName} was fetched`;
		const failed = isStopped(context) ? fail('cancelled', stopped) : expired;
		return { kind: 'failed', snapshot, failed, polls: 0 };
	}
	if (!isPollable(context)) return { kind: 'sameLink' };
	const { handle, providerStatus } = snapshot;
	const pending = { state: 'pending', handle, providerStatus } as const;
	const polled = await pollJob(context, pending, { ...origin, atOnce: true });
	const { polls, fault } = polled;
	if (polled.snapshot.state === 'succeeded') return { kind: 'renewed', snapshot: polled.snapshot, polls };
	// A provider that has forgotten the job adds nothing to what is known.
	return fault && fault.code !== 'notFound'
		? { kind: 'failed', snapshot, failed: { ok: false, fault }, polls }
		: { kind: 'failed', snapshot, failed: expired, polls };
}

const linkOf = (image: ImageRef) =>
	image.kind === 'url'
		? { url: image.url, urlExpiresAt: image.expiresAt }
		: { url: null, urlExpiresAt: null };

/** Codes of faults that concern one image alone and will not pass; any other one ends the delivery. */
const CODES_OF_ONE_IMAGE: readonly FaultCode[] = ['badResponse', 'expired', 'auth'];

/** Delivery in progress. */
interface Progress<H extends Handle, T> {
	snapshot: SucceededSnapshot<H>;
	images: DeliveredImage<T>[];
	missing: MissingImage[];
	polls: number;
	renewals: number;
}

/**
 * Stores one image, and renews its link where that has expired. Resolves with the failure that prevented it;
 * `null` where it was stored.
 */
async function deliverImage<H extends Handle, T>(
	context: JobContext<H>,
	progress: Progress<H, T>,
	index: number,
	origin: JobOrigin,
	store: (image: OpenImage, position: ImagePosition) => Promise<T>,
): Promise<(Failed & { snapshot: JobSnapshot<H> }) | null> {
	for (;;) {
		const { snapshot } = progress;
		const image = snapshot.images[index];
		if (!image) return null;
		const position = { index, count: snapshot.images.length };
		const stored = await storeImage(context, image, async (open) => await store(open, position));
		if (stored.ok) {
			progress.images.push({ index, ...stored.value, ...linkOf(image) });
			return null;
		}
		if (stored.fault.code !== 'expired' || progress.renewals === context.engine.limits.maxRenewals)
			return { ...stored, snapshot };
		progress.renewals += 1;
		const renewal = await renewLink(context, snapshot, origin, stored, progress.renewals);
		if (renewal.kind === 'sameLink') continue;
		progress.polls += renewal.polls;
		if (renewal.kind === 'failed') return { ...renewal.failed, snapshot: renewal.snapshot };
		progress.snapshot = renewal.snapshot;
	}
}

/**
 * Stores the images of a finished job, one after the other. A link that has expired is renewed, up to
 * `maxRenewals` times for the whole job. An image that will not come does not keep the others back. Never
 * rejects.
 */
export async function deliver<H extends Handle, T>(
	context: JobContext<H>,
	finished: SucceededSnapshot<H>,
	origin: JobOrigin,
	store: (image: OpenImage, position: ImagePosition) => Promise<T>,
): Promise<DeliveryResult<H, T>> {
	const progress: Progress<H, T> = { snapshot: finished, images: [], missing: [], polls: 0, renewals: 0 };
	const { images, missing } = progress;
	for (let index = 0; index < Math.min(progress.snapshot.images.length, MAX_IMAGES); index += 1) {
		const failed = await deliverImage(context, progress, index, origin, store);
		if (failed === null) continue;
		const { fault, snapshot } = failed;
		if (!CODES_OF_ONE_IMAGE.includes(fault.code))
			return { snapshot, result: { ok: false, fault }, polls: progress.polls };
		missing.push({ index, fault });
	}
	const { snapshot, polls } = progress;
	if (images.length > 0)
		return { snapshot, result: succeed({ images, missing, meta: snapshot.meta }), polls };
	const [first] = missing;
	const empty = fail('badResponse', `${context.provider.displayName} finished the job without an image`);
	return { snapshot, result: first ? { ok: false, fault: first.fault } : empty, polls };
}
