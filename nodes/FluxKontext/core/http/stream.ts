/** Concatenates chunks with `size` bytes in all; a single chunk is returned as it is. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
	const [only] = chunks;
	if (chunks.length === 1 && only) return only;
	const all = new Uint8Array(size);
	let offset = 0;
	for (const chunk of chunks) {
		all.set(chunk, offset);
		offset += chunk.length;
	}
	return all;
}

/**
 * Reads a body to its end; `'tooLarge'` as soon as it has more than `maxBytes`. Rejects if the body breaks
 * off.
 */
export async function collect(
	body: AsyncIterable<Uint8Array>,
	maxBytes: number,
): Promise<Uint8Array | 'tooLarge'> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		if (size > maxBytes) return 'tooLarge';
		chunks.push(chunk);
	}
	return concat(chunks, size);
}

/**
 * Reads a body as UTF-8 text; `null` as soon as it has more than `maxBytes`. Rejects if the body breaks off.
 * Decodes chunk by chunk, because every further copy of a response with an image in it counts.
 */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | null> {
	const decoder = new TextDecoder();
	let text = '';
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		if (size > maxBytes) return null;
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

/**
 * Closes a body that will not be read, so that its connection is freed. Never throws; completes in the
 * background.
 */
export function discard(body: AsyncIterable<Uint8Array>): void {
	const chunks = body[Symbol.asyncIterator]();
	void chunks
		.next()
		.then(async () => await chunks.return?.())
		.catch(() => undefined);
}
