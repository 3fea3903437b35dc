// Writes the fault matrix into docs/reliability.md (npm run docs), from the rules that test/faults holds the node to.
// test/faults/doc.test.ts fails while the page is stale.
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
	type Cell,
	type MatrixStage,
	type Trouble,
} from './reliability/matrix';
import { endingOf, type Ending } from './reliability/rules';
import { traitsOf, type Traits } from './reliability/traits';

export const page = resolve(__dirname, '../../docs/reliability.md');

const [begin, end] = ['<!-- matrix -->', '<!-- /matrix -->'];

const titles: Record<MatrixStage, string> = {
	submit: 'Submit: the request that costs money',
	status: 'Status: looking at a job',
	result: 'Result: asking for what a finished job made',
	download: 'Download: fetching the image',
	cancel: 'Cancel: at the timeout, of a job that never ends',
	job: 'The job itself',
};

const names: Record<Exclude<FaultKind, 'status'>, string> = {
	reset: 'connection reset',
	lostAnswer: 'answer lost',
	hang: 'no answer',
	stall: 'answer stops half way',
	truncate: 'answer cut off',
	html: 'a web page',
	empty: 'an empty answer',
	unknownStatus: 'an unknown status word',
	expired: 'link has run out',
	notAnImage: 'no image',
	corrupt: 'half an image',
	redirect: 'redirect to another origin',
	fail: 'it fails',
	moderate: 'a filter refuses it',
	never: 'it never ends',
};

const legend = [
	'✓ the image is delivered; one job was accepted, and so billed',
	'a word: the run fails with this `details.code`; no job was accepted',
	'a word with +: the same, but one job was accepted; the error carries it, so that its image can still be had',
	'a word with ?: one job was accepted and never named; where its answer was lost, the error says that it may have been accepted, and it is not sent again',
	'↻ the submit was sent again, because the provider had refused it with 429',
];

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

const nameOf = ({ kind, status, retryAfter }: Trouble): string =>
	kind !== 'status'
		? names[kind]
		: retryAfter
			? `${status} with Retry-After (seconds or date)`
			: `${status}`;

function symbol({ end: word, job, billed, again }: Ending): string {
	const how = word === 'delivered' ? '✓' : billed === 0 ? word : `${word} ${job ? '+' : '?'}`;
	return again ? `${how} ↻` : how;
}

/** Providers at which every fault of a stage ends the same are one column. */
function columnsOf(stage: MatrixStage, list: readonly Provider[]): Provider[][] {
	const columns = new Map<string, Provider[]>();
	for (const provider of list) {
		const endings = cellsAt(stage)
			.map((cell) => symbol(endingOf(cell, traitsOf(provider))))
			.join();
		columns.set(endings, [...(columns.get(endings) ?? []), provider]);
	}
	return [...columns.values()].sort((a, b) => b.length - a.length);
}

/** Faults that end the same everywhere are one row. */
function rowsOf(stage: MatrixStage, traits: readonly Traits[]): string[] {
	const rows = new Map<string, Set<string>>();
	const add = (often: string, endings: string, trouble: Trouble) => {
		const rest = `${often} | ${endings}`;
		rows.set(rest, (rows.get(rest) ?? new Set()).add(nameOf(trouble)));
	};
	for (const trouble of troublesAt(stage)) {
		const endings = (times: Cell['times']) =>
			traits.map((each) => symbol(endingOf({ stage, trouble, times }, each))).join(' | ');
		const [once, always] = [endings('once'), endings('always')];
		if (once === always) add('once or always', once, trouble);
		else {
			add('once', once, trouble);
			add('always', always, trouble);
		}
	}
	return [...rows].map(([rest, troubles]) => row([...troubles].join(', '), rest));
}

function section(stage: MatrixStage, list: readonly Provider[]): string[] {
	const columns = columnsOf(
		stage,
		list.filter((provider) => stagesOf(provider).includes(stage)),
	);
	const traits = columns.flatMap(([first]) => (first ? [traitsOf(first)] : []));
	const heads = [
		'fault',
		'how often',
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

/** The page with the matrix as the rules have it; all outside the marks stays. */
export function render(text: string, list: readonly Provider[]): string {
	const [before, after] = [text.indexOf(begin), text.indexOf(end)];
	if (before < 0 || after < before) throw new Error(`${page} has no ${begin} … ${end}`);
	const sorted = [...list].sort((a, b) => a.displayName.localeCompare(b.displayName));
	const matrix = [
		begin,
		'',
		...legend.map((line) => `- ${line}`),
		'',
		...stages.flatMap((stage) => section(stage, sorted)),
	];
	return text.slice(0, before) + matrix.join('\n') + text.slice(after);
}

if (require.main === module) writeFileSync(page, render(readFileSync(page, 'utf8'), providers));
