import type { Pixels, Ratio } from '../../core/request/ratios';
import type { SizeSpec } from '../../core/request/sizes';

/** The 1K sizes of the model's page, each with the ratio that it stands for. */
const table: readonly (Ratio & Pixels)[] = [
	{ w: 4, h: 3, width: 1183, height: 887 },
	{ w: 4, h: 5, width: 916, height: 1145 },
	{ w: 5, h: 4, width: 1145, height: 916 },
	{ w: 1, h: 1, width: 1024, height: 1024 },
	{ w: 3, h: 4, width: 887, height: 1182 },
	{ w: 2, h: 3, width: 836, height: 1254 },
	{ w: 3, h: 2, width: 1254, height: 836 },
	{ w: 9, h: 16, width: 768, height: 1365 },
	{ w: 16, h: 9, width: 1365, height: 768 },
	{ w: 9, h: 21, width: 670, height: 1564 },
	{ w: 21, h: 9, width: 1563, height: 670 },
];

/** Sizes of every route except fal's edit. */
export const pixelSizes: SizeSpec = {
	kind: 'sizes',
	sizes: table.map(({ width, height }) => ({ width, height })),
	matchesInput: true,
	// "Any pixel dimensions within model constraints", which are 2048 x 2048.
	others: { multipleOf: 1, min: 1, max: 2048, maxPixels: 2048 * 2048 },
};

/** Sizes of fal's edit, which takes ratios alone, as its `resolution_mode`. */
export const ratioSizes: SizeSpec = { kind: 'ratios', ratios: table.map(({ w, h }) => ({ w, h })) };
