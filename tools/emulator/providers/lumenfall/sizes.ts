import type { InputImage } from '../../inputs';
import { aboutOneMegapixel, parseRatio, parseSize, type Size } from '../../sizes';
import type { Payload } from './schemas';

const maxSide = 2048;

/** Sizes that the gateway maps an aspect ratio to. */
const supportedSizes: readonly Size[] = [
	[1183, 887],
	[916, 1145],
	[1145, 916],
	[1024, 1024],
	[887, 1182],
	[836, 1254],
	[1254, 836],
	[768, 1365],
	[1365, 768],
	[670, 1564],
	[1563, 670],
].map(([width = 0, height = 0]) => ({ width, height }));

const ratioOf = ({ width, height }: Size): number => width / height;

/** Returns the supported size of the nearest ratio: "We pick the closest supported ratio." */
const nearestSize = (ratio: number): Size =>
	supportedSizes.reduce((best, size) =>
		Math.abs(Math.log(ratioOf(size) / ratio)) < Math.abs(Math.log(ratioOf(best) / ratio)) ? size : best,
	);

/**
 * Scales a size down: "If a model has pixel limits, we clamp dimensions to fit and keep the aspect ratio
 * intact."
 */
function clampSize({ width, height }: Size): Size {
	const scale = Math.min(1, maxSide / Math.max(width, height));
	return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/**
 * Returns the output size. `size` takes precedence over `aspect_ratio`; without either the documented default
 * applies (INFERRED for an edit).
 */
export function sizeOf(
	{ size = '', aspect_ratio = '', resolution_mode = '' }: Payload,
	[first]: readonly InputImage[],
): Size {
	const pixels = parseSize(size, 'x');
	if (pixels) return clampSize(pixels);
	const ratio = parseRatio(size) ?? parseRatio(aspect_ratio) ?? parseRatio(resolution_mode);
	if (ratio !== undefined) return nearestSize(ratio);
	const matches = size === 'auto' || resolution_mode !== '';
	return first && matches ? aboutOneMegapixel(ratioOf(first)) : { width: 1024, height: 1024 };
}
