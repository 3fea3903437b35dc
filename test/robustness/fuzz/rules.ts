import {
	faultCodes,
	readJob,
	type Cancellation,
	type Fault,
	type JobOutcome,
	type JobRecord,
	type Provider,
} from '../../../index';
import { wasDrawn } from '../../support/draw';
import { MAX_CALLS } from './fence';
import { TIMEOUT_MS, type Ran, type FuzzFixture } from './fuzzFixture';
import type { Exchange } from './proxy';

const codes: readonly unknown[] = faultCodes;
export const isCode = (code: unknown): boolean => codes.includes(code);

/** A person reads it: no provider's page, and no answer of megabytes. */
const MAX_TEXT = 2_000;
export const isReadable = (text: unknown): boolean =>
	typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT;
/** More than any model makes at a time; the handle of an answer holds no more links. */
const MAX_IMAGES = 100;
/** A submit may take 120 s beyond the timeout, and a cancellation 10 s. */
const SLACK_MS = 130_000;

/** Whether a value is the same after it was written as JSON and read again: n8n stores it so. */
export function isPlain(value: unknown): boolean {
	if (typeof value === 'number') return Number.isFinite(value);
	if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
	return typeof value === 'object' && Object.values(value).every(isPlain);
}

/** What is there, as rules name what must not be. */
export const found = (rules: Readonly<Record<string, boolean>>): string[] =>
	Object.entries(rules).flatMap(([text, is]) => (is ? [text] : []));

export function ofFault({
	code,
	message,
	description,
	httpStatus,
	providerStatus,
	retryable,
}: Fault): string[] {
	return found({
		[`a code that the contract does not know: ${code}`]: !isCode(code),
		[`a message of ${message.length} characters`]: !isReadable(message),
		[`a description of ${description.length} characters`]: !isReadable(description),
		'an HTTP status that is no number': httpStatus !== null && !Number.isInteger(httpStatus),
		'a status of the provider that is no text':
			providerStatus !== null && typeof providerStatus !== 'string',
		'a retryable that is neither true nor false': typeof retryable !== 'boolean',
	});
}

async function ofImages({ job, result }: JobOutcome<Buffer>, sample: Buffer): Promise<string[]> {
	if (!result.ok) return [];
	const { images } = result.value;
	const genuine = await Promise.all(
		images.map(
			async ({ value, bytes }) =>
				bytes === value.length && (sample.equals(value) || (await wasDrawn(value))),
		),
	);
	return found({
		'an image that is not one of the emulator': !genuine.every(Boolean),
		[`${images.length} images`]: images.length > MAX_IMAGES,
		'a success without image or job': job === null || (images.length === 0 && job.status !== 'pending'),
	});
}

/** A job is there so that it can be asked for again: whatever it says, `job: get` and `wait` must take it as it is. */
export function ofRecord(job: JobRecord, provider: Provider, baseUrl: string): string[] {
	const read = readJob(JSON.stringify(job), provider, { baseUrl, now: Date.now() });
	return read.ok ? [] : [`a job that is not taken back: ${read.fault.message}`];
}

/** An answer of 429, in its status or as some providers tell it in a body of 200; genuine or not, it asks for another try. */
function asksAgain({ answer }: Exchange): boolean {
	if (answer === null) return false;
	return (
		answer.status === 429 ||
		(answer.status >= 200 && answer.status < 300 && /429|RATE_LIMITED/.test(answer.body.toString()))
	);
}

function ofSubmits(exchanges: readonly Exchange[]): string[] {
	const submits = exchanges.filter(({ stage }) => stage === 'submit');
	return found({ 'a submit that was repeated without need': !submits.slice(0, -1).every(asksAgain) });
}

export function isOwn(url: string, baseUrl: string, { trustedHosts }: Provider): boolean {
	const { origin, protocol, hostname, port, username, password } = new URL(url);
	if (username !== '' || password !== '') return false;
	if (origin === new URL(baseUrl).origin) return true;
	return (
		protocol === 'https:' &&
		port === '' &&
		trustedHosts.some((host) =>
			host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
		)
	);
}

/** Who has seen the key that should not have. */
function ofKey(
	{ apiKey, baseUrl, provider, proxy, trap, emulator }: FuzzFixture,
	{ outcome, watched }: Ran<unknown>,
): string[] {
	const { host } = new URL(baseUrl);
	const shown = (seen: unknown) => JSON.stringify(seen).includes(apiKey);
	return found({
		'the key is in the outcome': shown(outcome),
		'the key was shown to a stranger': shown(trap.seen),
		'the key was shown to the file server': shown(
			emulator.requests.filter((request) => request.provider === 'files'),
		),
		'the key was sent to another name of the proxy': shown(
			proxy.exchanges.filter((exchange) => exchange.host !== host),
		),
		"the key was meant for an address that is not the provider's": !watched.withKey.every((url) =>
			isOwn(url, baseUrl, provider),
		),
	});
}

function ofCourse({ tookMs, sleeping, calls, watched }: Ran<unknown>): string[] {
	return found({
		[`it took ${tookMs} ms`]: tookMs > TIMEOUT_MS + SLACK_MS,
		[`it asked ${MAX_CALLS} times`]: watched.calls > MAX_CALLS,
		[`${sleeping} sleeps that nobody ended`]: sleeping > 0,
		[`${calls} requests that nobody ended`]: calls > 0,
	});
}

/** The same of a cancellation. */
export function cancelBreaches(fixture: FuzzFixture, ran: Ran<Cancellation>): string[] {
	const { outcome, broken } = ran;
	if (outcome === null) return [broken ?? 'there is no outcome'];
	const { cancelled, message } = outcome;
	return [
		...found({
			'it says neither that it cancelled nor that it did not': typeof cancelled !== 'boolean',
			[`a message of ${message.length} characters`]: !isReadable(message),
		}),
		...ofCourse(ran),
		...ofKey(fixture, ran),
	];
}

/** What must never be, whatever a provider answers. */
export async function breaches(fixture: FuzzFixture, ran: Ran): Promise<string[]> {
	const { outcome, broken } = ran;
	if (outcome === null) return [broken ?? 'there is no outcome'];
	const { result, ...facts } = outcome;
	const told = result.ok
		? {
				...result.value,
				images: result.value.images.map(({ value, ...image }) => ({ ...image, size: value.length })),
			}
		: result.fault;
	return [
		...found({ 'an outcome that is no plain JSON': !isPlain({ ...facts, told }) }),
		...ofCourse(ran),
		...(result.ok ? [] : ofFault(result.fault)),
		...(await ofImages(outcome, fixture.emulator.sampleImage.bytes)),
		...(outcome.job ? ofRecord(outcome.job, fixture.provider, fixture.baseUrl) : []),
		...ofSubmits(fixture.proxy.exchanges),
		...ofKey(fixture, ran),
	];
}
