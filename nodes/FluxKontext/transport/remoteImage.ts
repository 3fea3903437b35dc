import type { Limits } from '../core/base/limits';
import type { Ports } from '../core/http/ports';
import { collect, discard } from '../core/http/stream';
import { timeLimit } from '../core/http/timeLimit';
import { openLink } from '../core/image/download';
import { peek } from '../core/image/openImage';
import type { Pixels } from '../core/request/ratios';

/** What fetching an input image needs. */
export interface RemoteReader {
	ports: Ports;
	limits: Limits;
	signal: AbortSignal;
}

/** Value that was read from a URL, or the reason why it could not be read. */
export type Fetched<T> = { value: T } | { failure: string };

/** Opens a URL without any key and reads its body. One attempt. Never rejects. */
async function readUrl<T>(
	{ ports, limits, signal }: RemoteReader,
	url: string,
	read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<Fetched<T>> {
	const { downloadTimeoutMs } = limits;
	const limit = timeLimit(ports, downloadTimeoutMs, signal);
	try {
		const answer = await openLink(ports, url, downloadTimeoutMs, limit.signal);
		if (answer.kind === 'noAnswer') return { failure: answer.reason };
		if (answer.status === 200) return { value: await read(answer.body) };
		discard(answer.body);
		return { failure: `its address answered ${answer.status}` };
	} catch {
		return { failure: 'the download broke off' };
	} finally {
		limit.clear();
	}
}

/** Downloads a file of at most `maxBytes`. Never rejects. */
export async function fetchBytes(
	reader: RemoteReader,
	url: string,
	maxBytes: number,
): Promise<Fetched<Uint8Array | 'tooLarge'>> {
	return await readUrl(reader, url, async (body) => await collect(body, maxBytes));
}

/**
 * Reads width and height of an image from its first bytes; `null` where they cannot be read. Never rejects.
 */
export async function measureImage(reader: RemoteReader, url: string): Promise<Pixels | null> {
	const measured = await readUrl(reader, url, async (body) => {
		const chunks = body[Symbol.asyncIterator]();
		const { info } = await peek(async () => await chunks.next(), reader.limits.maxImageHeaderBytes);
		await chunks.return?.();
		return info;
	});
	return 'failure' in measured ? null : measured.value;
}
