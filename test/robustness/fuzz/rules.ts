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
import { TIMEOUT_MS, type FuzzFixture } from './fuzzFixture';
import { undocumented, type KeyedRequest, type Purpose } from './documentedRequests';
import type { FuzzRun } from './fuzzRun';
import { FILES, type Exchange } from './proxy';
import { MAX_REQUESTS } from './watchedPorts';

const codes: readonly unknown[] = faultCodes;
/** Tells whether a value is a fault code. */
export const isCode = (code: unknown): boolean => codes.includes(code);

/** Longest text for people, in characters: not a provider's page, and not a response of megabytes. */
const MAX_TEXT = 2_000;
/** Tells whether a value is a text that a person can read. */
export const isReadable = (text: unknown): boolean =>
	typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT;
/** Most images of a job: more than any model makes at a time, and as many links as a handle holds. */
const MAX_IMAGES = 100;
/** Milliseconds beyond the timeout that a submit (120 s) and a cancel request (10 s) may take. */
const SLACK_MS = 130_000;

/** Tells whether a value survives being written as JSON and parsed again, as n8n stores it. */
export function isPlain(value: unknown): boolean {
	if (typeof value === 'number') return Number.isFinite(value);
	if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
	return typeof value === 'object' && Object.values(value).every(isPlain);
}

/** Lists the violations that hold. */
export const violated = (violations: Readonly<Record<string, boolean>>): string[] =>
	Object.entries(violations).flatMap(([text, holds]) => (holds ? [text] : []));

/** Lists what is wrong with a fault. */
export function faultViolations(fault: Fault): string[] {
	const { code, message, description, httpStatus, providerStatus, retryable } = fault;
	return violated({
		[`unknown code: ${code}`]: !isCode(code),
		[`a message of ${message.length} characters`]: !isReadable(message),
		[`a description of ${description.length} characters`]: !isReadable(description),
		'httpStatus is not an integer': httpStatus !== null && !Number.isInteger(httpStatus),
		'providerStatus is not text': providerStatus !== null && typeof providerStatus !== 'string',
		'retryable is not a boolean': typeof retryable !== 'boolean',
	});
}

async function imageViolations({ job, result }: JobOutcome<Buffer>, sample: Buffer): Promise<string[]> {
	if (!result.ok) return [];
	const { images } = result.value;
	const checks = await Promise.all(
		images.map(
			async ({ value, bytes }) =>
				bytes === value.length && (sample.equals(value) || (await wasDrawn(value))),
		),
	);
	return violated({
		'an image is not one of the emulator': !checks.every(Boolean),
		[`${images.length} images`]: images.length > MAX_IMAGES,
		'a success without image or job': job === null || (images.length === 0 && job.status !== 'pending'),
	});
}

/** Lists what is wrong with a job record: Job → Get and Job → Wait must accept it. */
export function recordViolations(job: JobRecord, provider: Provider): string[] {
	const read = readJob(JSON.stringify(job), provider);
	return read.ok ? [] : [`the job record is refused: ${read.fault.message}`];
}

/**
 * Tells whether a response calls for another attempt: 429 in its status, or, as some providers have it, in
 * the body of a 2xx response. It may be mutated.
 */
function isRateLimited({ answer }: Exchange): boolean {
	if (answer === null) return false;
	return (
		answer.status === 429 ||
		(answer.status >= 200 && answer.status < 300 && /429|RATE_LIMITED/.test(answer.body.toString()))
	);
}

function submitViolations(exchanges: readonly Exchange[]): string[] {
	const submits = exchanges.filter(({ stage }) => stage === 'submit');
	return violated({ 'a submit was repeated without a 429': !submits.slice(0, -1).every(isRateLimited) });
}

/** What a run was about. */
export type RunPurpose = Pick<Purpose, 'maySubmit' | 'jobId'>;

/** Lists the requests that arrived with the key. */
const arrivedWithKey = ({ proxy, apiKey }: FuzzFixture): KeyedRequest[] =>
	proxy.exchanges
		.filter(({ headers }) => headers.includes(apiKey))
		.map(({ method, path }) => ({ method, url: proxy.origin + path }));

function keyViolations(
	fixture: FuzzFixture,
	{ outcome, activity }: FuzzRun<unknown>,
	purpose: RunPurpose,
): string[] {
	const { apiKey, baseUrl, provider, proxy, foreign, emulator } = fixture;
	const { host } = new URL(baseUrl);
	const hasKey = (value: unknown) => JSON.stringify(value).includes(apiKey);
	const { withKey, refusedLinks } = activity;
	// A link at the origin of the base URL may get the key, which `undocumented` checks.
	const proxiedFiles = proxy.exchanges.map(({ path }) => path.replace(FILES, ''));
	return [
		...violated({
			'the key is in the outcome': hasKey(outcome),
			'the key was sent to a foreign server': hasKey(foreign.received),
			'the key was sent to the file server': hasKey(
				emulator.requests.filter(
					({ provider: server, path }) => server === 'files' && !proxiedFiles.includes(path),
				),
			),
			'the key was sent to another host name of the proxy': hasKey(
				proxy.exchanges.filter((exchange) => exchange.host !== host),
			),
		}),
		...undocumented([...withKey, ...arrivedWithKey(fixture)], {
			...purpose,
			provider,
			baseUrl,
			refusedLinks,
		}),
	];
}

/** Lists the limits of time and resources that a run exceeded. */
function boundViolations({ tookMs, openSleeps, openRequests, activity }: FuzzRun<unknown>): string[] {
	return violated({
		[`it took ${tookMs} ms`]: tookMs > TIMEOUT_MS + SLACK_MS,
		[`it made more than ${MAX_REQUESTS} requests`]: activity.requestCount > MAX_REQUESTS,
		[`${openSleeps} sleeps are open`]: openSleeps > 0,
		[`${openRequests} requests are open`]: openRequests > 0,
	});
}

/** Lists what is wrong with a cancellation. */
export function cancellationViolations(
	fixture: FuzzFixture,
	run: FuzzRun<Cancellation>,
	jobId: string,
): string[] {
	const { outcome, failure } = run;
	if (outcome === null) return [failure ?? 'there is no outcome'];
	const { cancelled, message } = outcome;
	return [
		...violated({
			'cancelled is not a boolean': typeof cancelled !== 'boolean',
			[`a message of ${message.length} characters`]: !isReadable(message),
		}),
		...boundViolations(run),
		...keyViolations(fixture, run, { maySubmit: false, jobId }),
	];
}

/** Lists what is wrong with a run, whatever the provider responded. Default: it submitted a job. */
export async function violations(
	fixture: FuzzFixture,
	run: FuzzRun<JobOutcome<Buffer>>,
	resumedId?: string,
): Promise<string[]> {
	const { outcome, failure } = run;
	if (outcome === null) return [failure ?? 'there is no outcome'];
	const { result, ...facts } = outcome;
	const content = result.ok
		? {
				...result.value,
				images: result.value.images.map(({ value, ...image }) => ({ ...image, size: value.length })),
			}
		: result.fault;
	return [
		...violated({ 'the outcome is not plain JSON': !isPlain({ ...facts, content }) }),
		...boundViolations(run),
		...(result.ok ? [] : faultViolations(result.fault)),
		...(await imageViolations(outcome, fixture.emulator.sampleImage.bytes)),
		...(outcome.job ? recordViolations(outcome.job, fixture.provider) : []),
		...submitViolations(fixture.proxy.exchanges),
		...keyViolations(fixture, run, {
			maySubmit: resumedId === undefined,
			jobId: resumedId ?? outcome.job?.id ?? null,
		}),
	];
}
