import {
	isSupportedRatio,
	logRatio,
	ofPixels,
	pixelsText,
	ratioText,
	TALLEST,
	WIDEST,
	type Pixels,
	type Ratio,
} from './ratios';
import { areaOf, type Resolution, type SizeRequest } from './sizes';

/** Wanted shape and scale, derived from the request. */
export interface SizeWish {
	ratio: Ratio;
	/** Nearest supported ratio. */
	supportedRatio: Ratio;
	/** Pixels in all. */
	area: number;
	resolution: Resolution;
	/** The user's own words for it. */
	text: string;
	/** Parameter that a warning names. */
	option: 'sizing' | 'aspectRatio' | 'width';
	/** Pixels, where the user asked for pixels. */
	exact: Pixels | null;
}

function supported(ratio: Ratio): Ratio {
	if (isSupportedRatio(ratio)) return ratio;
	return logRatio(ratio) > 0 ? WIDEST : TALLEST;
}

/** Derives shape and scale from a request; `null` where it asks for nothing. */
export function wishOf({ sizing, resolution, input }: SizeRequest): SizeWish | null {
	const wish = (ratio: Ratio, more: Pick<SizeWish, 'text' | 'option'> & Partial<SizeWish>): SizeWish => ({
		ratio,
		supportedRatio: supported(ratio),
		area: areaOf[resolution],
		resolution,
		exact: null,
		...more,
	});
	switch (sizing.kind) {
		case 'pixels': {
			const { width, height } = sizing;
			return wish(ofPixels(sizing), {
				area: width * height,
				text: pixelsText(sizing),
				option: 'width',
				exact: { width, height },
			});
		}
		case 'aspectRatio':
			return wish(sizing.ratio, { text: ratioText(sizing.ratio), option: 'aspectRatio' });
		case 'auto':
			if (input !== null)
				return wish(ofPixels(input), { text: `auto (${pixelsText(input)})`, option: 'sizing' });
			return resolution === 'auto'
				? null
				: wish({ w: 1, h: 1 }, { text: 'auto (a square)', option: 'sizing' });
	}
}
