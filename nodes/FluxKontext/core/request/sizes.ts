import type { Pixels, Ratio } from './ratios';

/** Size that the user asks for. */
export type Sizing =
	| { kind: 'auto' }
	| { kind: 'aspectRatio'; ratio: Ratio }
	| { kind: 'pixels'; width: number; height: number };

/** Scale that the user asks for. `auto` is about one megapixel. */
export type Resolution = 'auto' | '1K' | '2K' | '4K';

/** Limits of width and height in pixels, inclusive. */
export interface PixelLimits {
	/** Divides both sides. */
	multipleOf: number;
	/** Smallest and largest side. */
	min: number;
	max: number;
	/** Largest product of both sides. */
	maxPixels: number;
}

/** How a model takes the size of its image. */
export type SizeSpec =
	/** Any ratio between 21:9 and 9:21, at about one megapixel. */
	| { kind: 'anyRatio' }
	/** One of these ratios. */
	| { kind: 'ratios'; ratios: readonly Ratio[] }
	/**
	 * Width and height within limits. `matchesInput`: without a size it takes the shape of the input image.
	 */
	| ({ kind: 'pixels'; matchesInput?: boolean } & PixelLimits)
	/** One of these sizes; pixels that the user asks for may be anything within the limits `others`. */
	| { kind: 'sizes'; sizes: readonly Pixels[]; matchesInput?: boolean; others?: PixelLimits }
	/** Not at all. */
	| { kind: 'none' };

/** Size that is requested from the model: none (it decides), a ratio, or pixels. */
export type ResolvedSize = { kind: 'auto' } | { kind: 'ratio'; ratio: Ratio } | ({ kind: 'pixels' } & Pixels);

/** Size that an item asks for. */
export interface SizeRequest {
	sizing: Sizing;
	resolution: Resolution;
	/** Size of the first input image of an edit; `null` where it is not known. */
	input: Pixels | null;
}

const MEGAPIXEL = 1024 * 1024;

/** Pixels in all for each scale. */
export const areaOf: Record<Resolution, number> = {
	auto: MEGAPIXEL,
	'1K': MEGAPIXEL,
	'2K': 4 * MEGAPIXEL,
	'4K': 16 * MEGAPIXEL,
};

/** Tells whether a scale can be requested from the model besides the shape. */
export function takesScale(spec: SizeSpec): boolean {
	return spec.kind === 'pixels' || (spec.kind === 'sizes' && !spec.matchesInput);
}

/** Tells whether the model takes the shape of the input image by itself where no size is requested. */
export function matchesInput(spec: SizeSpec, resolution: Resolution): boolean {
	return (
		!takesScale(spec) || (spec.kind === 'pixels' && spec.matchesInput === true && resolution === 'auto')
	);
}
