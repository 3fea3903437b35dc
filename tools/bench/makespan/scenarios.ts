import type { Fault } from '../../emulator';
import type { MeasuredN8n } from '../n8n/measured';
import { ofLength, type Lanes } from '../processes/lanes';
import type { NodeProcess, RunSettings } from '../processes/nodes';

export interface Scenario {
	name: string;
	items: number;
	lengthMs: number;
	/** What the length of the jobs and the limits alone demand. */
	idealMs: number;
	/** What is aimed at. */
	aimMs: number;
	node: Omit<RunSettings, 'items'>;
	/** The same work by the loop of n8n's own nodes. */
	loop?: 'batches' | 'all';
	fault?: Fault;
}

const TOLERANCE = 1.05;

const max = { model: { __rl: true, mode: 'list', value: 'flux-kontext-max' } };

/** `share` of the full number of items. */
export function scenarios(share: number): Scenario[] {
	const items = Math.round(50 * share);
	const some = Math.round(10 * share);
	const batches = Math.ceil(items / 10);
	const sixes = Math.ceil(items / 6);
	const refused: Fault = {
		stage: 'submit',
		kind: 'status',
		status: 429,
		times: some,
		headers: { 'retry-after': '2' },
	};
	return [
		{
			name: 'ten at a time, Black Forest Labs',
			items,
			lengthMs: 3_000,
			idealMs: batches * 3_000,
			aimMs: batches * 3_000 * TOLERANCE,
			node: { provider: 'blackForestLabs', concurrency: 10 },
			loop: 'batches',
		},
		{
			name: 'ten at a time, Replicate',
			items,
			lengthMs: 3_000,
			idealMs: batches * 3_000,
			aimMs: batches * 3_000 * TOLERANCE,
			node: { provider: 'replicate', concurrency: 10 },
		},
		{
			name: 'all at once, Replicate',
			items,
			lengthMs: 3_000,
			idealMs: 3_000,
			aimMs: 4_000,
			node: { provider: 'replicate', concurrency: items },
			loop: 'all',
		},
		{
			name: 'all at once, where 6 may be unfinished (flux-kontext-max)',
			items,
			lengthMs: 1_000,
			idealMs: sixes * 1_000,
			aimMs: sixes * 1_000 * TOLERANCE + 300,
			node: { provider: 'blackForestLabs', concurrency: items, parameters: max },
		},
		{
			name: `all at once, the first ${some} refused with 429 and Retry-After: 2`,
			items,
			lengthMs: 3_000,
			idealMs: 5_000,
			aimMs: 5_000 * TOLERANCE,
			node: { provider: 'replicate', concurrency: items },
			fault: refused,
		},
	];
}

export interface Outcome {
	scenario: Scenario;
	nodeMs: number;
	loopMs: number | null;
	images: number;
	stored: number;
	billed: number;
	refused: number;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
	const started = Date.now();
	await work();
	return Date.now() - started;
}

export async function play(
	scenario: Scenario,
	lanes: Lanes,
	node: NodeProcess,
	n8n: MeasuredN8n | null,
): Promise<Outcome> {
	const { items, lengthMs, fault, loop } = scenario;
	const lane = await lanes.open(ofLength(lengthMs));
	if (fault) await lane.inject(fault);
	const { wallMs: nodeMs, images, stored } = await node.run(lane, { ...scenario.node, items });
	const { jobs, requests } = await lane.take();
	const refused = requests.filter(({ status }) => status === 429).length;
	const loopMs = n8n && loop ? await timed(async () => await n8n[loop](lane, items)) : null;
	return { scenario, nodeMs, loopMs, images, stored, billed: jobs.length, refused };
}
