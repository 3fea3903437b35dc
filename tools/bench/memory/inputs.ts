import { withDurations, type BenchEmulators } from '../processes/benchEmulators';
import { startNode } from '../processes/nodes';
import { equal, type Check } from '../support/section';

const ITEMS = 3;
const IMAGES_PER_ITEM = 4;
const JOB_MS = 100;

/**
 * Checks that the input image of an item is downloaded once, however many jobs the item has. SiliconFlow
 * takes no URLs and makes one image per job.
 */
export async function inputImageChecks(emulators: BenchEmulators): Promise<Check[]> {
	const emulator = await emulators.start(withDurations(JOB_MS));
	const node = await startNode();
	try {
		const inputImages = { image: [{ source: 'url', url: emulator.sampleUrl }] };
		const expected = ITEMS * IMAGES_PER_ITEM;
		const { images } = await node.run(emulator, {
			provider: 'siliconFlow',
			items: ITEMS,
			concurrency: expected,
			parameters: { operation: 'edit', inputImages },
			options: { numberOfImages: IMAGES_PER_ITEM },
		});
		const { jobs, requests } = await emulator.takeRecords();
		const { pathname } = new URL(emulator.sampleUrl);
		const downloads = requests.filter(({ path }) => path === pathname);
		const prefix = `edit of ${ITEMS} items with ${IMAGES_PER_ITEM} images each`;
		return [
			equal(`${prefix}: images`, images, expected),
			equal(`${prefix}: jobs charged`, jobs.length, expected),
			equal(`${prefix}: downloads of input images`, downloads.length, ITEMS),
		];
	} finally {
		await node.stop();
	}
}
