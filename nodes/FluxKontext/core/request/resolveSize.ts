import {
	areaOf,
	fitPixels,
	isSupportedRatio,
	logRatio,
	matchesByItself,
	nearestRatio,
	nearestSize,
	ofPixels,
	pixelsText,
	ratioText,
	reduce,
	takesScale,
	TALLEST,
	wholeNumbers,
	WIDEST,
	type Pixels,
	type Ratio,
	type ResolvedSize,
	type SizeRequest,
	type SizeSpec,
} from './sizes';
import type { Warning } from '../provider';

/** Differences of log-ratio that nobody sees: sides are rounded to multiples of 16. */
const RATIO_TOLERANCE = 0.02;
/** A picture with half as many pixels again is another scale. */
const SCALE_TOLERANCE = Math.log(1.5);

interface Wish {
	ratio: Ratio;
	area: number;
	/** How the user would call it. */
	text: string;
	option: 'sizing' | 'aspectRatio' | 'width';
	exact: Pixels | null;
}

function wishOf({ sizing, resolution, input }: SizeRequest): Wish | null {
	const area = areaOf[resolution];
	switch (sizing.kind) {
		case 'pixels':
			return {
				ratio: ofPixels(sizing),
				area: sizing.width * sizing.height,
				text: pixelsText(sizing),
				option: 'width',
				exact: sizing,
			};
		case 'aspectRatio':
			return {
				ratio: sizing.ratio,
				area,
				text: ratioText(sizing.ratio),
				option: 'aspectRatio',
				exact: null,
			};
		case 'auto':
			return input === null && resolution === 'auto'
				? null
				: {
						ratio: input === null ? { w: 1, h: 1 } : ofPixels(input),
						area,
						text: `auto (${input === null ? 'a square' : pixelsText(input)})`,
						option: 'sizing',
						exact: null,
					};
	}
}

const adapted = (option: string, message: string): Warning => ({ option, type: 'adapted', message });
const ignored = (option: string, message: string): Warning => ({ option, type: 'ignored', message });

/** The rules of CONTRACT.md, "Size rules": what the model is told, and a warning for all that was adapted on the way. */
export function resolveSize(
	spec: SizeSpec,
	request: SizeRequest,
): { size: ResolvedSize; warnings: Warning[] } {
	const warnings: Warning[] = [];
	const { sizing, resolution } = request;
	const scales = takesScale(spec);
	if (resolution !== 'auto' && (!scales || sizing.kind === 'pixels')) {
		warnings.push(
			ignored(
				'resolution',
				scales
					? `Width and height set the scale already; resolution ${resolution} is not used.`
					: `This model has one scale, about one megapixel; resolution ${resolution} is not used.`,
			),
		);
	}
	const wish = wishOf(request);
	if (wish === null || (sizing.kind === 'auto' && matchesByItself(spec, resolution)))
		return { size: { kind: 'auto' }, warnings };
	const supported = isSupportedRatio(wish.ratio);
	const ratio = supported ? wish.ratio : logRatio(wish.ratio) > 0 ? WIDEST : TALLEST;
	switch (spec.kind) {
		case 'none':
			warnings.push(
				ignored(wish.option, `This model decides the size by itself; ${wish.text} is not used.`),
			);
			return { size: { kind: 'auto' }, warnings };
		case 'anyRatio': {
			const told = wish.exact && supported ? reduce(wish.exact) : wholeNumbers(ratio);
			if (wish.exact) {
				warnings.push(
					adapted(
						'width',
						`This model takes a ratio, not pixels: ${wish.text} became ${ratioText(told)} at about one megapixel.`,
					),
				);
			} else if (!supported) {
				warnings.push(
					adapted(
						wish.option,
						`${wish.text} became ${ratioText(told)}, the nearest ratio this model takes.`,
					),
				);
			}
			return { size: { kind: 'ratio', ratio: told }, warnings };
		}
		case 'ratios': {
			const told = nearestRatio(spec.ratios, wish.ratio) ?? ratio;
			if (wish.exact || Math.abs(logRatio(told) - logRatio(wish.ratio)) > 1e-9) {
				warnings.push(
					adapted(
						wish.option,
						`${wish.text} became ${ratioText(told)}, the nearest ratio this model takes.`,
					),
				);
			}
			return { size: { kind: 'ratio', ratio: told }, warnings };
		}
		case 'sizes':
		case 'pixels': {
			const limits = spec.kind === 'pixels' ? spec : wish.exact ? spec.others : undefined;
			const told = limits
				? fitPixels(ratio, wish.area, limits)
				: ((spec.kind === 'sizes' ? nearestSize(spec.sizes, wish.ratio, wish.area) : null) ?? {
						width: 1024,
						height: 1024,
					});
			const changed = wish.exact
				? wish.exact.width !== told.width || wish.exact.height !== told.height
				: Math.abs(logRatio(ofPixels(told)) - logRatio(wish.ratio)) > RATIO_TOLERANCE;
			if (changed) {
				warnings.push(
					adapted(
						wish.option,
						`${wish.text} became ${pixelsText(told)}, the nearest size this model takes.`,
					),
				);
			}
			if (
				!wish.exact &&
				resolution !== 'auto' &&
				Math.abs(Math.log((told.width * told.height) / wish.area)) > SCALE_TOLERANCE
			) {
				warnings.push(
					adapted(
						'resolution',
						`${resolution} became ${pixelsText(told)}, the nearest size of this shape.`,
					),
				);
			}
			return { size: { kind: 'pixels', ...told }, warnings };
		}
	}
}
