import { isJobProvider, type Provider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';
import type { MeasuredN8n } from '../n8n/measured';
import type { BenchEmulator } from '../processes/benchEmulators';
import type { NodeProcess } from '../processes/nodes';
import { falSubscribe, replicateRun } from './clients';
import { fixedPoll } from './fixedPoll';

/** A way to generate images that is measured: this node at one provider, or an alternative to it. */
export interface Candidate {
	name: string;
	/** Only for this node. */
	node?: NodeTraits;
	/** Generates `count` images concurrently and waits for all of them. */
	run: (emulator: BenchEmulator, count: number) => Promise<unknown>;
}

export interface NodeTraits {
	/** Poll interval that the provider recommends; `null` if it recommends none. */
	recommended: PollInterval | null;
	/** Whether the status response contains the image. */
	inline: boolean;
}

/** Returns a poll interval in milliseconds for jobs of a duration in milliseconds. */
export type PollInterval = (durationMs: number) => number;

/** Shortest poll intervals that providers recommend in their own documentation. */
const recommendedIntervals: Partial<Record<string, PollInterval>> = {
	// Its guide polls every two seconds.
	runpod: () => 2_000,
	// "Poll every 5 to 10 seconds."
	theRouter: () => 5_000,
	// "Poll the status endpoint every 2-3 seconds"; kie.ai, whose API it uses, says every 5 to 10 seconds
	// after half a minute.
	aiGenerate: (durationMs) => (durationMs <= 30_000 ? 2_500 : 7_500),
	// Interval of its own command-line tool.
	vtrix: () => 5_000,
};

/** Providers whose status response contains the image as base64, so that nothing is downloaded. */
const inlineProviders: ReadonlySet<string> = new Set(['sdServer']);

function editParameters(url: string) {
	return { operation: 'edit', inputImages: { image: [{ source: 'url', url }] } };
}

function nodeCandidate(node: NodeProcess, { id, displayName, models }: Provider): Candidate {
	const generates = models.some(({ operations }) => operations.generate);
	return {
		name: `this node, ${displayName}`,
		node: { recommended: recommendedIntervals[id] ?? null, inline: inlineProviders.has(id) },
		run: async (emulator, count) =>
			await node.run(emulator, {
				provider: id,
				items: count,
				concurrency: count,
				...(!generates && { parameters: editParameters(emulator.sampleUrl) }),
			}),
	};
}

/** Returns this node as a candidate at every provider whose jobs are polled. */
export const nodeCandidates = (node: NodeProcess): Candidate[] =>
	providers.filter(isJobProvider).map((provider) => nodeCandidate(node, provider));

/** Repeats a function that generates one image. */
const repeated =
	(generate: (emulator: BenchEmulator) => Promise<unknown>): Candidate['run'] =>
	async (emulator, count) =>
		await Promise.all(Array.from({ length: count }, async () => await generate(emulator)));

/** Returns what a user might use instead of this node. */
export const otherCandidates = (n8n: MeasuredN8n | null): Candidate[] => [
	...(n8n ? [{ name: "n8n's own nodes, Wait 5 s", run: n8n.single }] : []),
	{ name: 'fixed poll, 5 s', run: repeated(async (emulator) => await fixedPoll(emulator, 5_000)) },
	{ name: 'fixed poll, 0.5 s', run: repeated(async (emulator) => await fixedPoll(emulator, 500)) },
	{ name: 'replicate, run', run: repeated(async (emulator) => await replicateRun(emulator, 'block')) },
	{
		name: 'replicate, run with mode poll',
		run: repeated(async (emulator) => await replicateRun(emulator, 'poll')),
	},
	{ name: '@fal-ai/client, subscribe', run: repeated(falSubscribe) },
];
