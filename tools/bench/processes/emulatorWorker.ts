import { startEmulator, type Emulator } from '../../emulator';
import { noise } from '../../support/images';
import type { BenchEmulatorOptions, StartedEmulator } from './benchEmulators';
import { serve } from './child';

/** Share of the shortest job that is spent in the queue. */
const QUEUE_SHARE = 0.1;

/** Gives each accepted job the next of the durations, cyclically. */
function setDurations({ timing }: Emulator, durationsMs: readonly number[]): void {
	let accepted = 0;
	const queueMs = Math.min(...durationsMs) * QUEUE_SHARE;
	const nextRunMs = () => (durationsMs[accepted++ % durationsMs.length] ?? 0) - queueMs;
	Object.defineProperties(timing, { queueMs: { value: queueMs }, runMs: { get: nextRunMs } });
}

/** Creates a real image of about this size. It consists of noise, which cannot be compressed. */
async function createImage(bytes: number): Promise<Buffer> {
	const side = Math.max(8, Math.floor(Math.sqrt(bytes / 3)));
	return await noise({ width: side, height: side }).png({ compressionLevel: 0 }).toBuffer();
}

const images = new Map<number, Promise<Buffer>>();

serve(async ({ durationsMs, imageBytes }: BenchEmulatorOptions): Promise<StartedEmulator> => {
	const image = images.get(imageBytes) ?? createImage(imageBytes);
	images.set(imageBytes, image);
	const { length } = await image;
	const emulator = await startEmulator({ draw: async () => await image });
	setDurations(emulator, durationsMs);
	const { origin, filesOrigin, providers, sampleImage } = emulator;
	return { origin, filesOrigin, providers, sampleUrl: sampleImage.url, imageBytes: length };
});
