import type { MeasuredN8n } from '../n8n/measured';
import { withDurations, type BenchEmulators } from '../processes/benchEmulators';
import type { NodeProcess } from '../processes/nodes';
import type { Scenario } from './scenarios';

export interface ScenarioResult {
	scenario: Scenario;
	nodeMs: number;
	/** `null` if n8n is not measured or the scenario has no loop. */
	loopMs: number | null;
	images: number;
	/** Number of images that are complete in n8n's store. */
	stored: number;
	/** Number of jobs that the emulator accepted. */
	charged: number;
	/** Number of submits that were answered 429. */
	refused: number;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
	const startedAt = Date.now();
	await work();
	return Date.now() - startedAt;
}

/** Runs a scenario with this node, and then with the loop of n8n's own nodes if there is one. */
export async function runScenario(
	scenario: Scenario,
	emulators: BenchEmulators,
	node: NodeProcess,
	n8n: MeasuredN8n | null,
): Promise<ScenarioResult> {
	const { items, durationMs, fault, loop } = scenario;
	const emulator = await emulators.start(withDurations(durationMs));
	if (fault) await emulator.inject(fault);
	const { wallMs: nodeMs, images, stored } = await node.run(emulator, { ...scenario.node, items });
	const { jobs, requests } = await emulator.takeRecords();
	const refused = requests.filter(({ status }) => status === 429).length;
	const loopMs = n8n && loop ? await timed(async () => await n8n[loop](emulator, items)) : null;
	return { scenario, nodeMs, loopMs, images, stored, charged: jobs.length, refused };
}
