import { fault, type Fault } from '../base/faults';
import { concat } from '../http/stream';
import { inspectImage, type ImageInfo } from './inspect';

/** Image whose first bytes have been read, so that its type and size are known. */
export interface OpenImage {
	info: ImageInfo;
	/** All bytes of the image, from the first one on. Can be iterated once. */
	chunks: AsyncIterable<Uint8Array>;
}

/** Facts of a stored image, and what the store made of it. */
export interface StoredImage<T> {
	info: ImageInfo;
	/** Size of the file. */
	bytes: number;
	value: T;
}

/** Stores an image. May reject; it must then remove what it has stored of the incomplete image. */
export type StoreImage<T> = (image: OpenImage) => Promise<T>;

/**
 * First bytes of a body, and the image that they belong to; `info` is `null` where they are no known image.
 */
export interface ImageHead {
	info: ImageInfo | null;
	head: Uint8Array;
}

/**
 * Reads chunks until type and size of the image are known, up to `maxHeaderBytes`. Rejects if `read` does.
 */
export async function peek(
	read: () => Promise<IteratorResult<Uint8Array>>,
	maxHeaderBytes: number,
): Promise<ImageHead> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	while (size < maxHeaderBytes) {
		const next = await read();
		if (next.done) break;
		chunks.push(next.value);
		size += next.value.length;
		const head = concat(chunks, size);
		const info = inspectImage(head);
		if (info) return { info, head };
	}
	return { info: null, head: concat(chunks, size) };
}

/** Creates the fault of an image above `maxBytes`. `source` names the provider. */
export function tooLarge(source: string, maxBytes: number): Fault {
	const megabytes = maxBytes / 1024 / 1024;
	return fault('badResponse', `The image of ${source} is larger than ${megabytes} MB`, {
		retryable: false,
	});
}

/** Creates the fault of a truncated image. */
export const cutOff = (source: string): Fault => fault('badResponse', `The image of ${source} is cut off`);

/**
 * Creates the fault of an image that could not be stored. `isKept` tells whether the provider keeps the
 * image, so that it can be fetched again.
 */
export function notStored(source: string, reason: string, isKept: boolean): Fault {
	const check = "Check the space and the settings of n8n's binary data storage";
	return fault('failed', `The image of ${source} could not be stored: ${reason}`, {
		retryable: isKept,
		description: isKept
			? `${check}, then fetch the image with Job → Wait; the job is in the details.`
			: `${check}. The image came inside the response and is lost: running the item again makes, and ` +
				'charges, a new one.',
	});
}
