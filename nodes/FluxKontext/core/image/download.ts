import { fail, fault, succeed, type Result } from '../base/faults';
import type { Limits } from '../base/limits';
import { forbiddenByHost } from '../http/errors';
import type { NoAnswer, OpenResponse, Ports } from '../http/ports';
import { backoffMs, pause, retryAfterMs } from '../http/retry';
import { isTransient } from '../http/status';
import { discard } from '../http/stream';
import { timeLimit } from '../http/timeLimit';
import { isWebUrl } from '../http/trust';
import type { StoredImage, StoreImage } from './openImage';
import { receive, type Attempt } from './receive';

/** What a download needs to know. */
export interface DownloadContext {
	ports: Ports;
	limits: Limits;
	/** Milliseconds since the epoch; no attempt starts later. */
	deadline: number;
	signal: AbortSignal;
	/** Display name of the provider, for messages. */
	source: string;
}

/**
 * Opens an image's URL without any key, which is why it may follow redirects. Resolves once the headers have
 * arrived, within `timeoutMs`. Never rejects.
 */
export async function openLink(
	ports: Ports,
	url: string,
	timeoutMs: number,
	signal: AbortSignal,
): Promise<OpenResponse | NoAnswer> {
	return await ports.http.open({
		method: 'GET',
		url,
		authenticate: false,
		followRedirects: true,
		timeoutMs,
		signal,
	});
}

/** Statuses of signed links that have expired: 403 (Azure, S3), 404, 410. */
const EXPIRED_STATUSES = [403, 404, 410];

/**
 * Describes a response without an image. The meaning that a status has at an API (a bad key) does not apply
 * here.
 */
function describeError({ status, headers }: OpenResponse, context: DownloadContext): Attempt<never> {
	const { source, ports, limits } = context;
	const reason = `the download answered ${status}`;
	if (isTransient(status)) {
		return { kind: 'transient', reason, retryAfterMs: retryAfterMs({ headers }, ports.now(), limits) };
	}
	const expired = EXPIRED_STATUSES.includes(status);
	return {
		kind: expired ? 'fault' : 'incomplete',
		fault: fault(
			expired ? 'expired' : 'badResponse',
			`The image of ${source} could not be fetched: ${reason}`,
			{ httpStatus: status },
		),
	};
}

function describeNoAnswer(answer: NoAnswer, source: string): Attempt<never> {
	return answer.delivery === 'blocked'
		? { kind: 'fault', fault: forbiddenByHost(`The image of ${source} could not be fetched`, answer) }
		: { kind: 'transient', reason: answer.reason, retryAfterMs: null };
}

async function attemptDownload<T>(
	context: DownloadContext,
	url: string,
	store: StoreImage<T>,
): Promise<Attempt<T>> {
	const { ports, limits, source } = context;
	const { downloadTimeoutMs } = limits;
	const limit = timeLimit(ports, downloadTimeoutMs, context.signal);
	try {
		const answer = await openLink(ports, url, downloadTimeoutMs, limit.signal);
		if (answer.kind === 'noAnswer') return describeNoAnswer(answer, source);
		if (answer.status === 200) return await receive(answer, source, limits, store);
		discard(answer.body);
		return describeError(answer, context);
	} finally {
		limit.clear();
	}
}

/**
 * Downloads an image without any key and streams it to `store`. Transient failures are retried until the
 * deadline, incomplete images up to `maxIncompleteAttempts` times; each attempt stores anew. Never rejects.
 * Fault codes: `expired`, `badResponse`, `timeout`, `cancelled`, `unavailable` (blocked by the host),
 * `failed` (not stored).
 */
export async function downloadImage<T>(
	context: DownloadContext,
	url: string,
	store: StoreImage<T>,
): Promise<Result<StoredImage<T>>> {
	const { ports, limits, deadline, signal, source } = context;
	if (!isWebUrl(url)) return fail('badResponse', `${source} named an image that is not on the web`);
	let incomplete = 0;
	for (let attempts = 1; ; attempts += 1) {
		const attempt = await attemptDownload(context, url, store);
		if (attempt.kind === 'stored') return succeed(attempt.stored);
		if (attempt.kind === 'fault') return { ok: false, fault: attempt.fault };
		if (attempt.kind === 'incomplete') incomplete += 1;
		const lastFault =
			attempt.kind === 'incomplete'
				? attempt.fault
				: fault('timeout', `The image of ${source} could not be fetched in time: ${attempt.reason}`);
		if (incomplete === limits.maxIncompleteAttempts) return { ok: false, fault: lastFault };
		const requestedMs = attempt.kind === 'transient' ? attempt.retryAfterMs : null;
		const delayMs = requestedMs ?? backoffMs(attempts, ports.random, limits);
		const timeLeft = !signal.aborted && (await pause(ports, delayMs, deadline, signal));
		if (signal.aborted)
			return fail('cancelled', `The run was stopped while the image of ${source} was fetched`);
		if (!timeLeft) return { ok: false, fault: lastFault };
	}
}
