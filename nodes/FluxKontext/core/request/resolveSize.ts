import type { Warning } from './imageRequest';
import { fitPixels, nearestRatio, nearestSize } from './nearest';
import {
	EPSILON,
	isSupportedRatio,
	logRatio,
	ofPixels,
	pixelsText,
	ratioText,
	reduce,
	wholeNumbers,
	type Pixels,
	type Ratio,
} from './ratios';
import { matchesInput, takesScale, type ResolvedSize, type SizeRequest, type SizeSpec } from './sizes';
import { wishOf, type SizeWish } from './sizeWish';

/** Differences of a log-ratio that nobody sees; sides are rounded to multiples of 16. */
const RATIO_TOLERANCE = 0.02;
/** Differences of the logarithm of an area that count as the same scale: up to half as many pixels again. */
const SCALE_TOLERANCE = Math.log(1.5);
/** Size of a model whose list of sizes is empty. */
const FALLBACK_SIZE: Pixels = { width: 1024, height: 1024 };

/** Size to request, and warnings for everything that was adapted. */
export interface SizeResolution {
	size: ResolvedSize;
	warnings: Warning[];
}

const adapted = (option: string, message: string): Warning => ({ option, type: 'adapted', message });
const ignored = (option: string, message: string): Warning => ({ option, type: 'ignored', message });

function resolveNothing({ option, text }: SizeWish): SizeResolution {
	return {
		size: { kind: 'auto' },
		warnings: [ignored(option, `This model decides the size by itself; ${text} is not used.`)],
	};
}

function resolveAnyRatio({ ratio, supportedRatio, exact, option, text }: SizeWish): SizeResolution {
	const isSupported = isSupportedRatio(ratio);
	const sent = exact && isSupported ? reduce(exact) : wholeNumbers(supportedRatio);
	const size: ResolvedSize = { kind: 'ratio', ratio: sent };
	if (exact) {
		const message =
			`This model takes a ratio, not pixels: ${text} became ${ratioText(sent)} ` +
			'at about one megapixel.';
		return { size, warnings: [adapted('width', message)] };
	}
	if (isSupported) return { size, warnings: [] };
	const message = `${text} became ${ratioText(sent)}, the nearest ratio this model takes.`;
	return { size, warnings: [adapted(option, message)] };
}

function resolveRatios(wish: SizeWish, ratios: readonly Ratio[]): SizeResolution {
	const { ratio, supportedRatio, exact, option, text } = wish;
	const sent = nearestRatio(ratios, ratio) ?? supportedRatio;
	const size: ResolvedSize = { kind: 'ratio', ratio: sent };
	if (!exact && Math.abs(logRatio(sent) - logRatio(ratio)) <= EPSILON) return { size, warnings: [] };
	const message = `${text} became ${ratioText(sent)}, the nearest ratio this model takes.`;
	return { size, warnings: [adapted(option, message)] };
}

function changesShape({ exact, ratio }: SizeWish, sent: Pixels): boolean {
	return exact
		? exact.width !== sent.width || exact.height !== sent.height
		: Math.abs(logRatio(ofPixels(sent)) - logRatio(ratio)) > RATIO_TOLERANCE;
}

function changesScale({ exact, resolution, area }: SizeWish, { width, height }: Pixels): boolean {
	if (exact || resolution === 'auto') return false;
	return Math.abs(Math.log((width * height) / area)) > SCALE_TOLERANCE;
}

function warnOfPixels(wish: SizeWish, sent: Pixels): SizeResolution {
	const { option, text, resolution } = wish;
	const warnings: Warning[] = [];
	if (changesShape(wish, sent)) {
		warnings.push(
			adapted(option, `${text} became ${pixelsText(sent)}, the nearest size this model takes.`),
		);
	}
	if (changesScale(wish, sent)) {
		const message = `${resolution} became ${pixelsText(sent)}, the nearest size of this shape.`;
		warnings.push(adapted('resolution', message));
	}
	return { size: { kind: 'pixels', ...sent }, warnings };
}

function resolveSizes(
	wish: SizeWish,
	{ sizes, others }: Extract<SizeSpec, { kind: 'sizes' }>,
): SizeResolution {
	const { ratio, supportedRatio, area, exact } = wish;
	const sent =
		exact && others
			? fitPixels(supportedRatio, area, others)
			: (nearestSize(sizes, ratio, area) ?? FALLBACK_SIZE);
	return warnOfPixels(wish, sent);
}

function resolveWish(spec: SizeSpec, wish: SizeWish): SizeResolution {
	switch (spec.kind) {
		case 'none':
			return resolveNothing(wish);
		case 'anyRatio':
			return resolveAnyRatio(wish);
		case 'ratios':
			return resolveRatios(wish, spec.ratios);
		case 'sizes':
			return resolveSizes(wish, spec);
		case 'pixels':
			return warnOfPixels(wish, fitPixels(wish.supportedRatio, wish.area, spec));
	}
}

function warnOfUnusedScale(spec: SizeSpec, { sizing, resolution }: SizeRequest): Warning[] {
	if (resolution === 'auto') return [];
	if (!takesScale(spec)) {
		const message =
			'This model has one scale, about one megapixel; ' + `resolution ${resolution} is not used.`;
		return [ignored('resolution', message)];
	}
	if (sizing.kind !== 'pixels') return [];
	const message = `Width and height set the scale already; resolution ${resolution} is not used.`;
	return [ignored('resolution', message)];
}

/**
 * Fits the requested size to a model: pixels beat a ratio, a resolution sets the scale and keeps the shape,
 * named ratios and sizes are matched by log-ratio, and limits keep the ratio. Everything that was adapted is
 * in the warnings.
 */
export function resolveSize(spec: SizeSpec, request: SizeRequest): SizeResolution {
	const scaleWarnings = warnOfUnusedScale(spec, request);
	const wish = wishOf(request);
	const modelDecides = request.sizing.kind === 'auto' && matchesInput(spec, request.resolution);
	if (wish === null || modelDecides) return { size: { kind: 'auto' }, warnings: scaleWarnings };
	const { size, warnings } = resolveWish(spec, wish);
	return { size, warnings: [...scaleWarnings, ...warnings] };
}
