import { downloadImage, storeBase64, type OpenImage, type Stored } from '../image/download';
import { fail, succeed, type Result } from '../base/faults';
import { MAX_IMAGES, MAX_RENEWALS } from '../base/limits';
import { followJob, type Following } from './poll';
import { backoffMs, pause } from '../http/retry';
import { isStopped, type JobContext } from './context';
import type { Handle, ImageRef, JobMeta, JobSnapshot } from '../provider';

/** An image among the images of its job. */
export interface ImagePosition {
	index: number;
	count: number;
}

export interface DeliveredImage<T> extends Stored<T> {
	/** Among the images of its job. */
	index: number;
	url: string | null;
	/** ISO 8601. */
	urlExpiresAt: string | null;
}

export interface Delivery<T> {
	/** None as long as the job is pending. */
	images: DeliveredImage<T>[];
	meta: JobMeta;
}

type Finished<H extends Handle> = Extract<JobSnapshot<H>, { state: 'succeeded' }>;

export interface Delivered<H extends Handle, T> {
	snapshot: JobSnapshot<H>;
	result: Result<Delivery<T>>;
	/** Looks at the job that a link took which had run out. */
	polls: number;
}

async function fetchImage<H extends Handle, T>(
	run: JobContext<H>,
	image: ImageRef,
	store: (open: OpenImage) => Promise<T>,
): Promise<Result<Stored<T>>> {
	const { ports, deadline, signal, provider } = run;
	const source = provider.displayName;
	return image.kind === 'url'
		? await downloadImage({ ports, deadline, signal, source }, image.url, store)
		: await storeBase64(ports, image.data, source, store);
}

/**
 * Fetches and stores the images of a finished job, one after the other. A link that has run out is asked for again, and
 * where there is nobody to ask it is tried again.
 */
export async function deliver<H extends Handle, T>(
	run: JobContext<H>,
	finished: Finished<H>,
	submit: Pick<Following, 'submittedAt' | 'model'>,
	store: (image: OpenImage, place: ImagePosition) => Promise<T>,
): Promise<Delivered<H, T>> {
	const { provider, ports, deadline, signal } = run;
	const images: DeliveredImage<T>[] = [];
	let snapshot: Finished<H> = finished;
	let polls = 0;
	let renewals = 0;
	while (images.length < Math.min(snapshot.images.length, MAX_IMAGES)) {
		const index = images.length;
		const image = snapshot.images[index];
		if (!image) break;
		const stored = await fetchImage(
			run,
			image,
			async (open) => await store(open, { index, count: snapshot.images.length }),
		);
		if (stored.ok) {
			const link =
				image.kind === 'url'
					? { url: image.url, urlExpiresAt: image.expiresAt }
					: { url: null, urlExpiresAt: null };
			images.push({ index, ...stored.value, ...link });
			continue;
		}
		const given = { snapshot, result: stored, polls };
		if (stored.fault.code !== 'expired' || renewals === MAX_RENEWALS) return given;
		renewals += 1;
		// A new link is asked for at once; after that the image may take a moment to be where its link leads.
		const wait = renewals === 1 && provider.buildStatus ? 0 : backoffMs(renewals, ports.random);
		if (wait > 0 && !(await pause(ports, wait, deadline, signal))) {
			return isStopped(run)
				? {
						...given,
						result: fail(
							'cancelled',
							`The run was stopped while the image of ${provider.displayName} was fetched`,
						),
					}
				: given;
		}
		if (!provider.buildStatus) continue;
		const { handle, providerStatus } = snapshot;
		const again = await followJob(
			run,
			{ state: 'pending', handle, providerStatus },
			{ ...submit, atOnce: true },
		);
		polls += again.polls;
		if (again.snapshot.state !== 'succeeded') {
			// A provider that has forgotten the job has nothing to add to what is known.
			const { fault } = again;
			return fault && fault.code !== 'notFound'
				? { snapshot, result: { ok: false, fault }, polls }
				: { ...given, polls };
		}
		snapshot = again.snapshot;
	}
	const { meta } = snapshot;
	const empty = fail('badResponse', `${provider.displayName} finished the job without an image`);
	return { snapshot, result: images.length > 0 ? succeed({ images, meta }) : empty, polls };
}
