import { providers } from '../../../nodes/FluxKontext/providers';
import type { Lane } from '../processes/lanes';
import type { NodeProcess } from '../processes/nodes';
import type { MeasuredN8n } from '../n8n/measured';
import { falSubscribe, replicateRun } from './clients';
import { fixedPoll } from './fixedPoll';

export interface Contestant {
	name: string;
	/** The node at a provider, how often that wants to be asked, and whether its answer is the image itself. */
	node?: { recommended: Interval | null; inline: boolean };
	/** Makes so many images side by side, each to its end. */
	run: (lane: Lane, count: number) => Promise<unknown>;
}

/** Milliseconds between two questions about a job of this length. */
export type Interval = (lengthMs: number) => number;

/** How often a provider wants to be asked, at most, in its own words; the others name no interval. */
const recommended: Partial<Record<string, Interval>> = {
	// Its guide asks every two seconds.
	runpod: () => 2_000,
	// "Poll every 5 to 10 seconds."
	theRouter: () => 5_000,
	// "Poll the status endpoint every 2-3 seconds"; kie.ai, whose API it is, says: after half a minute every 5 to 10.
	aiGenerate: (lengthMs) => (lengthMs <= 30_000 ? 2_500 : 7_500),
	// As its own command line tool polls.
	vtrix: () => 5_000,
};

/** Answers with the image as base64, so that there is nothing to download. */
const inline: ReadonlySet<string> = new Set(['sdServer']);

const each = async (count: number, run: () => Promise<unknown>) =>
	await Promise.all(Array.from({ length: count }, run));

/** The node at every provider whose jobs are polled. */
export function nodeContestants(node: NodeProcess): Contestant[] {
	const polled = providers.filter(({ buildStatus }) => buildStatus);
	return polled.map(({ id, displayName, models }) => {
		const generates = models.some(({ operations }) => operations.generate);
		const editOf = (url: string) => ({
			operation: 'edit',
			inputImages: { image: [{ source: 'url', url }] },
		});
		return {
			name: `this node, ${displayName}`,
			node: { recommended: recommended[id] ?? null, inline: inline.has(id) },
			run: async (lane, count) =>
				await node.run(lane, {
					provider: id,
					items: count,
					concurrency: count,
					...(!generates && { parameters: editOf(lane.sampleUrl) }),
				}),
		};
	});
}

/** What a user would pick instead. */
export function others(n8n: MeasuredN8n | null): Contestant[] {
	return [
		...(n8n ? [{ name: "n8n's own nodes, Wait 5 s", run: n8n.single }] : []),
		{
			name: 'fixed poll, 5 s',
			run: async (lane, count) => await each(count, async () => await fixedPoll(lane, 5_000)),
		},
		{
			name: 'fixed poll, 0.5 s',
			run: async (lane, count) => await each(count, async () => await fixedPoll(lane, 500)),
		},
		{
			name: 'replicate, run',
			run: async (lane, count) => await each(count, async () => await replicateRun(lane, 'block')),
		},
		{
			name: 'replicate, run with mode poll',
			run: async (lane, count) => await each(count, async () => await replicateRun(lane, 'poll')),
		},
		{
			name: '@fal-ai/client, subscribe',
			run: async (lane, count) => await each(count, async () => await falSubscribe(lane)),
		},
	];
}
