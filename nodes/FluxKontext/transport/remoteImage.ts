import type { Limits } from '../core/base/limits';
import type { OpenResponse, Ports } from '../core/http/ports';
import { backoffMs, pause, retryAfterMs } from '../core/http/retry';
import { isTransient } from '../core/http/status';
import { collect, discard } from '../core/http/stream';
import { timeLimit } from '../core/http/timeLimit';
import { openLink } from '../core/image/download';
import { describeFile } from '../core/image/foreign';
import { peek } from '../core/image/openImage';
import type { Pixels } from '../core/request/ratios';

/** What fetching an input image needs. */
export interface RemoteReader {
	ports: Ports;
	limits: Limits;
	signal: AbortSignal;
	/** Milliseconds since the epoch; no attempt starts later. */
	deadline: number;
}

/**
 * Value that was read from a URL, or the reason why it could not be read. `isDefinite`: the server has said
 * what is there instead, so that the provider could read it no better.
 */
export type Fetched<T> = { value: T } | { failure: string; isDefinite: boolean };

/** Outcome of one attempt; a transient failure may pass. */
type Attempt<T> = Fetched<T> | { transient: string; retryAfterMs: number | null };

/** Reads a response with status 200. */
type Read<T> = (response: OpenResponse) => Promise<Attempt<T>>;

/** Statuses that say that there is nothing behind a URL. */
const GONE = [404, 410];

async function attempt<T>(reader: RemoteReader, url: string, read: Read<T>): Promise<Attempt<T>> {
	const { ports, limits, signal } = reader;
	const { downloadTimeoutMs } = limits;
	const limit = timeLimit(ports, downloadTimeoutMs, signal);
	try {
		const answer = await openLink(ports, url, downloadTimeoutMs, limit.signal);
		if (answer.kind === 'noAnswer') {
			const { delivery, reason } = answer;
			return delivery === 'notSent' || delivery === 'unknown'
				? { transient: reason, retryAfterMs: null }
				: { failure: reason, isDefinite: false };
		}
		const { status, headers } = answer;
		if (status === 200) return await read(answer);
		discard(answer.body);
		const failure = `${new URL(url).host} answered ${status}`;
		return isTransient(status)
			? { transient: failure, retryAfterMs: retryAfterMs({ headers }, ports.now(), limits) }
			: { failure, isDefinite: GONE.includes(status) };
	} catch {
		return { transient: 'the download broke off', retryAfterMs: null };
	} finally {
		// Whatever was not read is closed, also where the server holds it.
		limit.abort();
		limit.clear();
	}
}

/** Opens a URL without any key, until a response can be read, something is definitely wrong or time is up. */
async function fetchWithPatience<T>(reader: RemoteReader, url: string, read: Read<T>): Promise<Fetched<T>> {
	const { ports, limits, deadline, signal } = reader;
	for (let attempts = 1; ; attempts += 1) {
		const outcome = await attempt(reader, url, read);
		if (!('transient' in outcome)) return outcome;
		const delayMs = outcome.retryAfterMs ?? backoffMs(attempts, ports.random, limits);
		const isLast = signal.aborted || attempts === limits.maxInputAttempts;
		if (isLast || !(await pause(ports, delayMs, deadline, signal)))
			return { failure: outcome.transient, isDefinite: false };
	}
}

/** Downloads a file of at most `maxBytes`, which must be as long as the server says. Never rejects. */
export async function fetchBytes(
	reader: RemoteReader,
	url: string,
	maxBytes: number,
): Promise<Fetched<{ bytes: Uint8Array | 'tooLarge'; statedType: string | undefined }>> {
	return await fetchWithPatience(reader, url, async ({ body, headers }) => ({
		value: { bytes: await collect(body, maxBytes), statedType: headers['content-type'] },
	}));
}

/** Reads width and height of an image from its first bytes. Never rejects. */
export async function measureImage(reader: RemoteReader, url: string): Promise<Fetched<Pixels>> {
	return await fetchWithPatience(reader, url, async ({ body, headers }) => {
		const chunks = body[Symbol.asyncIterator]();
		const { info, head } = await peek(async () => await chunks.next(), reader.limits.maxImageHeaderBytes);
		await chunks.return?.();
		const what = describeFile(head, headers['content-type']);
		return info ? { value: info } : { failure: `it is ${what}`, isDefinite: true };
	});
}
