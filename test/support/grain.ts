import { createHash } from 'node:crypto';

import sharp, { type Sharp } from 'sharp';

import type { Shape } from '../../tools/support/images';

/** Creates the same noise each time, so that half of its file holds the same bytes in every run. */
export function grain({ width, height }: Shape): Sharp {
	const pixels = createHash('shake256', { outputLength: width * height * 3 })
		.update('grain')
		.digest();
	return sharp(pixels, { raw: { width, height, channels: 3 } });
}
