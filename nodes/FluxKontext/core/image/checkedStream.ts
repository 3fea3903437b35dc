import { concat } from '../http/stream';
import { isComplete, TAIL_BYTES } from './completeness';
import type { ImageInfo } from './inspect';

/** How the reading of an image ended; `unread` while it has not. */
export type StreamEnd = 'unread' | 'complete' | 'interrupted' | 'truncated' | 'tooLarge';

/** Returns the last `TAIL_BYTES` of a tail and the chunk that follows it. */
function lastBytes(tail: Uint8Array, chunk: Uint8Array): Uint8Array {
	if (chunk.length >= TAIL_BYTES) return chunk.subarray(-TAIL_BYTES);
	const kept = tail.subarray(Math.max(0, tail.length + chunk.length - TAIL_BYTES));
	return concat([kept, chunk], kept.length + chunk.length);
}

/**
 * Passes the bytes of an image on and checks them on the way: their number, and that the image has its end.
 * Iterating `chunks` rejects where the image is not complete, so that a store drops what it has; `end` tells
 * the reason, even where a store swallows the error.
 */
export class CheckedStream {
	end: StreamEnd = 'unread';

	/** Bytes passed on so far. */
	bytes = 0;

	/** Whether the source has been asked for bytes and has not answered yet. */
	isReading = false;

	private readonly body: AsyncIterator<Uint8Array>;

	constructor(
		body: AsyncIterable<Uint8Array>,
		private readonly maxBytes: number,
	) {
		this.body = body[Symbol.asyncIterator]();
	}

	/** Reads the next chunk. Rejects, and notes it, if the connection breaks off. */
	readonly read = async (): Promise<IteratorResult<Uint8Array>> => {
		this.isReading = true;
		try {
			const next = await this.body.next();
			this.isReading = false;
			return next;
		} finally {
			if (this.isReading) this.end = 'interrupted';
		}
	};

	/**
	 * Yields all bytes of the image, `head` first, which was read before. Rejects if the image is not
	 * complete.
	 */
	async *chunks(info: ImageInfo, head: Uint8Array): AsyncGenerator<Uint8Array> {
		let tail = head.subarray(-TAIL_BYTES);
		for (let chunk = head; ;) {
			this.bytes += chunk.length;
			if (this.bytes > this.maxBytes) throw this.stop('tooLarge');
			yield chunk;
			const next = await this.read();
			if (next.done) break;
			chunk = next.value;
			tail = lastBytes(tail, chunk);
		}
		if (!isComplete(info, { head, tail, size: this.bytes })) throw this.stop('truncated');
		this.end = 'complete';
	}

	/** Closes the connection. Never throws; completes in the background. */
	close(): void {
		void this.body.return?.().catch(() => undefined);
	}

	private stop(end: StreamEnd): Error {
		this.end = end;
		return new Error(end);
	}
}
