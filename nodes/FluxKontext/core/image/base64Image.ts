import { fail, succeed, type Result } from '../base/faults';
import type { Limits } from '../base/limits';
import type { Ports } from '../http/ports';
import { isComplete, TAIL_BYTES } from './completeness';
import { inspectImage } from './inspect';
import { cutOff, notStored, tooLarge, type StoredImage, type StoreImage } from './openImage';

/** Characters that are decoded at a time; a multiple of four, because four characters are three bytes. */
const PIECE_CHARACTERS = 65_536;

/** Counts the characters whose decoding gives at least `bytes` bytes. */
const charactersFor = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Counts the characters before the padding. */
const lengthWithoutPadding = (text: string): number =>
	text.length - (/=*$/.exec(text.slice(-2))?.[0].length ?? 0);

/**
 * Passes an image that came as base64 inside a response to `store`, decoded piece by piece so that it is
 * never held a second time as a whole. Never rejects. Fault codes: `badResponse`, `failed` (not stored).
 */
export async function storeBase64<T>(
	{ decodeBase64 }: Pick<Ports, 'decodeBase64'>,
	data: string,
	source: string,
	{ maxImageBytes, maxImageHeaderBytes }: Limits,
	store: StoreImage<T>,
): Promise<Result<StoredImage<T>>> {
	// Lines whose length is no multiple of four would be cut in the middle of a byte.
	const text = /\s/.test(data) ? data.replace(/\s+/g, '') : data;
	const end = lengthWithoutPadding(text);
	const size = Math.floor((end * 3) / 4);
	const head = decodeBase64(text.slice(0, charactersFor(maxImageHeaderBytes)));
	const info = inspectImage(head);
	if (!info) return fail('badResponse', `What ${source} delivered is not an image`);
	if (size > maxImageBytes) return { ok: false, fault: tooLarge(source, maxImageBytes) };
	const tail = decodeBase64(text.slice(Math.max(0, end - (end % 4) - charactersFor(TAIL_BYTES))));
	if (!isComplete(info, { head, tail, size })) return { ok: false, fault: cutOff(source) };
	async function* chunks(): AsyncGenerator<Uint8Array> {
		for (let start = 0; start < text.length; start += PIECE_CHARACTERS)
			yield await Promise.resolve(decodeBase64(text.slice(start, start + PIECE_CHARACTERS)));
	}
	try {
		return succeed({ info, bytes: size, value: await store({ info, chunks: chunks() }) });
	} catch (error) {
		return { ok: false, fault: notStored(source, error) };
	}
}
