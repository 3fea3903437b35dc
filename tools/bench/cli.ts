// Measures the node next to what one would use instead (npm run bench) and writes docs/benchmarks.md. With --short, only
// what is counted is looked at, in a minute or two and without n8n, and a wrong count is an error.
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { packTarball } from '../n8n-host/pack';
import { lagSection } from './lag/section';
import { makespanSection } from './makespan/section';
import { measuredLane, memorySection } from './memory/section';
import { prepareN8n, type MeasuredN8n, type PreparedN8n } from './n8n/measured';
import { writePage } from './page';
import { startLanes, type Lanes } from './processes/lanes';
import { scalingSection } from './scaling/section';
import { startupSection } from './startup/section';
import { markdown, type Section } from './support/section';
import { removeAtEnd } from './support/temporary';

interface Bench {
	isShort: boolean;
	lanes: Lanes;
	packageTarball: string;
	/** Not in the short form, and only where it is measured. */
	n8n: PreparedN8n | null;
}

async function within(
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
	lag: async ({ lanes, n8n, isShort }: Bench) =>
		await within(n8n, async (running) => await lagSection(lanes, running, isShort)),
	makespan: async ({ lanes, n8n, isShort }: Bench) =>
		await within(n8n, async (running) => await makespanSection(lanes, running, isShort)),
	memory: async ({ lanes, n8n, isShort }: Bench) => await memorySection(lanes, n8n, isShort),
	startup: async ({ packageTarball, isShort }: Bench) => await startupSection(packageTarball, isShort),
	scaling: async ({ lanes, isShort }: Bench) => await scalingSection(lanes, isShort),
};
type Name = keyof typeof sections;
const names = Object.keys(sections) as Name[];
/** Where n8n itself is measured. */
const inN8n: readonly Name[] = ['lag', 'makespan', 'memory'];

function settings(): { isShort: boolean; chosen: Name[] } {
	const { values } = parseArgs({
		options: {
			short: { type: 'boolean', default: false },
			only: { type: 'string', default: names.join() },
		},
	});
	const asked = values.only.split(',');
	const unknown = asked.filter((name) => !names.some((known) => known === name));
	if (unknown.length > 0)
		throw new Error(`--only takes ${names.join(', ')}, separated by commas, not ${unknown.join(', ')}`);
	return { isShort: values.short, chosen: names.filter((name) => asked.includes(name)) };
}

const say = (line: string) => console.log(line);

function show({ title, tables, checks, aims }: Section, isShort: boolean): void {
	say(`\n## ${title}\n`);
	for (const table of tables) say(`${markdown(table)}\n`);
	// The short form is too short for them.
	for (const { name, met, seen } of isShort ? [] : aims)
		say(`${met ? 'aim met' : 'aim not met'}: ${name}. Seen: ${seen}`);
	for (const { name, ok, seen } of checks) say(`${ok ? 'passed' : 'FAILED'}: ${name}: ${seen}`);
}

async function main(): Promise<void> {
	const { isShort, chosen } = settings();
	const packageTarball = await packTarball();
	removeAtEnd(dirname(packageTarball));
	const lanes = startLanes();
	let n8n: PreparedN8n | null = null;
	const done: Section[] = [];
	try {
		n8n =
			isShort || !chosen.some((name) => inN8n.includes(name))
				? null
				: await prepareN8n(await lanes.open(measuredLane), packageTarball, say);
		for (const name of chosen) {
			const started = Date.now();
			const section = await sections[name]({ isShort, lanes, packageTarball, n8n });
			show(section, isShort);
			say(`${name}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
			done.push(section);
		}
	} finally {
		await lanes.stop();
	}
	// A page of some sections would lack the others.
	if (!isShort && chosen.length === names.length) writePage(done);
	const checks = done.flatMap((section) => section.checks);
	const failed = checks.filter(({ ok }) => !ok).length;
	say(`\n${checks.length - failed} passed, ${failed} failed`);
	if (failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
