import type { MeasuredN8n } from '../n8n/measured';
import { ofLength, type Lanes } from '../processes/lanes';
import { startNode } from '../processes/nodes';
import { marked, seconds } from '../support/figures';
import { equal, type Section } from '../support/section';
import { play, scenarios, type Outcome } from './scenarios';

const SHORT_SHARE = 0.2;

const isMet = ({ scenario, nodeMs }: Outcome) => nodeMs <= scenario.aimMs;

export async function makespanSection(
	lanes: Lanes,
	n8n: MeasuredN8n | null,
	isShort: boolean,
): Promise<Section> {
	const node = await startNode();
	const outcomes: Outcome[] = [];
	try {
		// The first run of a process loads what the later ones find.
		await node.run(await lanes.open(ofLength(500)), { provider: 'replicate', items: 3, concurrency: 3 });
		for (const scenario of scenarios(isShort ? SHORT_SHARE : 1))
			outcomes.push(await play(scenario, lanes, node, n8n));
	} finally {
		await node.stop();
	}
	return {
		title: 'Makespan: many items in one run',
		text: [
			'From the start of the run to the last stored image. The ideal is what the time of the jobs and the limits of the provider demand by themselves.',
		],
		tables: [
			{
				head: ['run', 'items', 'a job takes', 'ideal', 'aim', 'this node', "n8n's own nodes"],
				rows: outcomes.map((outcome) => {
					const { scenario, nodeMs, loopMs } = outcome;
					const { name, items, lengthMs, idealMs, aimMs } = scenario;
					const loopText = loopMs === null ? '' : seconds(loopMs);
					return [
						name,
						String(items),
						seconds(lengthMs),
						seconds(idealMs),
						seconds(aimMs),
						marked(seconds(nodeMs), isMet(outcome)),
						loopText,
					];
				}),
			},
		],
		checks: outcomes.flatMap(({ scenario: { name, items, fault }, images, stored, billed, refused }) => [
			equal(`${name}: images of ${items} items`, images, items),
			equal(`${name}: images stored whole`, stored, items),
			equal(`${name}: jobs billed`, billed, items),
			equal(`${name}: submits refused with 429`, refused, fault?.times ?? 0),
		]),
		aims: outcomes.map((outcome) => ({
			name: `Makespan, ${outcome.scenario.name}: at most ${seconds(outcome.scenario.aimMs)}`,
			met: isMet(outcome),
			seen: seconds(outcome.nodeMs),
			why: 'The places are taken one wave after the other, and each wave waits to be noticed: some tenths of a second, the first one longest.',
		})),
	};
}
