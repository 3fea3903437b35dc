import { setTimeout as sleep } from 'node:timers/promises';

import { CONCURRENCY, type PreparedN8n } from '../n8n/measured';
import type { Lane, Lanes, LaneOrder } from '../processes/lanes';
import { startNode } from '../processes/nodes';

/** A process of its own that takes images from the provider to the store. */
export interface Started {
	pid: number;
	lane: Lane;
	/** How many images are stored whole in the end, where that can be counted. */
	make: (images: number) => Promise<number | null>;
	stop: () => Promise<void>;
}

export interface Contestant {
	name: string;
	isOurs: boolean;
	start: () => Promise<Started>;
}

/** About ten seconds after its start n8n gives back hundreds of megabytes, in which growth would hide. */
const SETTLE_MS = 15_000;

const inN8n = ({ lane, start }: PreparedN8n, name: string, which: 'node' | 'batches'): Contestant => ({
	name: `${name}, in n8n`,
	isOurs: which === 'node',
	start: async () => {
		const n8n = await start();
		await sleep(SETTLE_MS);
		const make = async (images: number) => {
			await n8n[which](lane, images);
			await n8n.emptyStore();
			return null;
		};
		return { pid: n8n.pid, lane, make, stop: n8n.stop };
	},
});

const inCore = (lanes: Lanes, order: LaneOrder, name: string, buffering: boolean): Contestant => ({
	name: `${name}, in n8n-core alone`,
	isOurs: !buffering,
	start: async () => {
		const lane = await lanes.open(order);
		const { pid, run, stop } = await startNode();
		const make = async (items: number) =>
			(await run(lane, { provider: 'blackForestLabs', items, concurrency: CONCURRENCY, buffering }))
				.stored;
		return { pid, lane, make, stop };
	},
});

export const contestants = (lanes: Lanes, prepared: PreparedN8n | null, order: LaneOrder): Contestant[] => [
	...(prepared
		? [inN8n(prepared, 'this node', 'node'), inN8n(prepared, "n8n's own nodes", 'batches')]
		: []),
	inCore(lanes, order, 'this node', false),
	inCore(lanes, order, 'a node that buffers', true),
];
