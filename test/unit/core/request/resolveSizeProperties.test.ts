import fc from 'fast-check';

import { isSupportedRatio } from '../../../../nodes/FluxKontext/core/request/ratios';
import {
	takesScale,
	type Resolution,
	type SizeSpec,
	type Sizing,
} from '../../../../nodes/FluxKontext/core/request/sizes';
import { auto, pixelsOf, ratioOf, resolve, specs } from './sizeSpecs';

describe('for any request and any model,', () => {
	const side = fc.integer({ min: 16, max: 4096 });
	const anySizing: fc.Arbitrary<Sizing> = fc.oneof(
		fc.constant(auto),
		fc
			.record({ w: fc.integer({ min: 1, max: 30 }), h: fc.integer({ min: 1, max: 30 }) })
			.map(({ w, h }) => ratioOf(w, h)),
		fc.record({ width: side, height: side }).map(({ width, height }) => pixelsOf(width, height)),
	);
	const anySpec = fc.constantFrom<SizeSpec>(...Object.values(specs));
	const anyInput = fc.option(fc.record({ width: side, height: side }));

	it('the model is sent nothing that it does not take', () => {
		fc.assert(
			fc.property(
				anySpec,
				anySizing,
				fc.constantFrom<Resolution>('auto', '1K', '2K', '4K'),
				anyInput,
				(spec, sizing, resolution, input) => {
					const { size } = resolve(spec, sizing, { resolution, input });
					if (size.kind === 'auto') return;
					if (size.kind === 'ratio') {
						expect(
							spec.kind === 'anyRatio'
								? isSupportedRatio(size.ratio)
								: spec.kind === 'ratios' && spec.ratios.includes(size.ratio),
						).toBe(true);
					} else if (spec.kind === 'sizes') {
						expect(spec.sizes).toContainEqual({ width: size.width, height: size.height });
					} else if (spec.kind === 'pixels') {
						const { min, max, multipleOf } = spec;
						expect(
							[size.width, size.height].every(
								(length) => length >= min && length <= max && length % multipleOf === 0,
							),
						).toBe(true);
					} else {
						throw new Error(`A model of kind ${spec.kind} was sent pixels`);
					}
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it('pixels are named in a warning exactly where they are not met', () => {
		fc.assert(
			fc.property(anySpec, fc.record({ width: side, height: side }), (spec, { width, height }) => {
				const { size, warnings } = resolve(spec, pixelsOf(width, height));
				const met = size.kind === 'pixels' && size.width === width && size.height === height;
				expect(warnings.map(({ option }) => option)).toEqual(met ? [] : ['width']);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('a ratio that is not met within 2 % is named in a warning', () => {
		fc.assert(
			fc.property(
				anySpec,
				fc.integer({ min: 1, max: 30 }),
				fc.integer({ min: 1, max: 30 }),
				(spec, w, h) => {
					const { size, warnings } = resolve(spec, ratioOf(w, h));
					const sentRatio =
						size.kind === 'ratio'
							? size.ratio.w / size.ratio.h
							: size.kind === 'pixels'
								? size.width / size.height
								: null;
					const met = sentRatio !== null && Math.abs(Math.log(sentRatio) - Math.log(w / h)) <= 0.02;
					if (!met) expect(warnings.map(({ option }) => option)).toEqual(['aspectRatio']);
					else if (size.kind === 'pixels') expect(warnings).toEqual([]);
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it('a resolution is named in a warning exactly where it is not used or not reached', () => {
		fc.assert(
			fc.property(anySpec, anySizing, anyInput, (spec, sizing, input) => {
				const { size, warnings } = resolve(spec, sizing, { resolution: '2K', input });
				const used = takesScale(spec) && sizing.kind !== 'pixels';
				const share = size.kind === 'pixels' ? (size.width * size.height) / (4 * 1024 * 1024) : 1;
				expect(warnings.some(({ option }) => option === 'resolution')).toBe(!used || share < 1 / 1.5);
			}),
		);
	});
});
