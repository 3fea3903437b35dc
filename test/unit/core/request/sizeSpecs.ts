import type { Pixels } from '../../../../nodes/FluxKontext/core/request/ratios';
import { resolveSize } from '../../../../nodes/FluxKontext/core/request/resolveSize';
import {
	type SizeRequest,
	type SizeSpec,
	type Sizing,
} from '../../../../nodes/FluxKontext/core/request/sizes';

const squareAndWide = [
	{ w: 1, h: 1 },
	{ w: 16, h: 9 },
	{ w: 9, h: 16 },
];
const sizes: Pixels[] = [
	{ width: 1024, height: 1024 },
	{ width: 1536, height: 1024 },
	{ width: 512, height: 512 },
];
/** Every kind of model, by what size it takes. */
export const specs = {
	anyRatio: { kind: 'anyRatio' },
	ratios: { kind: 'ratios', ratios: squareAndWide },
	pixels: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
	pixelsOfInput: {
		kind: 'pixels',
		multipleOf: 16,
		min: 256,
		max: 2048,
		maxPixels: 2048 * 2048,
		matchesInput: true,
	},
	sizes: { kind: 'sizes', sizes },
	sizesOfInput: { kind: 'sizes', sizes, matchesInput: true },
	none: { kind: 'none' },
} as const satisfies Record<string, SizeSpec>;

/** Resolves a size; by default without a resolution and an input image. */
export const resolve = (spec: SizeSpec, sizing: Sizing, overrides: Partial<SizeRequest> = {}) =>
	resolveSize(spec, { sizing, resolution: 'auto', input: null, ...overrides });
export const auto: Sizing = { kind: 'auto' };
export const ratioOf = (w: number, h: number): Sizing => ({ kind: 'aspectRatio', ratio: { w, h } });
export const pixelsOf = (width: number, height: number): Sizing => ({ kind: 'pixels', width, height });
