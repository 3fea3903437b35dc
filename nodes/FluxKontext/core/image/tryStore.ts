import { exceptionText } from '../base/exceptions';
import type { OpenImage, StoreImage } from './openImage';

/** Outcome of one attempt at storing an image. */
export type StoreOutcome<T> = { kind: 'stored'; value: T } | { kind: 'failed'; reason: string };

/**
 * Passes an image to the store, and gives up on a store that has not finished when `signal` is aborted. Never
 * rejects.
 */
export async function tryStore<T>(
	image: OpenImage,
	store: StoreImage<T>,
	signal: AbortSignal,
): Promise<StoreOutcome<T>> {
	let giveUp: () => void = () => undefined;
	const tooLate = new Promise<StoreOutcome<T>>((resolve) => {
		giveUp = () => resolve({ kind: 'failed', reason: 'it was not stored in time' });
	});
	if (signal.aborted) giveUp();
	signal.addEventListener('abort', giveUp, { once: true });
	const storing = async (): Promise<StoreOutcome<T>> => {
		try {
			return { kind: 'stored', value: await store(image) };
		} catch (error) {
			return { kind: 'failed', reason: exceptionText(error) };
		}
	};
	try {
		return await Promise.race([storing(), tooLate]);
	} finally {
		signal.removeEventListener('abort', giveUp);
	}
}
