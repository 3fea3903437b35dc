import { startEmulator, type Emulator } from '../../emulator';
import { noise } from '../../support/images';
import { answer } from './child';
import type { LaneOrder, OpenedLane } from './lanes';

/** Before the rest of a job's time. */
const QUEUE_SHARE = 0.1;

/** Each accepted job takes the next of these times, and after the last the first one again. */
function takeInTurn({ timing }: Emulator, lengthsMs: readonly number[]): void {
	let accepted = 0;
	const queueMs = Math.min(...lengthsMs) * QUEUE_SHARE;
	const runMs = () => (lengthsMs[accepted++ % lengthsMs.length] ?? 0) - queueMs;
	Object.defineProperties(timing, { queueMs: { value: queueMs }, runMs: { get: runMs } });
}

/** A true image of about this size: noise cannot be compressed. */
async function imageOf(bytes: number): Promise<Buffer> {
	const side = Math.max(8, Math.floor(Math.sqrt(bytes / 3)));
	return await noise({ width: side, height: side }).png({ compressionLevel: 0 }).toBuffer();
}

const images = new Map<number, Promise<Buffer>>();

answer(async ({ lengthsMs, imageBytes }: LaneOrder): Promise<OpenedLane> => {
	const image = images.get(imageBytes) ?? imageOf(imageBytes);
	images.set(imageBytes, image);
	const { length } = await image;
	const emulator = await startEmulator({ draw: async () => await image });
	takeInTurn(emulator, lengthsMs);
	const { origin, filesOrigin, providers, sampleImage } = emulator;
	return { origin, filesOrigin, providers, sampleUrl: sampleImage.url, imageBytes: length };
});
