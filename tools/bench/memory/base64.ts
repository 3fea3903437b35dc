import { withDurations, type BenchEmulators } from '../processes/benchEmulators';
import { startNode } from '../processes/nodes';
import { median } from '../support/statistics';
import { growthDuring } from './growth';

export interface Base64Result {
	provider: string;
	/** Memory growth of the process, as a multiple of the image size. */
	growth: number;
	/** Complete images in the store after all runs. */
	stored: number;
}

/**
 * Providers whose response contains the image: Together AI's to the submit, stable-diffusion.cpp's to the
 * status request.
 */
const providers = ['together', 'sdServer'];
const JOB_MS = 100;

/** Measures one image in a fresh process, after a small one as a warm-up. */
async function measureOnce(provider: string, imageBytes: number, emulators: BenchEmulators) {
	const small = await emulators.start(withDurations(JOB_MS));
	const large = await emulators.start({ durationsMs: [JOB_MS], imageBytes });
	const node = await startNode();
	const settings = { provider, items: 1, concurrency: 1 };
	try {
		await node.run(small, settings);
		const run = async () => await node.run(large, settings);
		const { growth, result } = await growthDuring(node.pid, run);
		return { growth: growth / large.imageBytes, stored: result.stored };
	} finally {
		await node.stop();
	}
}

/** Measures the memory that an image inside a response needs, as the median of `runs` fresh processes. */
export async function measureBase64(
	emulators: BenchEmulators,
	imageBytes: number,
	runs: number,
): Promise<Base64Result[]> {
	const results: Base64Result[] = [];
	for (const provider of providers) {
		const growths: number[] = [];
		let stored = 0;
		for (let run = 0; run < runs; run += 1) {
			const measured = await measureOnce(provider, imageBytes, emulators);
			growths.push(measured.growth);
			stored += measured.stored;
		}
		results.push({ provider, growth: median(growths), stored });
	}
	return results;
}
