import { setTimeout as sleep } from 'node:timers/promises';

import { CONCURRENCY, type PreparedN8n } from '../n8n/measured';
import type { BenchEmulator, BenchEmulatorOptions, BenchEmulators } from '../processes/benchEmulators';
import { startNode } from '../processes/nodes';

/** Process that moves images from the provider to n8n's store. */
export interface StartedCandidate {
	pid: number;
	emulator: BenchEmulator;
	/** Returns how many images are complete in the store, or `null` if they cannot be counted. */
	generate: (images: number) => Promise<number | null>;
	stop: () => Promise<void>;
}

export interface Candidate {
	name: string;
	isThisNode: boolean;
	/** Starts a process that no other candidate uses. */
	start: () => Promise<StartedCandidate>;
}

/** About ten seconds after its start n8n releases hundreds of megabytes, which would hide any growth. */
const SETTLE_MS = 15_000;

const inN8n = ({ emulator, start }: PreparedN8n, name: string, workflow: 'node' | 'batches'): Candidate => ({
	name: `${name}, in n8n`,
	isThisNode: workflow === 'node',
	start: async () => {
		const n8n = await start();
		await sleep(SETTLE_MS);
		const generate = async (images: number) => {
			await n8n[workflow](emulator, images);
			await n8n.emptyStore();
			return null;
		};
		return { pid: n8n.pid, emulator, generate, stop: n8n.stop };
	},
});

const inCore = (
	emulators: BenchEmulators,
	options: BenchEmulatorOptions,
	name: string,
	buffering: boolean,
): Candidate => ({
	name: `${name}, in n8n-core alone`,
	isThisNode: !buffering,
	start: async () => {
		const emulator = await emulators.start(options);
		const { pid, run, stop } = await startNode();
		const settings = { provider: 'blackForestLabs', concurrency: CONCURRENCY, buffering };
		const generate = async (items: number) => (await run(emulator, { ...settings, items })).stored;
		return { pid, emulator, generate, stop };
	},
});

/** Returns what is measured: in n8n if one is prepared, and in n8n-core alone. */
export const memoryCandidates = (
	emulators: BenchEmulators,
	n8n: PreparedN8n | null,
	options: BenchEmulatorOptions,
): Candidate[] => [
	...(n8n ? [inN8n(n8n, 'this node', 'node'), inN8n(n8n, "n8n's own nodes", 'batches')] : []),
	inCore(emulators, options, 'this node', false),
	inCore(emulators, options, 'a node that buffers', true),
];
