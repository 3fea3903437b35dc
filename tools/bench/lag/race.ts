import { setTimeout as sleep } from 'node:timers/promises';

import type { MeasuredN8n } from '../n8n/measured';
import { ofLength, type Lane, type Lanes } from '../processes/lanes';
import { startNode } from '../processes/nodes';
import { atMost } from '../support/atMost';
import { nodeContestants, others, type Contestant } from './contestants';
import { waveOf, type Wave } from './measure';

export interface Distance {
	lengthMs: number;
	/** Jobs side by side. */
	samples: number;
	/** One after the other; in the first, the node knows nothing of the model yet. */
	waves: number;
	/** So many contestants at a time: the short jobs would feel the others' submits. */
	atOnce: number;
}

export interface Result {
	contestant: Contestant;
	waves: Wave[];
}

/** A share of the length, and no more than half the period of a 5 s loop to either side. */
const SPREAD_SHARE = 0.15;
const MAX_SPREAD_MS = 2_500;
/** Between the starts of contestants that run side by side. */
const STAGGER_MS = 400;

/** Of jobs of about one length; without a spread a fixed loop looks better or worse than it is. */
export function spread({ lengthMs, samples }: Distance): number[] {
	const reach = Math.min(lengthMs * SPREAD_SHARE, MAX_SPREAD_MS);
	return Array.from({ length: samples }, (_, index) =>
		Math.round(lengthMs + reach * ((2 * index + 1) / samples - 1)),
	);
}

async function run(contestant: Contestant, lane: Lane, { waves, samples }: Distance): Promise<Result> {
	const seen: Wave[] = [];
	for (let wave = 0; wave < waves; wave += 1) {
		await contestant.run(lane, samples);
		seen.push(waveOf(await lane.take(), contestant.node?.inline ?? false));
	}
	return { contestant, waves: seen };
}

export async function race(
	distances: readonly Distance[],
	lanes: Lanes,
	n8n: MeasuredN8n | null,
): Promise<Result[][]> {
	// What a process has learned about a model's jobs of one length must not mislead it about another.
	const nodes = await Promise.all(distances.map(async () => await startNode()));
	try {
		const starts = await Promise.all(
			distances.map(async (distance, index) => {
				const node = nodes[index];
				const contestants = node ? [...nodeContestants(node), ...others(n8n)] : [];
				const entries = await Promise.all(
					contestants.map(async (contestant) => ({
						contestant,
						lane: await lanes.open(ofLength(...spread(distance))),
					})),
				);
				return { distance, entries };
			}),
		);
		return await Promise.all(
			starts.map(
				async ({ distance, entries }) =>
					await atMost(distance.atOnce, entries, async ({ contestant, lane }, index) => {
						await sleep((index % distance.atOnce) * STAGGER_MS);
						return await run(contestant, lane, distance);
					}),
			),
		);
	} finally {
		await Promise.all(nodes.map(async (node) => await node.stop()));
	}
}
