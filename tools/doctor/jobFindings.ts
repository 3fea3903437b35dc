import type { JobOutcome, JobProvider, JobRecord, Provider } from '../../index';
import { isJobProvider } from '../../nodes/FluxKontext/core/provider';
import { stateOf } from '../../nodes/FluxKontext/core/job/statuses';
import { exchangeText, type Exchange, type ParsedResponse } from './recorder';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const join = (texts: readonly string[]): string => texts.join(', ');

const idFormats: ReadonlyArray<readonly [RegExp, string]> = [
	[/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, 'a UUID'],
	[/^\d+$/, 'a number'],
	[/^[\da-f]+$/i, 'hexadecimal'],
];

const describeId = (id: string): string =>
	idFormats.find(([format]) => format.test(id))?.[1] ?? `${id.length} characters`;

/** Lists the names of a handle's fields, with the host for a URL, and the names of those that are `null`. */
function describeHandle(handle: JobRecord['handle']): string {
	const fields = Object.entries(handle);
	const present = fields.flatMap(([name, value]) =>
		value === null || name === 'id'
			? []
			: [typeof value === 'string' && URL.canParse(value) ? `${name} at ${new URL(value).host}` : name],
	);
	const missing = fields.flatMap(([name, value]) => (value === null ? [name] : []));
	const presentText = present.length > 0 ? `, with ${join(present)}` : '';
	const missingText = missing.length > 0 ? `, without ${join(missing)}` : '';
	return presentText + missingText;
}

/** Reports the accepted job with the attempts that it took. */
export function submitFinding(
	{ id, providerStatus, handle }: JobRecord,
	submits: readonly Exchange[],
): Finding {
	const attempts = submits.map(exchangeText).join('; ');
	return confirmed(
		'submit',
		`${attempts}: job ${id} (${describeId(id)}), "${providerStatus}"${describeHandle(handle)}`,
	);
}

/** Returns the provider's status, but none for a response that only says to ask at another URL. */
const statusesOf = ({ parsed }: ParsedResponse): string[] =>
	parsed.ok && !(parsed.value.state === 'pending' && parsed.value.retryElsewhere)
		? [parsed.value.providerStatus]
		: [];

/** Lists each status of the provider with the time at which it was first reported. */
function timeline(responses: readonly ParsedResponse[], submittedAt: number): string[] {
	const first = new Map<string, number>();
	for (const response of responses)
		for (const status of statusesOf(response))
			first.set(status, first.get(status) ?? response.at - submittedAt);
	return [...first].map(([status, ms]) => `${status} after ${seconds(ms)}`);
}

/** Returns the statuses that are in none of the provider's lists; the engine takes them for pending. */
function unknownStatuses(responses: readonly ParsedResponse[], { statuses }: JobProvider): string[] {
	const pending = responses
		.filter(({ parsed }) => parsed.ok && parsed.value.state === 'pending')
		.flatMap(statusesOf);
	return [...new Set(pending)].filter(
		(status) =>
			stateOf(status, statuses) === 'pending' && !statuses.pending.includes(status.toLowerCase()),
	);
}

/** Lists what is unusual among the responses: errors, and waits that the provider requested. */
function irregularities(exchanges: readonly Exchange[]): string[] {
	const texts = exchanges.flatMap(({ response }) => {
		if (!('status' in response)) return [`no answer (${response.reason})`];
		const retryAfter = response.headers['retry-after'];
		return [
			...(response.status < 200 || response.status >= 300 ? [`status ${response.status}`] : []),
			...(retryAfter === undefined ? [] : [`Retry-After ${retryAfter}`]),
		];
	});
	return [...new Set(texts)];
}

/** Reports the statuses of the job from its submit to its end. */
export function statusFinding(
	provider: Provider,
	job: JobRecord,
	{ polls, result }: JobOutcome<unknown>,
	responses: readonly ParsedResponse[],
	exchanges: readonly Exchange[],
): Finding {
	if (!isJobProvider(provider)) return notApplicable('status', 'the response to the submit is the image');
	if (polls === 0 && job.status === 'succeeded')
		return notApplicable('status', 'the response to the submit had the image already');
	const statusResponses = responses.filter(({ stage }) => stage === 'status');
	const unusual = irregularities(exchanges.filter(({ withKey }) => withKey));
	const count = polls === 1 ? '1 status request' : `${polls} status requests`;
	const history = join([count, ...timeline(statusResponses, Date.parse(job.submittedAt))]);
	const detail = unusual.length > 0 ? `${history}; also ${join(unusual)}` : history;
	const unknown = unknownStatuses(statusResponses, provider);
	if (unknown.length > 0) return notConfirmed('status', `${detail}; unknown statuses: ${join(unknown)}`);
	return job.status === 'succeeded'
		? confirmed('status', detail)
		: notConfirmed('status', `${detail}; ${result.ok ? 'it did not end' : result.fault.message}`);
}

/** Reports what the response with the image contained. */
export function resultFinding(responses: readonly ParsedResponse[]): Finding {
	const last = responses.at(-1);
	if (!last?.parsed.ok || last.parsed.value.state !== 'succeeded')
		return notConfirmed('result', 'no response had an image');
	const { images, meta } = last.parsed.value;
	const kinds = images.map(({ kind }) => (kind === 'url' ? 'a link' : 'the image itself'));
	const reported = Object.entries(meta).flatMap(([name, value]) => (value == null ? [] : [name]));
	const metaText = reported.length > 0 ? `, and ${join(reported)}` : '';
	return confirmed('result', `reported with the ${last.stage}: ${join(kinds)}${metaText}`);
}
