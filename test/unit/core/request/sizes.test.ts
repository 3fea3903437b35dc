import fc from 'fast-check';

import { fitPixels, nearestRatio, nearestSize } from '../../../../nodes/FluxKontext/core/request/nearest';
import {
	isSupportedRatio,
	parseRatio,
	type Pixels,
	type Ratio,
} from '../../../../nodes/FluxKontext/core/request/ratios';

const side = fc.integer({ min: 1, max: 4096 });
const anyRatio: fc.Arbitrary<Ratio> = fc.record({ w: side, h: side });
const anyPixels: fc.Arbitrary<Pixels> = fc.record({ width: side, height: side });
const logOf = (w: number, h: number): number => Math.log(w) - Math.log(h);

describe('parseRatio', () => {
	it.each([
		['16:9', { w: 16, h: 9 }],
		[' 3 : 2 ', { w: 3, h: 2 }],
		['2.35:1', { w: 2.35, h: 1 }],
		['21:9', { w: 21, h: 9 }],
	])('reads %j', (text, wanted) => {
		expect(parseRatio(text)).toEqual(wanted);
	});

	it.each(['', '16', '16x9', '16:9:1', '0:1', '1:0', '-1:1', ':', 'a:b', '1e3:1', '16:9 wide'])(
		'does not take %j for a ratio',
		(text) => {
			expect(parseRatio(text)).toBeNull();
		},
	);

	it('reads back every pair of numbers, and never throws on any text', () => {
		fc.assert(fc.property(anyRatio, ({ w, h }) => expect(parseRatio(`${w}:${h}`)).toEqual({ w, h })));
		fc.assert(fc.property(fc.string(), (text) => void parseRatio(text)));
	});
});

it('a ratio is supported from 21:9 to 9:21, inclusive', () => {
	const supported = ['21:9', '9:21', '7:3', '1:1', '2.33:1'].map(parseRatio);
	expect(supported.every((ratio) => ratio !== null && isSupportedRatio(ratio))).toBe(true);
	const unsupported = ['22:9', '9:22', '2.34:1', '5:1', '1:100'].map(parseRatio);
	expect(unsupported.some((ratio) => ratio !== null && isSupportedRatio(ratio))).toBe(false);
});

describe('nearestRatio', () => {
	it('is the nearest by log-ratio, as an exhaustive search shows', () => {
		fc.assert(
			fc.property(fc.array(anyRatio, { minLength: 1, maxLength: 12 }), anyRatio, (ratios, wanted) => {
				const gap = ({ w, h }: Ratio) => Math.abs(logOf(w, h) - logOf(wanted.w, wanted.h));
				const found = nearestRatio(ratios, wanted);
				expect(found).not.toBeNull();
				if (found) expect(gap(found)).toBeLessThanOrEqual(Math.min(...ratios.map(gap)) + 1e-8);
			}),
		);
	});

	it('treats wide and tall alike: 1.5:1 is as far from 1:1 as from 2.25:1', () => {
		const square = { w: 1, h: 1 };
		expect(nearestRatio([square, { w: 2.3, h: 1 }], { w: 3, h: 2 })).toEqual(square);
		expect(nearestRatio([square, { w: 1, h: 2.3 }], { w: 2, h: 3 })).toEqual(square);
	});

	it('is null for an empty list', () => {
		expect(nearestRatio([], { w: 1, h: 1 })).toBeNull();
	});
});

describe('nearestSize', () => {
	it('is the nearest by log-ratio and, among equal shapes, by area', () => {
		fc.assert(
			fc.property(
				fc.array(anyPixels, { minLength: 1, maxLength: 12 }),
				anyRatio,
				side,
				(sizes, wanted, root) => {
					const area = root * root;
					const gap = ({ width, height }: Pixels) =>
						Math.abs(logOf(width, height) - logOf(wanted.w, wanted.h));
					const areaGap = ({ width, height }: Pixels) =>
						Math.abs(Math.log(width * height) - Math.log(area));
					const found = nearestSize(sizes, wanted, area);
					expect(found).not.toBeNull();
					if (!found) return;
					const best = Math.min(...sizes.map(gap));
					expect(gap(found)).toBeLessThanOrEqual(best + 2e-8);
					const alike = sizes.filter((size) => gap(size) <= best + 1e-12);
					if (gap(found) <= best + 1e-12)
						expect(areaGap(found)).toBeLessThanOrEqual(Math.min(...alike.map(areaGap)) + 1e-8);
				},
			),
		);
	});

	it('chooses the scale by the area', () => {
		const squares = [512, 1024, 2048].map((edge) => ({ width: edge, height: edge }));
		expect(
			[300_000, 1_048_576, 5_000_000].map((area) => nearestSize(squares, { w: 1, h: 1 }, area)?.width),
		).toEqual([512, 1024, 2048]);
	});
});

describe('fitPixels', () => {
	const limits = fc
		.record({
			multipleOf: fc.constantFrom(1, 8, 16, 32, 64),
			low: fc.integer({ min: 1, max: 8 }),
			span: fc.integer({ min: 1, max: 32 }),
			share: fc.double({ min: 0, max: 1, noNaN: true }),
		})
		.map(({ multipleOf, low, span, share }) => {
			const min = low * multipleOf;
			const max = (low + span) * multipleOf;
			return {
				multipleOf,
				min,
				max,
				maxPixels: Math.ceil(min * min + (max * max - min * min) * share),
			};
		});
	const area = fc.integer({ min: 1, max: 8192 }).map((root) => root * root);

	it('returns sides that are multiples, within the limits, and no more pixels than allowed', () => {
		fc.assert(
			fc.property(anyRatio, area, limits, (wanted, wantedArea, spec) => {
				const { width, height } = fitPixels(wanted, wantedArea, spec);
				const sides = [width, height];
				expect(sides.map((length) => length % spec.multipleOf)).toEqual([0, 0]);
				expect(sides.every((length) => length >= spec.min && length <= spec.max)).toBe(true);
				expect(width * height).toBeLessThanOrEqual(spec.maxPixels);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('keeps the ratio through clamping: some sides of the exact ratio are within one step of both', () => {
		fc.assert(
			fc.property(anyRatio, area, limits, (wanted, wantedArea, spec) => {
				const exact = wanted.w / wanted.h;
				// Where no such shape fits at all, there is no ratio to keep.
				const lowest = Math.max(spec.min, spec.min / exact);
				fc.pre(
					lowest <= Math.min(spec.max, spec.max / exact) &&
						lowest * lowest * exact <= spec.maxPixels,
				);
				const { width, height } = fitPixels(wanted, wantedArea, spec);
				const { multipleOf: step } = spec;
				expect(width).toBeLessThanOrEqual((height + step) * exact + step);
				expect(width).toBeGreaterThanOrEqual((height - step) * exact - step);
			}),
			{ numRuns: 500 },
		);
	});

	it('has about the requested area where the limits allow it', () => {
		const spec = { multipleOf: 16, min: 256, max: 4096, maxPixels: 4096 * 4096 };
		fc.assert(
			fc.property(
				fc.record({ w: fc.integer({ min: 9, max: 21 }), h: fc.integer({ min: 9, max: 21 }) }),
				(wanted) => {
					const { width, height } = fitPixels(wanted, 1024 * 1024, spec);
					expect(Math.abs(width * height - 1024 * 1024) / (1024 * 1024)).toBeLessThan(0.03);
				},
			),
		);
	});

	it.each([
		[{ w: 1, h: 1 }, 1024 * 1024, { width: 1024, height: 1024 }],
		[{ w: 16, h: 9 }, 1024 * 1024, { width: 1360, height: 768 }],
		[{ w: 9, h: 21 }, 1024 * 1024, { width: 672, height: 1568 }],
		[{ w: 1, h: 1 }, 64, { width: 256, height: 256 }],
		[{ w: 2, h: 1 }, 64, { width: 512, height: 256 }],
		[{ w: 2, h: 1 }, 100_000_000, { width: 2048, height: 1024 }],
		[{ w: 100, h: 1 }, 1024 * 1024, { width: 2048, height: 256 }],
	])('fits %j at %i pixels', (wanted, wantedArea, size) => {
		expect(
			fitPixels(wanted, wantedArea, { multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 }),
		).toEqual(size);
	});
});
