import { fault, type Fault } from '../base/faults';
import type { Limits } from '../base/limits';
import type { OpenResponse } from '../http/ports';
import { CheckedStream, type StreamEnd } from './checkedStream';
import { cutOff, notStored, peek, tooLarge, type StoredImage, type StoreImage } from './openImage';

/** Outcome of one attempt at an image. */
export type Attempt<T> =
	| { kind: 'stored'; stored: StoredImage<T> }
	/** Transient failure; `retryAfterMs` is what the server asked for. */
	| { kind: 'transient'; reason: string; retryAfterMs: number | null }
	/** Response that holds no complete image: a page or an error in its place, or a truncated file. */
	| { kind: 'incomplete'; fault: Fault }
	| { kind: 'fault'; fault: Fault };

/** Maps the end of a stream to a failed attempt; `null` where nothing was wrong with the stream. */
function failedAttempt(end: StreamEnd, source: string, maxBytes: number): Attempt<never> | null {
	switch (end) {
		case 'interrupted':
			return { kind: 'transient', reason: 'the download broke off', retryAfterMs: null };
		case 'truncated':
			return { kind: 'incomplete', fault: cutOff(source) };
		case 'tooLarge':
			return { kind: 'fault', fault: tooLarge(source, maxBytes) };
		case 'unread':
		case 'complete':
			return null;
	}
}

function notAnImage(source: string, { headers }: OpenResponse): Attempt<never> {
	const type = headers['content-type'] ?? 'no stated type';
	return {
		kind: 'incomplete',
		fault: fault('badResponse', `What ${source} delivered is not an image (${type})`),
	};
}

/** Reads an image from a response and passes it to `store`. Never rejects. */
export async function receive<T>(
	response: OpenResponse,
	source: string,
	{ maxImageBytes, maxImageHeaderBytes }: Limits,
	store: StoreImage<T>,
): Promise<Attempt<T>> {
	const stream = new CheckedStream(response.body, maxImageBytes);
	const failed = () => failedAttempt(stream.end, source, maxImageBytes);
	try {
		const { info, head } = await peek(stream.read, maxImageHeaderBytes);
		if (!info) return notAnImage(source, response);
		const value = await store({ info, chunks: stream.chunks(info, head) });
		// Checked even after success: a store that swallows the error of the stream holds an incomplete
		// image.
		return failed() ?? { kind: 'stored', stored: { info, bytes: stream.bytes, value } };
	} catch (error) {
		return failed() ?? { kind: 'fault', fault: notStored(source, error) };
	} finally {
		stream.close();
	}
}
