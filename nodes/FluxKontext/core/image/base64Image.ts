import { fail, succeed, type Result } from '../base/faults';
import { backoffMs, pause } from '../http/retry';
import { timeLimit } from '../http/timeLimit';
import { isComplete, TAIL_BYTES } from './completeness';
import type { DownloadContext } from './download';
import { describeFile } from './foreign';
import { inspectImage, type ImageInfo } from './inspect';
import { cutOff, notStored, tooLarge, type StoredImage, type StoreImage } from './openImage';
import { tryStore } from './tryStore';

/** Characters that are decoded at a time; a multiple of four, because four characters are three bytes. */
const PIECE_CHARACTERS = 65_536;

/** Counts the characters whose decoding gives at least `bytes` bytes. */
const charactersFor = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Counts the characters before the padding. */
const lengthWithoutPadding = (text: string): number =>
	text.length - (/=*$/.exec(text.slice(-2))?.[0].length ?? 0);

/** What storing an embedded image needs to know. */
export interface EmbeddedContext extends Omit<DownloadContext, 'ownOrigin'> {
	/** Whether the provider keeps the image, so that it can be fetched again. */
	isKept: boolean;
}

/** Decodes the ends of an image, and checks it as far as they show. */
function checkEmbedded(
	text: string,
	{ ports, limits, source }: EmbeddedContext,
): Result<{ info: ImageInfo; size: number }> {
	const { maxImageBytes, maxImageHeaderBytes } = limits;
	const end = lengthWithoutPadding(text);
	const size = Math.floor((end * 3) / 4);
	const head = ports.decodeBase64(text.slice(0, charactersFor(maxImageHeaderBytes)));
	const info = inspectImage(head);
	if (!info)
		return fail('badResponse', `What ${source} delivered is not an image: it is ${describeFile(head)}`);
	if (size > maxImageBytes) return { ok: false, fault: tooLarge(source, maxImageBytes) };
	const tail = ports.decodeBase64(text.slice(Math.max(0, end - (end % 4) - charactersFor(TAIL_BYTES))));
	return isComplete(info, { head, tail, size })
		? succeed({ info, size })
		: { ok: false, fault: cutOff(source) };
}

/**
 * Passes an image that came as base64 inside a response to `store`, decoded piece by piece so that it is
 * never held a second time as a whole. A store that fails is tried again, up to `maxStoreAttempts` times.
 * Never rejects. Fault codes: `badResponse`, `failed` (not stored), `cancelled`.
 */
export async function storeBase64<T>(
	context: EmbeddedContext,
	data: string,
	store: StoreImage<T>,
): Promise<Result<StoredImage<T>>> {
	const { ports, limits, source, deadline, signal, isKept } = context;
	// Lines whose length is no multiple of four would be cut in the middle of a byte.
	const text = /\s/.test(data) ? data.replace(/\s+/g, '') : data;
	const checked = checkEmbedded(text, context);
	if (!checked.ok) return checked;
	const { info, size } = checked.value;
	async function* chunks(): AsyncGenerator<Uint8Array> {
		for (let start = 0; start < text.length; start += PIECE_CHARACTERS)
			yield await Promise.resolve(ports.decodeBase64(text.slice(start, start + PIECE_CHARACTERS)));
	}
	for (let attempt = 1; ; attempt += 1) {
		const limit = timeLimit(ports, limits.storeTimeoutMs, signal);
		const outcome = await tryStore({ info, chunks: chunks() }, store, limit.signal);
		limit.clear();
		if (outcome.kind === 'stored') return succeed({ info, bytes: size, value: outcome.value });
		if (signal.aborted)
			return fail('cancelled', `The run was stopped while the image of ${source} was stored`);
		const isLast = attempt === limits.maxStoreAttempts;
		if (isLast || !(await pause(ports, backoffMs(attempt, ports.random, limits), deadline, signal)))
			return { ok: false, fault: notStored(source, outcome.reason, isKept) };
	}
}
