import { EPSILON, logRatio, ofPixels, type Pixels, type Ratio } from './ratios';
import type { PixelLimits } from './sizes';

/**
 * Finds the candidate with the nearest log-ratio; among equally near ones that with the smallest `areaGap`.
 */
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
			gap.ratioGap < best.ratioGap - EPSILON ||
			(gap.ratioGap < best.ratioGap + EPSILON && gap.areaGap < best.areaGap);
		if (closer) best = { candidate, ...gap };
	}
	return best?.candidate ?? null;
}

/** Finds the ratio nearest to the wanted one; `null` for an empty list. */
export function nearestRatio(ratios: readonly Ratio[], wanted: Ratio): Ratio | null {
	return nearest(
		ratios,
		(ratio) => ratio,
		wanted,
		() => 0,
	);
}

/**
 * Finds the size nearest to the wanted ratio, and among equally near ones to `area` pixels; `null` for an
 * empty list.
 */
export function nearestSize(sizes: readonly Pixels[], wanted: Ratio, area: number): Pixels | null {
	return nearest(sizes, ofPixels, wanted, ({ width, height }) =>
		Math.abs(Math.log((width * height) / area)),
	);
}

/**
 * Computes sides with about `area` pixels that keep the wanted ratio, are multiples of `multipleOf` and
 * within the limits.
 */
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
		const smallest = Math.ceil(min / multipleOf) * multipleOf;
		const largest = Math.floor(max / multipleOf) * multipleOf;
		return Math.min(largest, Math.max(smallest, Math.round(side / multipleOf) * multipleOf));
	};
	const fitted = { width: snap(height * ratio), height: snap(height) };
	while (fitted.width * fitted.height > maxPixels) {
		if (fitted.width >= fitted.height) fitted.width -= multipleOf;
		else fitted.height -= multipleOf;
	}
	return fitted;
}
