import { ofLength, type Lanes } from '../processes/lanes';
import { startNode } from '../processes/nodes';
import { median } from '../support/figures';
import { growthDuring } from './growth';

export interface Decoded {
	provider: string;
	/** Of the process, in sizes of the image. */
	growth: number;
	stored: number;
}

/** Their answers are the image itself: to the submit at Together, to the look at stable-diffusion.cpp. */
const providers = ['together', 'sdServer'];

/** One image of this size out of an answer, each time in a fresh process. */
export async function base64(lanes: Lanes, imageBytes: number, times: number): Promise<Decoded[]> {
	const results: Decoded[] = [];
	for (const provider of providers) {
		const growths: number[] = [];
		let stored = 0;
		for (let time = 0; time < times; time += 1) {
			const [small, large] = [
				await lanes.open(ofLength(100)),
				await lanes.open({ lengthsMs: [100], imageBytes }),
			];
			const node = await startNode();
			const one = { provider, items: 1, concurrency: 1 };
			try {
				await node.run(small, one);
				const { growth, result } = await growthDuring(
					node.pid,
					async () => await node.run(large, one),
				);
				growths.push(growth / large.imageBytes);
				stored += result.stored;
			} finally {
				await node.stop();
			}
		}
		results.push({ provider, growth: median(growths), stored });
	}
	return results;
}
