import { cpus, totalmem, type } from 'node:os';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { dependencies } from '../n8n-host/package.json';
import { markdown, type Aim, type Section } from './support/section';

const page = resolve(__dirname, '..', '..', 'docs', 'benchmarks.md');

function machine(): string {
	const [cpu] = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	return `${cpus().length} cores of ${cpu?.model ?? 'an unknown processor'}, ${memory} GB of memory, ${type()}, Node ${process.version}, n8n ${dependencies.n8n}`;
}

const aimLine = ({ name, met, seen, why }: Aim): string =>
	`- ${met ? '✓' : '✗'} ${name}. Seen: ${seen}.${!met && why !== undefined ? ` ${why}` : ''}`;

function render(sections: readonly Section[]): string {
	const aims = sections.flatMap((section) => section.aims);
	const missed = aims.filter(({ met }) => !met);
	return [
		'# Benchmarks',
		'',
		'What the node costs in time and memory, next to what one would use instead, in one run against the same emulator. Written by `npm run bench`; do not edit it by hand.',
		'',
		`- Date: ${new Date().toISOString().slice(0, 10)}`,
		`- Machine: ${machine()}`,
		'- Command: `npm run bench`',
		`- Aims met: ${aims.length - missed.length} of ${aims.length}`,
		...(missed.length > 0 ? ['', 'Not met:', '', ...missed.map(aimLine)] : []),
		...sections.flatMap(({ title, text, tables }) => [
			'',
			`## ${title}`,
			...text.flatMap((paragraph) => ['', paragraph]),
			...tables.flatMap((table) => ['', markdown(table)]),
		]),
		'',
	].join('\n');
}

export const writePage = (sections: readonly Section[]): void => writeFileSync(page, render(sections));
