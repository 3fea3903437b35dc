import { fault, type Fault } from '../base/faults';
import type { Limits } from '../base/limits';
import type { OpenResponse } from '../http/ports';
import { CheckedStream, type StreamEnd } from './checkedStream';
import { describeFile } from './foreign';
import { cutOff, peek, tooLarge, type StoredImage, type StoreImage } from './openImage';
import { tryStore } from './tryStore';

/** Outcome of one attempt at an image. */
export type Attempt<T> =
	| { kind: 'stored'; stored: StoredImage<T> }
	/** Transient failure; `retryAfterMs` is what the server asked for. */
	| { kind: 'transient'; reason: string; retryAfterMs: number | null }
	/** The image came, but could not be stored. */
	| { kind: 'notStored'; reason: string }
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

function notAnImage(source: string, { headers }: OpenResponse, head: Uint8Array): Attempt<never> {
	const what = describeFile(head, headers['content-type']);
	return {
		kind: 'incomplete',
		fault: fault('badResponse', `What ${source} delivered is not an image: it is ${what}`),
	};
}

/**
 * Reads an image from a response and passes it to `store`. `signal` ends the attempt at its time limit,
 * whether the server or the store is slow. Never rejects.
 */
export async function receive<T>(
	response: OpenResponse,
	source: string,
	{ maxImageBytes, maxImageHeaderBytes }: Limits,
	store: StoreImage<T>,
	signal: AbortSignal,
): Promise<Attempt<T>> {
	const stream = new CheckedStream(response.body, maxImageBytes);
	const failed = () => failedAttempt(stream.end, source, maxImageBytes);
	try {
		const { info, head } = await peek(stream.read, maxImageHeaderBytes);
		if (!info) return notAnImage(source, response, head);
		const outcome = await tryStore({ info, chunks: stream.chunks(info, head) }, store, signal);
		// Checked even after success: a store that swallows the error of the stream holds an incomplete
		// image.
		const failure = failed();
		if (failure) return failure;
		if (outcome.kind === 'stored')
			return { kind: 'stored', stored: { info, bytes: stream.bytes, value: outcome.value } };
		return signal.aborted && stream.isReading
			? { kind: 'transient', reason: 'the download took too long', retryAfterMs: null }
			: { kind: 'notStored', reason: outcome.reason };
	} catch {
		return failed() ?? { kind: 'transient', reason: 'the download broke off', retryAfterMs: null };
	} finally {
		stream.close();
	}
}
