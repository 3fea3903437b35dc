/** Width to height. */
export interface Ratio {
	w: number;
	h: number;
}

/** Width and height in pixels. */
export interface Pixels {
	width: number;
	height: number;
}

/** Widest ratio that can be asked for. */
export const WIDEST: Ratio = { w: 21, h: 9 };
/** Tallest ratio that can be asked for. */
export const TALLEST: Ratio = { w: 9, h: 21 };

/** Differences of a log-ratio below this are rounding errors. */
export const EPSILON = 1e-9;

/** Natural logarithm of a ratio; the distance between two of them is their difference. */
export const logRatio = ({ w, h }: Ratio): number => Math.log(w / h);
/** Ratio of a size. */
export const ofPixels = ({ width, height }: Pixels): Ratio => ({ w: width, h: height });
/** Formats a ratio as `W:H`. */
export const ratioText = ({ w, h }: Ratio): string => `${w}:${h}`;
/** Formats a size as `WxH`. */
export const pixelsText = ({ width, height }: Pixels): string => `${width}x${height}`;

/** Parses `W:H`; `null` where the text is no ratio of two positive numbers. */
export function parseRatio(text: string): Ratio | null {
	const match = /^\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)\s*$/.exec(text);
	if (!match) return null;
	const [w, h] = [Number(match[1]), Number(match[2])];
	return w > 0 && h > 0 ? { w, h } : null;
}

/** Tells whether a ratio is between 21:9 and 9:21, inclusive. */
export function isSupportedRatio(ratio: Ratio): boolean {
	const log = logRatio(ratio);
	return log <= logRatio(WIDEST) + EPSILON && log >= logRatio(TALLEST) - EPSILON;
}

function gcd(a: number, b: number): number {
	return b === 0 ? a : gcd(b, a % b);
}

/** Reduces a size to its smallest whole-number ratio. */
export function reduce({ width, height }: Pixels): Ratio {
	const divisor = gcd(width, height);
	return { w: width / divisor, h: height / divisor };
}

/** Expresses a ratio like 1.85:1 in whole numbers, because providers take no others. */
export function wholeNumbers({ w, h }: Ratio): Ratio {
	if (Number.isInteger(w) && Number.isInteger(h)) return { w, h };
	const scale = Math.max(1000, 1000 / Math.min(w, h));
	return reduce({ width: Math.round(w * scale), height: Math.round(h * scale) });
}
