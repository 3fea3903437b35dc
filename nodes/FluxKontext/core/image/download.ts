import { fail, fault, succeed, type Fault, type Result } from '../base/faults';
import { show as showValue } from '../base/json';
import type { Limits } from '../base/limits';
import { forbiddenByHost } from '../http/errors';
import type { NoAnswer, OpenResponse, Ports } from '../http/ports';
import { backoffMs, pause, retryAfterMs } from '../http/retry';
import { isTransient } from '../http/status';
import { discard } from '../http/stream';
import { timeLimit } from '../http/timeLimit';
import { isWebUrl } from '../http/trust';
import { notStored, type StoredImage, type StoreImage } from './openImage';
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
	/**
	 * Origin of the credential's base URL; the only one whose links may receive the key, if they require it.
	 */
	ownOrigin: string;
}

/**
 * Opens an image's URL, by default without any key, which is why it may follow redirects; with the key it
 * follows none. Resolves once the headers have arrived, within `timeoutMs`. Never rejects.
 */
export async function openLink(
	ports: Ports,
	url: string,
	timeoutMs: number,
	signal: AbortSignal,
	authenticate = false,
): Promise<OpenResponse | NoAnswer> {
	return await ports.http.open({
		method: 'GET',
		url,
		authenticate,
		followRedirects: !authenticate,
		timeoutMs,
		signal,
	});
}

/** Statuses of signed links that have expired: 403 (Azure, S3), 404, 410. */
const EXPIRED_STATUSES = [403, 404, 410];
/** Statuses of a link that requires a key. */
const KEY_STATUSES = [401, 403];

/** Names the server of a link, without its path, which may be secret. */
function hostOf(url: string): string {
	try {
		return new URL(url).host;
	} catch {
		return 'its address';
	}
}

const isOwn = (url: string, ownOrigin: string): boolean => new URL(url).origin === ownOrigin;

/** Image that is fetched, and whether the key goes along. */
interface Link {
	url: string;
	authenticate: boolean;
}

/**
 * Describes a response without an image. The meaning that a status has at an API (a bad key) applies only
 * where the key was sent.
 */
function describeError(
	{ status, headers }: OpenResponse,
	{ url, authenticate }: Link,
	{ source, ports, limits, ownOrigin }: DownloadContext,
): Attempt<never> | { kind: 'needsKey' } {
	const reason = `the download answered ${status}`;
	if (isTransient(status))
		return { kind: 'transient', reason, retryAfterMs: retryAfterMs({ headers }, ports.now(), limits) };
	const message = `The image of ${source} could not be fetched from ${hostOf(url)}: ${reason}`;
	const details = { httpStatus: status };
	if (KEY_STATUSES.includes(status) && isOwn(url, ownOrigin))
		return authenticate
			? { kind: 'fault', fault: fault('auth', `${message}, also with the key`, details) }
			: { kind: 'needsKey' };
	return EXPIRED_STATUSES.includes(status)
		? { kind: 'fault', fault: fault('expired', message, details) }
		: { kind: 'incomplete', fault: fault('badResponse', message, details) };
}

function describeNoAnswer(answer: NoAnswer, url: string, source: string): Attempt<never> {
	const what = `The image of ${source} could not be fetched from ${hostOf(url)}`;
	switch (answer.delivery) {
		case 'blocked':
			return { kind: 'fault', fault: forbiddenByHost(what, answer) };
		case 'unsendable':
			return { kind: 'fault', fault: fault('badResponse', `${what}: ${answer.reason}`) };
		case 'notSent':
		case 'unknown':
			return { kind: 'transient', reason: answer.reason, retryAfterMs: null };
	}
}

async function attemptDownload<T>(
	context: DownloadContext,
	link: Link,
	store: StoreImage<T>,
): Promise<Attempt<T> | { kind: 'needsKey' }> {
	const { ports, limits, source } = context;
	const { downloadTimeoutMs } = limits;
	const limit = timeLimit(ports, downloadTimeoutMs, context.signal);
	const { url, authenticate } = link;
	try {
		const answer = await openLink(ports, url, downloadTimeoutMs, limit.signal, authenticate);
		if (answer.kind === 'noAnswer') return describeNoAnswer(answer, url, source);
		if (answer.status === 200) return await receive(answer, source, limits, store, limit.signal);
		discard(answer.body);
		// A server may hold the body of an error for ever.
		limit.abort();
		return describeError(answer, link, context);
	} finally {
		limit.clear();
	}
}

/** Failed attempts at an image, by their kind. */
interface Failures {
	incomplete: number;
	notStored: number;
}

/** Creates the fault of the latest attempt; `isLast` tells whether no further one may follow. */
function judge(
	attempt: Exclude<Attempt<unknown>, { kind: 'stored' } | { kind: 'fault' }>,
	failures: Failures,
	url: string,
	{ source, limits }: DownloadContext,
): { lastFault: Fault; isLast: boolean } {
	switch (attempt.kind) {
		case 'incomplete':
			return {
				lastFault: attempt.fault,
				isLast: ++failures.incomplete === limits.maxIncompleteAttempts,
			};
		case 'notStored':
			return {
				lastFault: notStored(source, attempt.reason, true),
				isLast: ++failures.notStored === limits.maxStoreAttempts,
			};
		case 'transient': {
			const message = `The image of ${source} could not be fetched from ${hostOf(url)} in time`;
			return { lastFault: fault('timeout', `${message}: ${attempt.reason}`), isLast: false };
		}
	}
}

/**
 * Downloads an image and streams it to `store`. Only a link at `ownOrigin` that requires the key gets it.
 * Transient failures are retried until the deadline, incomplete images up to `maxIncompleteAttempts` and a
 * store that fails up to `maxStoreAttempts` times; each attempt stores anew. Never rejects. Fault codes:
 * `expired`, `badResponse`, `timeout`, `cancelled`, `auth`, `unavailable` (blocked by the host), `failed`
 * (not stored).
 */
export async function downloadImage<T>(
	context: DownloadContext,
	url: string,
	store: StoreImage<T>,
): Promise<Result<StoredImage<T>>> {
	const { ports, limits, deadline, signal, source } = context;
	if (!isWebUrl(url))
		return fail('badResponse', `${source} named an image that is not on the web: ${showValue(url)}`);
	const failures = { incomplete: 0, notStored: 0 };
	let link: Link = { url, authenticate: false };
	for (let attempts = 1; ; attempts += 1) {
		const attempt = await attemptDownload(context, link, store);
		if (attempt.kind === 'needsKey') {
			link = { url, authenticate: true };
			continue;
		}
		if (attempt.kind === 'stored') return succeed(attempt.stored);
		if (attempt.kind === 'fault') return { ok: false, fault: attempt.fault };
		const { lastFault, isLast } = judge(attempt, failures, url, context);
		if (isLast) return { ok: false, fault: lastFault };
		const requestedMs = attempt.kind === 'transient' ? attempt.retryAfterMs : null;
		const delayMs = requestedMs ?? backoffMs(attempts, ports.random, limits);
		const timeLeft = !signal.aborted && (await pause(ports, delayMs, deadline, signal));
		if (signal.aborted)
			return fail('cancelled', `The run was stopped while the image of ${source} was fetched`);
		if (!timeLeft) return { ok: false, fault: lastFault };
	}
}
