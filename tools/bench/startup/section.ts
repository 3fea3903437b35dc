import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { marked, median, percentile } from '../support/figures';
import type { Section } from '../support/section';
import { emptyPackage, unpacked } from './packages';

const run = promisify(execFile);

interface Loaded {
	ms: number;
	/** Files of the package, and files of others that were not loaded before. */
	own: number;
	others: number;
}

const MAX_TARBALL = 150_000;
const MAX_LOAD_MS = 50;

// As n8n does for community packages: what it ships itself resolves from anywhere.
const env = {
	...process.env,
	NODE_PATH: resolve(__dirname, '../../../node_modules'),
	N8N_LOG_LEVEL: 'silent',
};

async function load(way: 'asN8n' | 'bare', folder: string): Promise<Loaded> {
	const { stdout } = await run(process.execPath, [join(__dirname, 'load.cjs'), way, folder], { env });
	return JSON.parse(stdout) as Loaded;
}

/** In turn, so that what else the machine does at the time hits all alike. */
async function loads(folders: { ours: string; empty: string }, times: number) {
	const [ours, empty, bare]: Loaded[][] = [[], [], []];
	for (let time = 0; time < times; time += 1) {
		empty?.push(await load('asN8n', folders.empty));
		ours?.push(await load('asN8n', folders.ours));
		bare?.push(await load('bare', folders.ours));
	}
	return { ours: ours ?? [], empty: empty ?? [], bare: bare ?? [] };
}

export async function startupSection(packageTarball: string, isShort: boolean): Promise<Section> {
	const folders = { ours: await unpacked(packageTarball), empty: await emptyPackage() };
	const times = isShort ? 1 : 15;
	const { size } = await stat(packageTarball);
	const { ours, empty, bare } = await loads(folders, times);
	const milliseconds = (list: readonly Loaded[]) => list.map(({ ms }) => ms);
	const above = median(milliseconds(ours)) - median(milliseconds(empty));
	const row = (name: string, list: readonly Loaded[]) => {
		const figures = milliseconds(list);
		const [first] = list;
		return [
			name,
			`${median(figures).toFixed(1)} ms`,
			`${percentile(figures, 0.9).toFixed(1)} ms`,
			String(first?.own),
			String(first?.others),
		];
	};
	return {
		title: 'Start-up and size',
		text: [
			`The tarball has ${(size / 1000).toFixed(0)} kB; the aim is ${MAX_TARBALL / 1000} kB. n8n's own loader takes ${above.toFixed(1)} ms longer for the package than for one with a single node that does nothing; the aim is ${MAX_LOAD_MS} ms. Medians of ${times} fresh processes each, in turn. In n8n, n8n-workflow and zod are there before; the last row is the package in a bare Node, with the files of both.`,
		],
		tables: [
			{
				head: [
					'loaded',
					'median',
					'90th percentile',
					'files of the package',
					'files of n8n-workflow, zod and theirs',
				],
				rows: [
					row('an empty package, by n8n', empty),
					row('this package, by n8n', ours),
					row('this package, in a bare Node', bare),
				],
			},
			{
				head: ['', 'seen', 'aim'],
				rows: [
					[
						'tarball',
						marked(`${(size / 1000).toFixed(0)} kB`, size < MAX_TARBALL),
						`below ${MAX_TARBALL / 1000} kB`,
					],
					[
						'loading, above an empty package',
						marked(`${above.toFixed(1)} ms`, above < MAX_LOAD_MS),
						`below ${MAX_LOAD_MS} ms`,
					],
				],
			},
		],
		checks: [
			{
				name: 'size of the tarball in bytes',
				ok: size < MAX_TARBALL,
				seen: `${size}, below ${MAX_TARBALL}`,
			},
		],
		aims: [
			{
				name: `Tarball below ${MAX_TARBALL / 1000} kB`,
				met: size < MAX_TARBALL,
				seen: `${(size / 1000).toFixed(0)} kB`,
			},
			{
				name: `Loading below ${MAX_LOAD_MS} ms above an empty package`,
				met: above < MAX_LOAD_MS,
				seen: `${above.toFixed(1)} ms`,
			},
		],
	};
}
