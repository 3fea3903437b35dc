import { withDurations, type BenchEmulator, type BenchEmulators } from '../processes/benchEmulators';
import { startNode, type NodeProcess, type NodeResult } from '../processes/nodes';

/** Kind of provider that is measured. */
export interface ProviderCase {
	name: string;
	provider: string;
}

export interface Sample extends NodeResult {
	providerCase: ProviderCase;
	items: number;
	requests: number;
	/** Number of jobs that the emulator accepted. */
	charged: number;
	/** Milliseconds that a slot is occupied per image, beyond the duration of the job. */
	timePerImage: number;
	/** Milliseconds of processor time. */
	cpuPerImage: number;
	/** Bytes of heap. */
	heapPerImage: number;
}

export const CONCURRENCY = 10;
/** Short, so that the node's own cost dominates. */
export const JOB_MS = 20;
const WARM_UP_ITEMS = 50;

async function measureOnce(
	providerCase: ProviderCase,
	items: number,
	node: NodeProcess,
	emulator: BenchEmulator,
): Promise<Sample> {
	await emulator.takeRecords();
	const { provider } = providerCase;
	const result = await node.run(emulator, { provider, items, concurrency: CONCURRENCY });
	const { jobs, requests } = await emulator.takeRecords();
	const jobsPerSlot = Math.ceil(items / CONCURRENCY);
	return {
		...result,
		providerCase,
		items,
		requests: requests.length,
		charged: jobs.length,
		timePerImage: result.wallMs / jobsPerSlot - JOB_MS,
		cpuPerImage: result.cpuMs / items,
		heapPerImage: result.heapBytes / items,
	};
}

/** Measures runs with increasing numbers of items, one after the other in the same process. */
export async function measureSizes(
	providerCase: ProviderCase,
	sizes: readonly number[],
	emulators: BenchEmulators,
): Promise<Sample[]> {
	const emulator = await emulators.start(withDurations(JOB_MS));
	const node = await startNode();
	const samples: Sample[] = [];
	try {
		const { provider } = providerCase;
		await node.run(emulator, { provider, items: WARM_UP_ITEMS, concurrency: CONCURRENCY });
		for (const items of sizes) samples.push(await measureOnce(providerCase, items, node, emulator));
	} finally {
		await node.stop();
	}
	return samples;
}
