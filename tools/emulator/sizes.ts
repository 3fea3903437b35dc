/** Size of an image in pixels. */
export interface Size {
	width: number;
	height: number;
}

const megapixel = 1024 * 1024;

/**
 * Returns a size of about one megapixel with this aspect ratio (width / height), both sides multiples of 16.
 */
export function aboutOneMegapixel(ratio: number): Size {
	const toMultipleOf16 = (side: number): number => Math.max(16, Math.round(side / 16) * 16);
	return {
		width: toMultipleOf16(Math.sqrt(megapixel * ratio)),
		height: toMultipleOf16(Math.sqrt(megapixel / ratio)),
	};
}

/** Parses `1024x768` or `1024*768`, depending on the separator. Returns undefined for anything else. */
export function parseSize(text: string, separator: 'x' | '*'): Size | undefined {
	const [width, height, ...rest] = text.split(separator);
	const areIntegers = [width, height].every((side) => side !== undefined && /^[1-9]\d{0,4}$/.test(side));
	return areIntegers && rest.length === 0 ? { width: Number(width), height: Number(height) } : undefined;
}

/** Reports whether both sides lie from `min` to `max` pixels inclusive; false without a size. */
export const sidesWithin = (size: Size | undefined, min: number, max: number): boolean =>
	size !== undefined && [size.width, size.height].every((side) => side >= min && side <= max);

/** Parses an aspect ratio: `16:9` is 1.78. Returns undefined for anything but two positive integers. */
export function parseRatio(text: string): number | undefined {
	const match = /^([1-9]\d{0,4}):([1-9]\d{0,4})$/.exec(text);
	return match ? Number(match[1]) / Number(match[2]) : undefined;
}

/** Limits `value` to the range from `min` to `max`. */
export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Returns the area in megapixels of 1,000,000 pixels. */
export const megapixels = ({ width, height }: Size): number => (width * height) / 1_000_000;
