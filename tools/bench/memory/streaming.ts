import { measureRun } from '../lag/measure';
import { CONCURRENCY } from '../n8n/measured';
import { median, sum } from '../support/statistics';
import type { Candidate } from './candidates';
import { growthDuring } from './growth';

/** Amount of work that is measured. */
export interface Workload {
	images: number;
	imageBytes: number;
	/** Consecutive runs in the same process. */
	runs: number;
}

export interface StreamingResult {
	name: string;
	isThisNode: boolean;
	/** Memory growth of each run, in bytes. */
	growths: number[];
	/** Median of `growths`. */
	growth: number;
	/** Downloads of all runs. */
	downloads: number;
	/** Complete images in the store after all runs; `null` if they cannot be counted. */
	stored: number | null;
}

/** Images before the first measured run: loading modules is not part of the cost of images. */
const WARM_UP_IMAGES = CONCURRENCY;

/** Measures the memory that a candidate needs to move images from a provider to n8n's store. */
export async function measureStreaming(
	{ name, isThisNode, start }: Candidate,
	{ images, runs }: Workload,
): Promise<StreamingResult> {
	const growths: number[] = [];
	let downloads = 0;
	let stored: number | null = 0;
	const { pid, emulator, generate, stop } = await start();
	try {
		await generate(WARM_UP_IMAGES);
		await emulator.takeRecords();
		for (let run = 0; run < runs; run += 1) {
			const { growth, result } = await growthDuring(pid, async () => await generate(images));
			growths.push(growth);
			stored = stored === null || result === null ? null : stored + result;
			const { jobs } = measureRun(await emulator.takeRecords(), false);
			downloads += sum(jobs.map((job) => job.downloads));
		}
	} finally {
		await stop();
	}
	return { name, isThisNode, growths, growth: median(growths), downloads, stored };
}
