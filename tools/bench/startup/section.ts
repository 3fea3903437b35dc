import { stat } from 'node:fs/promises';

import type { Check, Section, Table, Target } from '../support/section';
import { marked, median, percentile } from '../support/statistics';
import { measureLoads, type Load, type Loads } from './measure';
import { createEmptyPackage, unpack } from './packages';

const MAX_TARBALL_BYTES = 190_000;
/** Limit for the loading time above that of an empty package. */
const MAX_LOAD_MS = 50;
const FULL_LOADS = 15;

interface Measured {
	tarballBytes: number;
	/** Loading time above that of an empty package. */
	loadMs: number;
	loads: Loads;
}

const toMs = (loads: readonly Load[]) => loads.map(({ ms }) => ms);
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;
const milliseconds = (ms: number) => `${ms.toFixed(1)} ms`;

async function measure(packageTarball: string, times: number): Promise<Measured> {
	const folders = { thisPackage: await unpack(packageTarball), emptyPackage: await createEmptyPackage() };
	const { size: tarballBytes } = await stat(packageTarball);
	const loads = await measureLoads(folders, times);
	const loadMs = median(toMs(loads.thisPackage)) - median(toMs(loads.emptyPackage));
	return { tarballBytes, loadMs, loads };
}

function describe({ tarballBytes, loadMs }: Measured, times: number): string {
	return (
		`The tarball has ${kilobytes(tarballBytes)}; the target is ${kilobytes(MAX_TARBALL_BYTES)}. n8n's ` +
		`loader needs ${milliseconds(loadMs)} more for the package than for one with a single empty node; ` +
		`the target is ${MAX_LOAD_MS} ms. Medians of ${times} fresh processes each, alternating. n8n ` +
		'itself has loaded n8n-workflow and zod before; the last row shows the package in plain Node, ' +
		'with the files of both.'
	);
}

function loadsTable({ thisPackage, emptyPackage, plainNode }: Loads): Table {
	const row = (name: string, loads: readonly Load[]) => [
		name,
		milliseconds(median(toMs(loads))),
		milliseconds(percentile(toMs(loads), 0.9)),
		String(loads[0]?.packageFiles),
		String(loads[0]?.otherFiles),
	];
	return {
		head: [
			'loaded',
			'median',
			'90th percentile',
			'files of the package',
			'files of n8n-workflow, zod and their dependencies',
		],
		rows: [
			row('an empty package, by n8n', emptyPackage),
			row('this package, by n8n', thisPackage),
			row('this package, in plain Node', plainNode),
		],
	};
}

function targetsTable({ tarballBytes, loadMs }: Measured): Table {
	return {
		head: ['', 'measured', 'target'],
		rows: [
			[
				'tarball',
				marked(kilobytes(tarballBytes), tarballBytes < MAX_TARBALL_BYTES),
				`below ${kilobytes(MAX_TARBALL_BYTES)}`,
			],
			[
				'loading time above an empty package',
				marked(milliseconds(loadMs), loadMs < MAX_LOAD_MS),
				`below ${MAX_LOAD_MS} ms`,
			],
		],
	};
}

function toTargets({ tarballBytes, loadMs }: Measured): Target[] {
	return [
		{
			name: `Tarball below ${kilobytes(MAX_TARBALL_BYTES)}`,
			met: tarballBytes < MAX_TARBALL_BYTES,
			measured: kilobytes(tarballBytes),
		},
		{
			name: `Loading time below ${MAX_LOAD_MS} ms above an empty package`,
			met: loadMs < MAX_LOAD_MS,
			measured: milliseconds(loadMs),
		},
	];
}

const tarballCheck = ({ tarballBytes }: Measured): Check => ({
	name: 'size of the tarball in bytes',
	ok: tarballBytes < MAX_TARBALL_BYTES,
	values: `${tarballBytes}, expected below ${MAX_TARBALL_BYTES}`,
});

/** Measures the size of the tarball and how long n8n needs to load the package. */
export async function startupSection(packageTarball: string, isShort: boolean): Promise<Section> {
	const times = isShort ? 1 : FULL_LOADS;
	const measured = await measure(packageTarball, times);
	return {
		title: 'Start-up and size',
		text: [describe(measured, times)],
		tables: [loadsTable(measured.loads), targetsTable(measured)],
		checks: [tarballCheck(measured)],
		targets: toTargets(measured),
	};
}
