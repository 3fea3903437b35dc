import { ofLength, type Lanes } from '../processes/lanes';
import { startNode } from '../processes/nodes';
import { equal, type Check } from '../support/section';

const ITEMS = 3;
const IMAGES = 4;

/** An input image that the node reads itself, at a provider that makes one image at a time: its server counts. */
export async function inputReads(lanes: Lanes): Promise<Check[]> {
	const lane = await lanes.open(ofLength(100));
	const node = await startNode();
	try {
		const inputImages = { image: [{ source: 'url', url: lane.sampleUrl }] };
		const parameters = { operation: 'edit', inputImages };
		const { images } = await node.run(lane, {
			provider: 'siliconFlow',
			items: ITEMS,
			concurrency: ITEMS * IMAGES,
			parameters,
			options: { numberOfImages: IMAGES },
		});
		const { jobs, requests } = await lane.take();
		const { pathname } = new URL(lane.sampleUrl);
		const reads = requests.filter(({ path }) => path === pathname);
		const at = `edit of ${ITEMS} items with ${IMAGES} images each`;
		return [
			equal(`${at}: images`, images, ITEMS * IMAGES),
			equal(`${at}: jobs billed`, jobs.length, ITEMS * IMAGES),
			equal(`${at}: times that input images were read`, reads.length, ITEMS),
		];
	} finally {
		await node.stop();
	}
}
