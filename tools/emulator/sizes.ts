export interface Size {
	width: number;
	height: number;
}

const megapixel = 1024 * 1024;

/** About one megapixel in the shape asked for, sides multiples of 16. */
export function aboutOneMegapixel(ratio: number): Size {
	const sixteens = (side: number): number => Math.max(16, Math.round(side / 16) * 16);
	return {
		width: sixteens(Math.sqrt(megapixel * ratio)),
		height: sixteens(Math.sqrt(megapixel / ratio)),
	};
}

/** `1024x768` or `1024*768`, by the sign; undefined for anything else. */
export function parseSize(text: string, sign: 'x' | '*'): Size | undefined {
	const [width, height, ...rest] = text.split(sign);
	const whole = [width, height].every((side) => side !== undefined && /^[1-9]\d{0,4}$/.test(side));
	return whole && rest.length === 0 ? { width: Number(width), height: Number(height) } : undefined;
}

export const eachSide = (size: Size | undefined, min: number, max: number): boolean =>
	size !== undefined && [size.width, size.height].every((side) => side >= min && side <= max);

/** `16:9` as 1.78; undefined for anything but two whole numbers. */
export function parseRatio(text: string): number | undefined {
	const match = /^([1-9]\d{0,4}):([1-9]\d{0,4})$/.exec(text);
	return match ? Number(match[1]) / Number(match[2]) : undefined;
}

export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

export const megapixels = ({ width, height }: Size): number => (width * height) / 1_000_000;
