import type { MeasuredN8n } from '../n8n/measured';
import { withDurations, type BenchEmulators } from '../processes/benchEmulators';
import { startNode } from '../processes/nodes';
import { equal, type Check, type Section, type Target } from '../support/section';
import { marked, seconds } from '../support/statistics';
import { runScenario, type ScenarioResult } from './runScenario';
import { scenarios } from './scenarios';

/** Share of the items in the short form. */
const SHORT_SHARE = 0.2;

const head = ['scenario', 'items', 'duration of a job', 'ideal', 'target', 'this node', "n8n's own nodes"];

const isMet = ({ scenario, nodeMs }: ScenarioResult) => nodeMs <= scenario.targetMs;

function toRow(result: ScenarioResult): string[] {
	const { scenario, nodeMs, loopMs } = result;
	const { name, items, durationMs, idealMs, targetMs } = scenario;
	return [
		name,
		String(items),
		seconds(durationMs),
		seconds(idealMs),
		seconds(targetMs),
		marked(seconds(nodeMs), isMet(result)),
		loopMs === null ? '' : seconds(loopMs),
	];
}

function toChecks({ scenario, images, stored, charged, refused }: ScenarioResult): Check[] {
	const { name, items, fault } = scenario;
	return [
		equal(`${name}: images of ${items} items`, images, items),
		equal(`${name}: complete images in the store`, stored, items),
		equal(`${name}: jobs charged`, charged, items),
		equal(`${name}: submits refused with 429`, refused, fault?.times ?? 0),
	];
}

function toTarget(result: ScenarioResult): Target {
	const { scenario, nodeMs } = result;
	return {
		name: `Makespan, ${scenario.name}: at most ${seconds(scenario.targetMs)}`,
		met: isMet(result),
		measured: seconds(nodeMs),
		reason:
			'A slot becomes free only when the end of its job has been noticed. That lag of some tenths of ' +
			'a second occurs once per group of jobs, and is longest for the first.',
	};
}

/** Measures how long the node needs for many items. */
export async function makespanSection(
	emulators: BenchEmulators,
	n8n: MeasuredN8n | null,
	isShort: boolean,
): Promise<Section> {
	const node = await startNode();
	const results: ScenarioResult[] = [];
	try {
		// Warm-up: the first run of a process loads modules, which later runs reuse.
		const warmUp = await emulators.start(withDurations(500));
		await node.run(warmUp, { provider: 'replicate', items: 3, concurrency: 3 });
		for (const scenario of scenarios(isShort ? SHORT_SHARE : 1))
			results.push(await runScenario(scenario, emulators, node, n8n));
	} finally {
		await node.stop();
	}
	return {
		title: 'Makespan: many items in one run',
		text: [
			'Time from the start of the run until the last image is stored. The ideal is the shortest time ' +
				"that the duration of the jobs and the provider's limits allow.",
		],
		tables: [{ head, rows: results.map(toRow) }],
		checks: results.flatMap(toChecks),
		targets: results.map(toTarget),
	};
}
