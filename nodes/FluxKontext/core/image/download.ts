import { concat, discard, timeLimit } from '../http/exchange';
import { fail, fault, succeed, type Fault, type Result } from '../base/faults';
import type { NoAnswer, OpenResponse, Ports } from '../http/ports';
import { forbiddenByHost, isTransient } from '../http/errors';
import { isWhole, TAIL_BYTES } from './completeness';
import { inspectImage, type ImageInfo } from './inspect';
import {
	DOWNLOAD_TIMEOUT_MS,
	MAX_IMAGE_BYTES,
	MAX_IMAGE_HEADER_BYTES,
	MAX_SPOILED_ATTEMPTS,
} from '../base/limits';
import { backoffMs, pause, retryAfterMs } from '../http/retry';
import { isWebUrl } from '../http/trust';

/** Characters of base64; multiples of four, as four of them are three bytes. */
const BASE64_PIECE = 65_536;
const MAX_IMAGE_HEADER_CHARACTERS = 4 * Math.ceil(MAX_IMAGE_HEADER_BYTES / 3);
const TAIL_CHARACTERS = 4 * Math.ceil(TAIL_BYTES / 3);

/** An image whose first bytes were read, so that its type and size are known; `chunks` gives all of it, once. */
export interface OpenImage {
	info: ImageInfo;
	chunks: AsyncIterable<Uint8Array>;
}

export interface Stored<T> {
	info: ImageInfo;
	bytes: number;
	value: T;
}

/** Where finished images go. May reject; what it has stored of a broken image is its own to remove. */
export type Store<T> = (image: OpenImage) => Promise<T>;

export interface DownloadRun {
	ports: Ports;
	deadline: number;
	signal: AbortSignal;
	/** For messages. */
	source: string;
}

/** Reads as much of a body as tells what image it is. */
export async function peek(
	read: () => Promise<IteratorResult<Uint8Array>>,
): Promise<{ info: ImageInfo | null; head: Uint8Array }> {
	const parts: Uint8Array[] = [];
	let size = 0;
	while (size < MAX_IMAGE_HEADER_BYTES) {
		const next = await read();
		if (next.done) break;
		parts.push(next.value);
		size += next.value.length;
		const head = concat(parts, size);
		const info = inspectImage(head);
		if (info) return { info, head };
	}
	return { info: null, head: concat(parts, size) };
}

type Attempt<T> =
	| { kind: 'stored'; stored: Stored<T> }
	| { kind: 'trouble'; text: string; retryAfterMs: number | null }
	/** There was an answer, but no whole image in it: a server's page or error in its place, or a half file. */
	| { kind: 'spoiled'; fault: Fault }
	| { kind: 'fault'; fault: Fault };

const tooLarge = (source: string): Fault =>
	fault('badResponse', `The image of ${source} is larger than ${MAX_IMAGE_BYTES / 1024 / 1024} MB`, {
		retryable: false,
	});

/** The end of what was and of what came. */
function lastOf(tail: Uint8Array, chunk: Uint8Array): Uint8Array {
	if (chunk.length >= TAIL_BYTES) return chunk.subarray(-TAIL_BYTES);
	const kept = tail.subarray(Math.max(0, tail.length + chunk.length - TAIL_BYTES));
	return concat([kept, chunk], kept.length + chunk.length);
}

async function receive<T>(answer: OpenResponse, source: string, store: Store<T>): Promise<Attempt<T>> {
	const body = answer.body[Symbol.asyncIterator]();
	const progress: { bytes: number; end: 'none' | 'whole' | 'broken' | 'cutOff' | 'tooLarge' } = {
		bytes: 0,
		end: 'none',
	};
	const read = async () => {
		let ended = false;
		try {
			const next = await body.next();
			ended = true;
			return next;
		} finally {
			if (!ended) progress.end = 'broken';
		}
	};
	/** What breaks off makes the store drop what it has. */
	const breakOff = (end: 'cutOff' | 'tooLarge') => {
		progress.end = end;
		return new Error(end);
	};
	async function* chunks(info: ImageInfo, head: Uint8Array): AsyncGenerator<Uint8Array> {
		let tail = head.subarray(-TAIL_BYTES);
		for (let chunk = head; ;) {
			progress.bytes += chunk.length;
			if (progress.bytes > MAX_IMAGE_BYTES) throw breakOff('tooLarge');
			yield chunk;
			const next = await read();
			if (next.done) break;
			chunk = next.value;
			tail = lastOf(tail, chunk);
		}
		if (!isWhole(info, { head, tail, size: progress.bytes })) throw breakOff('cutOff');
		progress.end = 'whole';
	}
	const broken = (): Attempt<T> | null => {
		if (progress.end === 'broken')
			return { kind: 'trouble', text: 'the download broke off', retryAfterMs: null };
		if (progress.end === 'cutOff')
			return { kind: 'spoiled', fault: fault('badResponse', `The image of ${source} is cut off`) };
		return progress.end === 'tooLarge' ? { kind: 'fault', fault: tooLarge(source) } : null;
	};
	try {
		const { info, head } = await peek(read);
		if (!info) {
			const what = answer.headers['content-type'] ?? 'no stated type';
			return {
				kind: 'spoiled',
				fault: fault('badResponse', `What ${source} delivered is not an image (${what})`),
			};
		}
		const value = await store({ info, chunks: chunks(info, head) });
		// Even if the store has swallowed the error, what it holds is not the image.
		return broken() ?? { kind: 'stored', stored: { info, bytes: progress.bytes, value } };
	} catch (error) {
		return broken() ?? { kind: 'fault', fault: notStored(source, error) };
	} finally {
		void body.return?.().catch(() => undefined);
	}
}

function notStored(source: string, error: unknown): Fault {
	const why = error instanceof Error ? error.message : String(error);
	return fault('failed', `The image of ${source} could not be stored: ${why}`, {
		description:
			"Check the space and the settings of n8n's binary data storage; the job is in the details.",
	});
}

/** Opens an image's address: without any key, so redirects may be followed. */
export async function openLink(
	ports: Ports,
	url: string,
	signal: AbortSignal,
): Promise<OpenResponse | NoAnswer> {
	return await ports.http.open({
		method: 'GET',
		url,
		authenticate: false,
		followRedirects: true,
		timeoutMs: DOWNLOAD_TIMEOUT_MS,
		signal,
	});
}

/** One try at a link. */
async function attempt<T>(run: DownloadRun, url: string, store: Store<T>): Promise<Attempt<T>> {
	const { ports, source } = run;
	const limit = timeLimit(ports, DOWNLOAD_TIMEOUT_MS, run.signal);
	try {
		const answer = await openLink(ports, url, limit.signal);
		if (answer.kind === 'noAnswer' && answer.delivery === 'blocked')
			return {
				kind: 'fault',
				fault: forbiddenByHost(`The image of ${source} could not be fetched`, answer),
			};
		if (answer.kind === 'noAnswer') return { kind: 'trouble', text: answer.reason, retryAfterMs: null };
		if (answer.status !== 200) {
			discard(answer.body);
			return describe(answer, source, ports.now());
		}
		return await receive(answer, source, store);
	} finally {
		limit.clear();
	}
}

function describe({ status, headers }: OpenResponse, source: string, now: number): Attempt<never> {
	const text = `the download answered ${status}`;
	if (isTransient(status)) return { kind: 'trouble', text, retryAfterMs: retryAfterMs({ headers }, now) };
	// Signed links answer 403 (Azure, S3), 404 or 410 once they have run out. What other statuses mean at an API (a bad
	// key, nothing charged) they do not mean here.
	const expired = [403, 404, 410].includes(status);
	const told = fault(
		expired ? 'expired' : 'badResponse',
		`The image of ${source} could not be fetched: ${text}`,
		{ httpStatus: status },
	);
	return { kind: expired ? 'fault' : 'spoiled', fault: told };
}

/**
 * Fetches an image, without any key, and hands it to `store` as a stream. Trouble that may pass is ridden out until
 * the deadline; each try stores anew.
 */
export async function downloadImage<T>(
	run: DownloadRun,
	url: string,
	store: Store<T>,
): Promise<Result<Stored<T>>> {
	const { ports, deadline, signal, source } = run;
	if (!isWebUrl(url)) return fail('badResponse', `${source} named an image that is not on the web`);
	let spoiled = 0;
	for (let tries = 1; ; tries += 1) {
		const result = await attempt(run, url, store);
		if (result.kind === 'stored') return succeed(result.stored);
		if (result.kind === 'fault') return { ok: false, fault: result.fault };
		if (result.kind === 'spoiled') spoiled += 1;
		const last =
			result.kind === 'spoiled'
				? result.fault
				: fault('timeout', `The image of ${source} could not be fetched in time: ${result.text}`);
		if (spoiled === MAX_SPOILED_ATTEMPTS) return { ok: false, fault: last };
		const delay =
			(result.kind === 'trouble' ? result.retryAfterMs : null) ?? backoffMs(tries, ports.random);
		const goOn = !signal.aborted && (await pause(ports, delay, deadline, signal));
		if (signal.aborted)
			return fail('cancelled', `The run was stopped while the image of ${source} was fetched`);
		if (!goOn) return { ok: false, fault: last };
	}
}

/**
 * The same for an image that came as base64 inside an answer. Decoded in pieces, so that it is never held a second time
 * as a whole.
 */
export async function storeBase64<T>(
	{ decodeBase64 }: Pick<Ports, 'decodeBase64'>,
	data: string,
	source: string,
	store: Store<T>,
): Promise<Result<Stored<T>>> {
	// Lines of a length that is no multiple of four would be cut in the middle of a byte.
	const text = /\s/.test(data) ? data.replace(/\s+/g, '') : data;
	const end = text.length - (/=*$/.exec(text.slice(-2))?.[0].length ?? 0);
	const size = Math.floor((end * 3) / 4);
	const head = decodeBase64(text.slice(0, MAX_IMAGE_HEADER_CHARACTERS));
	const info = inspectImage(head);
	if (!info) return fail('badResponse', `What ${source} delivered is not an image`);
	if (size > MAX_IMAGE_BYTES) return { ok: false, fault: tooLarge(source) };
	const tail = decodeBase64(text.slice(Math.max(0, end - (end % 4) - TAIL_CHARACTERS)));
	if (!isWhole(info, { head, tail, size })) return fail('badResponse', `The image of ${source} is cut off`);
	async function* chunks(): AsyncGenerator<Uint8Array> {
		for (let start = 0; start < text.length; start += BASE64_PIECE)
			yield await Promise.resolve(decodeBase64(text.slice(start, start + BASE64_PIECE)));
	}
	try {
		return succeed({ info, bytes: size, value: await store({ info, chunks: chunks() }) });
	} catch (error) {
		return { ok: false, fault: notStored(source, error) };
	}
}
