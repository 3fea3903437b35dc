import type { JobOutcome, JobRecord, Provider } from '../../index';
import { stateOf } from '../../nodes/FluxKontext/core/job/statuses';
import { exchangeText, type Exchange, type Look } from './recorder';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const list = (texts: readonly string[]): string => texts.join(', ');

const forms: ReadonlyArray<readonly [RegExp, string]> = [
	[/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, 'a UUID'],
	[/^\d+$/, 'a number'],
	[/^[\da-f]+$/i, 'hexadecimal'],
];

const formOf = (id: string): string =>
	forms.find(([form]) => form.test(id))?.[1] ?? `${id.length} characters`;

/** The names in a handle; for an address the host that it leads to. */
function handleText(handle: JobRecord['handle']): string {
	const fields = Object.entries(handle);
	const told = fields.flatMap(([name, value]) =>
		value === null || name === 'id'
			? []
			: [typeof value === 'string' && URL.canParse(value) ? `${name} at ${new URL(value).host}` : name],
	);
	const missing = fields.flatMap(([name, value]) => (value === null ? [name] : []));
	return `${told.length > 0 ? `, with ${list(told)}` : ''}${missing.length > 0 ? `, without ${list(missing)}` : ''}`;
}

export function submitFinding(
	{ id, providerStatus, handle }: JobRecord,
	submits: readonly Exchange[],
): Finding {
	const tries = submits.map(exchangeText).join('; ');
	return confirmed(
		'submit',
		`${tries}: job ${id} (${formOf(id)}), "${providerStatus}"${handleText(handle)}`,
	);
}

const wordsOf = ({ read }: Look): string[] =>
	read.ok && !(read.value.state === 'pending' && read.value.retryElsewhere)
		? [read.value.providerStatus]
		: [];

/** Each status word of the provider, with the time at which it was first told. */
function timeline(looks: readonly Look[], submittedAt: number): string[] {
	const first = new Map<string, number>();
	for (const look of looks)
		for (const word of wordsOf(look)) first.set(word, first.get(word) ?? look.at - submittedAt);
	return [...first].map(([word, ms]) => `${word} after ${seconds(ms)}`);
}

/** Words that none of the three lists has: with them, the job is taken to go on. */
function unknownWords(looks: readonly Look[], { statuses }: Provider): string[] {
	const words = looks.filter(({ read }) => read.ok && read.value.state === 'pending').flatMap(wordsOf);
	return [...new Set(words)].filter(
		(word) => stateOf(word, statuses) === 'pending' && !statuses.pending.includes(word.toLowerCase()),
	);
}

/** What stood out among the answers: trouble, and waits that the provider asked for. */
function oddities(exchanges: readonly Exchange[]): string[] {
	const seen = exchanges.flatMap(({ answer }) => {
		if (!('status' in answer)) return [`no answer (${answer.reason})`];
		const wait = answer.headers['retry-after'];
		return [
			...(answer.status < 200 || answer.status >= 300 ? [`status ${answer.status}`] : []),
			...(wait === undefined ? [] : [`Retry-After ${wait}`]),
		];
	});
	return [...new Set(seen)];
}

/** How the job was followed from the submit to its end. */
export function statusFinding(
	provider: Provider,
	job: JobRecord,
	{ polls, result }: JobOutcome<unknown>,
	looks: readonly Look[],
	exchanges: readonly Exchange[],
): Finding {
	if (!provider.buildStatus) return notApplicable('status', 'the answer to the submit is the image');
	if (polls === 0 && job.status === 'succeeded')
		return notApplicable('status', 'the answer to the submit had the image already');
	const asked = looks.filter(({ stage }) => stage === 'status');
	const odd = oddities(exchanges.filter(({ withKey }) => withKey));
	const seen = `${list([polls === 1 ? '1 look' : `${polls} looks`, ...timeline(asked, Date.parse(job.submittedAt))])}${odd.length > 0 ? `; also ${list(odd)}` : ''}`;
	const unknown = unknownWords(asked, provider);
	if (unknown.length > 0) return notConfirmed('status', `${seen}; unknown words: ${list(unknown)}`);
	return job.status === 'succeeded'
		? confirmed('status', seen)
		: notConfirmed('status', `${seen}; ${result.ok ? 'it did not end' : result.fault.message}`);
}

/** What the answer with the image told. */
export function resultFinding(looks: readonly Look[]): Finding {
	const last = looks.at(-1);
	if (!last?.read.ok || last.read.value.state !== 'succeeded')
		return notConfirmed('result', 'no answer had an image');
	const { images, meta } = last.read.value;
	const kinds = images.map(({ kind }) => (kind === 'url' ? 'a link' : 'the image itself'));
	const told = Object.entries(meta).flatMap(([name, value]) => (value == null ? [] : [name]));
	return confirmed(
		'result',
		`told with the ${last.stage}: ${list(kinds)}${told.length > 0 ? `, and ${list(told)}` : ''}`,
	);
}
