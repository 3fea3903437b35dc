// Generates the fault tables of docs/reliability.md (npm run docs) from the rules that test/robustness/matrix
// asserts. test/robustness/matrix/doc.test.ts fails if the page is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import type { FaultKind } from '../emulator/types';
import {
	cellsAt,
	stages,
	stagesOf,
	troublesAt,
	timesOf,
	type MatrixStage,
	type StoreKind,
	type Times,
	type Trouble,
} from './reliability/matrix';
import type { Ending } from './reliability/ending';
import { endingOf } from './reliability/rules';
import { traitsOf, type Traits } from './reliability/traits';

export const page = resolve(__dirname, '../../docs/reliability.md');

const BEGIN = '<!-- matrix -->';
const END = '<!-- /matrix -->';

const titles: Record<MatrixStage, string> = {
	input: 'Input: reading an input image from its URL',
	submit: 'Submit: the request that is charged',
	status: 'Status request: polling the job',
	result: 'Result request: reading the result of a finished job',
	answer: 'Answer: the response that names or holds the image',
	download: 'Download: fetching the image',
	store: "Store: n8n's binary data storage",
	cancel: 'Cancel request: at the timeout of a job that never ends',
	job: 'Job: the provider cannot finish it',
};

const names: Record<Exclude<FaultKind | StoreKind, 'status' | 'held'>, string> = {
	reset: 'connection reset',
	lostAnswer: 'response lost',
	hang: 'no response',
	stall: 'response stalls',
	truncate: 'response truncated',
	html: 'web page instead of the response',
	empty: 'empty response',
	unknownStatus: 'unknown status',
	expired: 'link expired',
	notAnImage: 'not an image',
	corrupt: 'incomplete image',
	redirect: 'redirect to another origin',
	large: 'response of 30 MB',
	bomb: 'response of some kB that decompresses to 66 MB',
	noImage: 'comes without an image',
	storeFails: 'refuses the image',
	storeHangs: 'never ends',
	fail: 'fails',
	moderate: 'is refused by a filter',
	never: 'never ends',
};

const legend = [
	'✓: the image is delivered; one job was accepted and charged',
	'a code: the run fails with this `details.code`; no job was accepted',
	'a code with +: the run fails with this code; one job was accepted, and the error carries it, so that ' +
		'its image can still be fetched',
	'a code with ×: the run fails with this code; one job was accepted, and its image is lost, because it ' +
		'came inside the response and the provider keeps no job',
	'a code with ?: the run fails with this code; one job was accepted, but its id is not known. If the ' +
		'response was lost, the error says that the job may have been accepted. The submit is not repeated',
	'↻: the submit was repeated, because the provider had refused it with 429',
];

/** Renders one line of a Markdown table. */
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

const saidText: Record<NonNullable<Trouble['says']>, string> = {
	upstream: 'of the infrastructure',
	jobFailed: 'that says that the job failed',
};

function nameOf({ kind, status, retryAfter, says }: Trouble): string {
	if (kind === 'held') return 'error response that never ends (429, 500, 503)';
	if (kind !== 'status') return names[kind];
	if (says) return `${status} ${saidText[says]}`;
	return retryAfter ? `${status} with Retry-After (seconds or date)` : `${status}`;
}

function symbol({ end, job, lost, billed, again }: Ending): string {
	const mark = lost ? '×' : job ? '+' : '?';
	const outcome = end === 'delivered' ? '✓' : billed === 0 ? end : `${end} ${mark}`;
	return again ? `${outcome} ↻` : outcome;
}

/** Groups the providers at which every fault of a stage has the same outcome; each group is one column. */
function columnsOf(stage: MatrixStage, list: readonly Provider[]): Provider[][] {
	const columns = new Map<string, Provider[]>();
	for (const provider of list) {
		const outcomes = cellsAt(stage)
			.map((cell) => symbol(endingOf(cell, traitsOf(provider))))
			.join();
		columns.set(outcomes, [...(columns.get(outcomes) ?? []), provider]);
	}
	return [...columns.values()].sort((a, b) => b.length - a.length);
}

/** Renders the rows of a stage. Faults that have the same outcome in every column share a row. */
function rowsOf(stage: MatrixStage, traits: readonly Traits[]): string[] {
	const rows = new Map<string, Set<string>>();
	const add = (frequency: string, outcomes: string, trouble: Trouble) => {
		const cells = `${frequency} | ${outcomes}`;
		rows.set(cells, (rows.get(cells) ?? new Set()).add(nameOf(trouble)));
	};
	for (const trouble of troublesAt(stage)) {
		const byOutcomes = new Map<string, Times[]>();
		for (const times of timesOf(trouble)) {
			const outcomes = traits
				.map((column) => symbol(endingOf({ stage, trouble, times }, column)))
				.join(' | ');
			byOutcomes.set(outcomes, [...(byOutcomes.get(outcomes) ?? []), times]);
		}
		for (const [outcomes, times] of byOutcomes) add(times.join(' or '), outcomes, trouble);
	}
	return [...rows].map(([cells, faults]) => row([...faults].join(', '), cells));
}

function section(stage: MatrixStage, list: readonly Provider[]): string[] {
	const columns = columnsOf(
		stage,
		list.filter((provider) => stagesOf(provider).includes(stage)),
	);
	const traits = columns.flatMap(([first]) => (first ? [traitsOf(first)] : []));
	const heads = [
		'fault',
		'occurs',
		...columns.map((column) => column.map(({ displayName }) => displayName).join(', ')),
	];
	return [
		`### ${titles[stage]}`,
		'',
		row(...heads),
		row(...heads.map(() => '---')),
		...rowsOf(stage, traits),
		'',
	];
}

/**
 * Replaces the fault tables between the markers of the page. Text outside the markers is kept. Throws if a
 * marker is missing.
 */
export function render(text: string, list: readonly Provider[]): string {
	const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
	if (before < 0 || after < before) throw new Error(`${page} has no ${BEGIN} … ${END}`);
	const sorted = [...list].sort((a, b) => a.displayName.localeCompare(b.displayName));
	const matrix = [
		BEGIN,
		'',
		...legend.map((line) => `- ${line}`),
		'',
		...stages.flatMap((stage) => section(stage, sorted)),
	];
	return text.slice(0, before) + matrix.join('\n') + text.slice(after);
}

if (require.main === module) writeFileSync(page, render(readFileSync(page, 'utf8'), providers));
