import sharp from 'sharp';

import { inspectImage } from '../../../../nodes/FluxKontext/core/image/inspect';

/** A landscape of 60 by 40 pixels with this EXIF orientation, as cameras write it. */
async function photo(format: 'jpeg' | 'png' | 'webp', orientation: number): Promise<Buffer> {
	const image = sharp({ create: { width: 60, height: 40, channels: 3, background: '#226' } });
	return await image.withMetadata({ orientation }).toFormat(format).toBuffer();
}

describe.each(['jpeg', 'png', 'webp'] as const)('the size of a %s', (format) => {
	it.each([1, 2, 3, 4])('stays with orientation %d', async (orientation) => {
		expect(inspectImage(await photo(format, orientation))).toMatchObject({ width: 60, height: 40 });
	});

	it.each([5, 6, 7, 8])('is turned with orientation %d, as it is seen', async (orientation) => {
		expect(inspectImage(await photo(format, orientation))).toMatchObject({ width: 40, height: 60 });
	});
});

it('metadata that is damaged turns nothing, and is read in bounds', async () => {
	const whole = await photo('jpeg', 6);
	for (let length = 0; length < whole.length; length += 1) {
		const info = inspectImage(whole.subarray(0, length));
		if (info) expect([info.width, info.height].sort()).toEqual([40, 60]);
	}
	const damaged = Buffer.from(whole);
	damaged.fill(0xff, damaged.indexOf('Exif') + 6, damaged.indexOf('Exif') + 20);
	expect(inspectImage(damaged)).toMatchObject({ width: 60, height: 40 });
});
