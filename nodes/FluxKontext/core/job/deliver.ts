import { fail, succeed, type Failed, type Result } from '../base/faults';
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

/** Images of a job and what the provider reports besides them. */
export interface Delivery<T> {
	/** Empty as long as the job is pending. */
	images: DeliveredImage<T>[];
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
	{ ports, deadline, signal, provider, engine }: JobContext<H>,
	image: ImageRef,
	store: (open: OpenImage) => Promise<T>,
): Promise<Result<StoredImage<T>>> {
	const { limits } = engine;
	const source = provider.displayName;
	return image.kind === 'url'
		? await downloadImage({ ports, limits, deadline, signal, source }, image.url, store)
		: await storeBase64(ports, image.data, source, limits, store);
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

/**
 * Stores the images of a finished job, one after the other. A link that has expired is renewed, up to
 * `maxRenewals` times for the whole job. Never rejects.
 */
export async function deliver<H extends Handle, T>(
	context: JobContext<H>,
	finished: SucceededSnapshot<H>,
	origin: JobOrigin,
	store: (image: OpenImage, position: ImagePosition) => Promise<T>,
): Promise<DeliveryResult<H, T>> {
	const images: DeliveredImage<T>[] = [];
	let snapshot = finished;
	let polls = 0;
	let renewals = 0;
	while (images.length < Math.min(snapshot.images.length, MAX_IMAGES)) {
		const index = images.length;
		const image = snapshot.images[index];
		if (!image) break;
		const position = { index, count: snapshot.images.length };
		const stored = await storeImage(context, image, async (open) => await store(open, position));
		if (stored.ok) {
			images.push({ index, ...stored.value, ...linkOf(image) });
			continue;
		}
		if (stored.fault.code !== 'expired' || renewals === context.engine.limits.maxRenewals)
			return { snapshot, result: stored, polls };
		renewals += 1;
		const renewal = await renewLink(context, snapshot, origin, stored, renewals);
		if (renewal.kind === 'sameLink') continue;
		polls += renewal.polls;
		if (renewal.kind === 'failed') return { snapshot: renewal.snapshot, result: renewal.failed, polls };
		({ snapshot } = renewal);
	}
	const { meta } = snapshot;
	const empty = fail('badResponse', `${context.provider.displayName} finished the job without an image`);
	return { snapshot, result: images.length > 0 ? succeed({ images, meta }) : empty, polls };
}
