export interface Ratio {
	w: number;
	h: number;
}

export interface Pixels {
	width: number;
	height: number;
}

/** What the user asked for. */
export type Sizing =
	| { kind: 'auto' }
	| { kind: 'aspectRatio'; ratio: Ratio }
	| { kind: 'pixels'; width: number; height: number };

export type Resolution = 'auto' | '1K' | '2K' | '4K';

export interface PixelLimits {
	multipleOf: number;
	min: number;
	max: number;
	/** Bounds the product of both sides. */
	maxPixels: number;
}

/** What a model can be told about the size of its image. */
export type SizeSpec =
	/** Any ratio between 21:9 and 9:21, about one megapixel. */
	| { kind: 'anyRatio' }
	/** Only these ratios. */
	| { kind: 'ratios'; ratios: readonly Ratio[] }
	/** Width and height within limits. `matchesInput`: told nothing, it takes the shape of the input image by itself; so too below. */
	| ({ kind: 'pixels'; matchesInput?: boolean } & PixelLimits)
	/** Only these sizes. `others`: but who asks for pixels may have any within these limits. */
	| { kind: 'sizes'; sizes: readonly Pixels[]; matchesInput?: boolean; others?: PixelLimits }
	/** Nothing. */
	| { kind: 'none' };

/** What the model is told: nothing (it decides), a ratio, or pixels. */
export type ResolvedSize = { kind: 'auto' } | { kind: 'ratio'; ratio: Ratio } | ({ kind: 'pixels' } & Pixels);

export interface SizeRequest {
	sizing: Sizing;
	resolution: Resolution;
	/** The first input image of an edit, where its size is known. */
	input: Pixels | null;
}

export const WIDEST: Ratio = { w: 21, h: 9 };
export const TALLEST: Ratio = { w: 9, h: 21 };

const MEGAPIXEL = 1024 * 1024;
export const areaOf: Record<Resolution, number> = {
	auto: MEGAPIXEL,
	'1K': MEGAPIXEL,
	'2K': 4 * MEGAPIXEL,
	'4K': 16 * MEGAPIXEL,
};

export const logRatio = ({ w, h }: Ratio): number => Math.log(w / h);
export const ofPixels = ({ width, height }: Pixels): Ratio => ({ w: width, h: height });
export const ratioText = ({ w, h }: Ratio): string => `${w}:${h}`;
export const pixelsText = ({ width, height }: Pixels): string => `${width}x${height}`;

/** `W:H` as numbers, or `null` where the text is none. */
export function parseRatio(text: string): Ratio | null {
	const match = /^\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)\s*$/.exec(text);
	if (!match) return null;
	const [w, h] = [Number(match[1]), Number(match[2])];
	return w > 0 && h > 0 ? { w, h } : null;
}

export function isSupportedRatio(ratio: Ratio): boolean {
	const log = logRatio(ratio);
	return log <= logRatio(WIDEST) + 1e-9 && log >= logRatio(TALLEST) - 1e-9;
}

function gcd(a: number, b: number): number {
	return b === 0 ? a : gcd(b, a % b);
}

export function reduce({ width, height }: Pixels): Ratio {
	const divisor = gcd(width, height);
	return { w: width / divisor, h: height / divisor };
}

/** Two whole numbers for a ratio like 1.85:1, which providers do not take as it is. */
export function wholeNumbers({ w, h }: Ratio): Ratio {
	if (Number.isInteger(w) && Number.isInteger(h)) return { w, h };
	const scale = Math.max(1000, 1000 / Math.min(w, h));
	return reduce({ width: Math.round(w * scale), height: Math.round(h * scale) });
}

/** The candidate whose ratio is nearest by log-ratio; among equally near ones that with the area nearest to `area`. */
function nearest<T>(
	candidates: readonly T[],
	toRatio: (candidate: T) => Ratio,
	wanted: Ratio,
	areaGap: (candidate: T) => number,
): T | null {
	let best: { candidate: T; ratioGap: number; areaGap: number } | null = null;
	for (const candidate of candidates) {
		const gap = {
			ratioGap: Math.abs(logRatio(toRatio(candidate)) - logRatio(wanted)),
			areaGap: areaGap(candidate),
		};
		const closer =
			best === null ||
			gap.ratioGap < best.ratioGap - 1e-9 ||
			(gap.ratioGap < best.ratioGap + 1e-9 && gap.areaGap < best.areaGap);
		if (closer) best = { candidate, ...gap };
	}
	return best?.candidate ?? null;
}

export function nearestRatio(ratios: readonly Ratio[], wanted: Ratio): Ratio | null {
	return nearest(
		ratios,
		(ratio) => ratio,
		wanted,
		() => 0,
	);
}

export function nearestSize(sizes: readonly Pixels[], wanted: Ratio, area: number): Pixels | null {
	return nearest(sizes, ofPixels, wanted, ({ width, height }) =>
		Math.abs(Math.log((width * height) / area)),
	);
}

/** Sides of the wanted ratio with about `area` pixels, multiples of `multipleOf`, within the limits, the ratio kept. */
export function fitPixels(
	wanted: Ratio,
	area: number,
	{ multipleOf, min, max, maxPixels }: PixelLimits,
): Pixels {
	const ratio = wanted.w / wanted.h;
	const bounded = Math.min(area, maxPixels);
	// The largest and the smallest height for which both sides are within the limits.
	const highest = Math.min(max, max / ratio);
	const lowest = Math.max(min, min / ratio);
	const height = Math.max(lowest, Math.min(highest, Math.sqrt(bounded / ratio)));
	const snap = (side: number) => {
		const up = Math.ceil(min / multipleOf) * multipleOf;
		const down = Math.floor(max / multipleOf) * multipleOf;
		return Math.min(down, Math.max(up, Math.round(side / multipleOf) * multipleOf));
	};
	const fitted = { width: snap(height * ratio), height: snap(height) };
	while (fitted.width * fitted.height > maxPixels) {
		if (fitted.width >= fitted.height) fitted.width -= multipleOf;
		else fitted.height -= multipleOf;
	}
	return fitted;
}

/** Whether the model can be told a scale besides the shape. */
export function takesScale(spec: SizeSpec): boolean {
	return spec.kind === 'pixels' || (spec.kind === 'sizes' && !spec.matchesInput);
}

/** Whether the model, where nothing is asked for but perhaps a scale, finds the shape by itself. */
export function matchesByItself(spec: SizeSpec, resolution: Resolution): boolean {
	return (
		!takesScale(spec) || (spec.kind === 'pixels' && spec.matchesInput === true && resolution === 'auto')
	);
}
