// Measures the node and its alternatives and writes docs/benchmarks.md (npm run bench). With --short, it only
// checks counts, without n8n, which takes a minute or two; a wrong count is an error.
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { packTarball } from '../n8n-host/pack';
import { lagSection } from './lag/section';
import { makespanSection } from './makespan/section';
import { measuredEmulatorOptions, memorySection } from './memory/section';
import { prepareN8n, type MeasuredN8n, type PreparedN8n } from './n8n/measured';
import { writePage } from './page';
import { startBenchEmulators, type BenchEmulators } from './processes/benchEmulators';
import { scalingSection } from './scaling/section';
import { startupSection } from './startup/section';
import { markdown, type Section } from './support/section';
import { removeAtExit } from './support/temporary';

/** What the sections need. */
interface BenchContext {
	isShort: boolean;
	emulators: BenchEmulators;
	packageTarball: string;
	/** `null` in the short form, and if no chosen section measures n8n. */
	n8n: PreparedN8n | null;
}

async function withN8n(
	prepared: PreparedN8n | null,
	measure: (n8n: MeasuredN8n | null) => Promise<Section>,
): Promise<Section> {
	const n8n = prepared && (await prepared.start());
	try {
		return await measure(n8n);
	} finally {
		await n8n?.stop();
	}
}

const sections = {
	lag: async ({ emulators, n8n, isShort }: BenchContext) =>
		await withN8n(n8n, async (running) => await lagSection(emulators, running, isShort)),
	makespan: async ({ emulators, n8n, isShort }: BenchContext) =>
		await withN8n(n8n, async (running) => await makespanSection(emulators, running, isShort)),
	memory: async ({ emulators, n8n, isShort }: BenchContext) => await memorySection(emulators, n8n, isShort),
	startup: async ({ packageTarball, isShort }: BenchContext) =>
		await startupSection(packageTarball, isShort),
	scaling: async ({ emulators, isShort }: BenchContext) => await scalingSection(emulators, isShort),
};
type SectionName = keyof typeof sections;
const sectionNames = Object.keys(sections) as SectionName[];
/** Sections that measure n8n itself. */
const n8nSections: readonly SectionName[] = ['lag', 'makespan', 'memory'];

function readArguments(): { isShort: boolean; chosen: SectionName[] } {
	const { values } = parseArgs({
		options: {
			short: { type: 'boolean', default: false },
			only: { type: 'string', default: sectionNames.join() },
		},
	});
	const only = values.only.split(',');
	const unknown = only.filter((name) => !sectionNames.some((known) => known === name));
	if (unknown.length > 0) {
		throw new Error(
			`--only accepts ${sectionNames.join(', ')}, separated by commas (not ${unknown.join(', ')})`,
		);
	}
	return { isShort: values.short, chosen: sectionNames.filter((name) => only.includes(name)) };
}

const print = (line: string) => console.log(line);

function printSection({ title, tables, checks, targets }: Section, isShort: boolean): void {
	print(`\n## ${title}\n`);
	for (const table of tables) print(`${markdown(table)}\n`);
	// The short form measures too little to judge targets.
	for (const { name, met, measured } of isShort ? [] : targets)
		print(`${met ? 'target met' : 'target not met'}: ${name}. Measured: ${measured}`);
	for (const { name, ok, values } of checks) print(`${ok ? 'passed' : 'FAILED'}: ${name}: ${values}`);
}

async function runSections(chosen: readonly SectionName[], context: BenchContext): Promise<Section[]> {
	const finished: Section[] = [];
	for (const name of chosen) {
		const startedAt = Date.now();
		const section = await sections[name](context);
		printSection(section, context.isShort);
		print(`${name}: ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
		finished.push(section);
	}
	return finished;
}

async function measure(isShort: boolean, chosen: readonly SectionName[]): Promise<Section[]> {
	const packageTarball = await packTarball();
	removeAtExit(dirname(packageTarball));
	const emulators = startBenchEmulators();
	try {
		const needsN8n = !isShort && chosen.some((name) => n8nSections.includes(name));
		const n8n = needsN8n
			? await prepareN8n(await emulators.start(measuredEmulatorOptions), packageTarball, print)
			: null;
		return await runSections(chosen, { isShort, emulators, packageTarball, n8n });
	} finally {
		await emulators.stop();
	}
}

async function main(): Promise<void> {
	const { isShort, chosen } = readArguments();
	const finished = await measure(isShort, chosen);
	// With only some of the sections the page would be incomplete.
	if (!isShort && chosen.length === sectionNames.length) writePage(finished);
	const checks = finished.flatMap((section) => section.checks);
	const failed = checks.filter(({ ok }) => !ok).length;
	print(`\n${checks.length - failed} passed, ${failed} failed`);
	if (failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
