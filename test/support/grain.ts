import { createHash } from 'node:crypto';

import sharp, { type Sharp } from 'sharp';

import type { Shape } from '../../tools/support/images';

/** Noise that is the same each time: what a file of it has at its half does not depend on chance. */
export function grain({ width, height }: Shape): Sharp {
	const pixels = createHash('shake256', { outputLength: width * height * 3 })
		.update('grain')
		.digest();
	return sharp(pixels, { raw: { width, height, channels: 3 } });
}
