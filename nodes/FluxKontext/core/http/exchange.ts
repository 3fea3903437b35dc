import type { HttpRequest, HttpResponse, NoAnswer, Ports } from './ports';
import { parseJson } from '../base/json';
import { MAX_ANSWER_BYTES } from '../base/limits';

export interface Bounds {
	authenticate: boolean;
	timeoutMs: number;
	/** Ends the exchange early. */
	signal: AbortSignal;
}

/** A signal that is aborted after `ms`, or with its parent. `clear` releases the timer and the listener. */
export function timeLimit(
	ports: Pick<Ports, 'sleep'>,
	ms: number,
	parent: AbortSignal,
): { signal: AbortSignal; clear: () => void } {
	const limit = new AbortController();
	const cleared = new AbortController();
	const abort = () => limit.abort();
	if (parent.aborted) abort();
	parent.addEventListener('abort', abort, { once: true });
	void ports.sleep(ms, cleared.signal).then(() => {
		if (!cleared.signal.aborted) abort();
	});
	return {
		signal: limit.signal,
		clear: () => {
			parent.removeEventListener('abort', abort);
			cleared.abort();
		},
	};
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

/** One request and its whole answer, within time and size. Never rejects. */
export async function exchange(
	ports: Ports,
	request: HttpRequest,
	bounds: Bounds,
): Promise<HttpResponse | NoAnswer> {
	const { authenticate, timeoutMs } = bounds;
	const limit = timeLimit(ports, timeoutMs, bounds.signal);
	try {
		const answer = await ports.http.open({
			...request,
			authenticate,
			// A redirect could carry the key to another host; no provider's API needs one.
			followRedirects: false,
			timeoutMs,
			signal: limit.signal,
		});
		if (answer.kind === 'noAnswer') {
			const timedOut = limit.signal.aborted && !bounds.signal.aborted;
			return timedOut ? { ...answer, reason: `no answer within ${seconds(timeoutMs)}` } : answer;
		}
		const text = await readText(answer.body, MAX_ANSWER_BYTES);
		if (text === null)
			return {
				kind: 'noAnswer',
				delivery: 'unknown',
				reason: `an answer larger than ${MAX_ANSWER_BYTES} bytes`,
			};
		return { status: answer.status, headers: answer.headers, body: parseJson(text) ?? text };
	} catch {
		const reason = limit.signal.aborted
			? `no whole answer within ${seconds(timeoutMs)}`
			: 'the answer was cut off';
		return { kind: 'noAnswer', delivery: 'unknown', reason };
	} finally {
		limit.clear();
	}
}

/** A body as text, or `null` as soon as it has more than `maxBytes`. Decoded as it comes: with an image in it, each copy counts. */
async function readText(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | null> {
	const decoder = new TextDecoder();
	let text = '';
	let size = 0;
	for await (const chunk of chunks) {
		size += chunk.length;
		if (size > maxBytes) return null;
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

/** All bytes of a body, or 'tooLarge' as soon as there are more than `maxBytes`. */
export async function collect(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number,
): Promise<Uint8Array | 'tooLarge'> {
	const parts: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		size += chunk.length;
		if (size > maxBytes) return 'tooLarge';
		parts.push(chunk);
	}
	return concat(parts, size);
}

export function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
	const [only] = parts;
	if (parts.length === 1 && only) return only;
	const whole = new Uint8Array(size);
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.length;
	}
	return whole;
}

/** Lets go of a body that nobody reads, so that its connection is freed. */
export function discard(body: AsyncIterable<Uint8Array>): void {
	const chunks = body[Symbol.asyncIterator]();
	void chunks
		.next()
		.then(async () => await chunks.return?.())
		.catch(() => undefined);
}
