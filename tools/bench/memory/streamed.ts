import { waveOf } from '../lag/measure';
import { median, sum } from '../support/figures';
import { CONCURRENCY } from '../n8n/measured';
import type { Contestant } from './contestants';
import { growthDuring } from './growth';

export interface Amount {
	images: number;
	imageBytes: number;
	/** One after the other, in the same process. */
	runs: number;
}

export interface Streamed {
	name: string;
	isOurs: boolean;
	/** Bytes, of each run. */
	growths: number[];
	growth: number;
	/** Of all runs. */
	downloads: number;
	stored: number | null;
}

/** What a process loads for its first images is not what images cost. */
const WARM_UP_IMAGES = CONCURRENCY;

/** Images from a provider to n8n's store. */
export async function streamed(
	{ name, isOurs, start }: Contestant,
	{ images, runs }: Amount,
): Promise<Streamed> {
	const growths: number[] = [];
	let downloads = 0;
	let stored: number | null = 0;
	const { pid, lane, make, stop } = await start();
	try {
		await make(WARM_UP_IMAGES);
		await lane.take();
		for (let run = 0; run < runs; run += 1) {
			const { growth, result } = await growthDuring(pid, async () => await make(images));
			growths.push(growth);
			stored = stored === null || result === null ? null : stored + result;
			downloads += sum(waveOf(await lane.take(), false).observed.map((each) => each.downloads));
		}
	} finally {
		await stop();
	}
	return { name, isOurs, growths, growth: median(growths), downloads, stored };
}
