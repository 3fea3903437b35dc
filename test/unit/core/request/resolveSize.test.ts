import fc from 'fast-check';

import { resolveSize } from '../../../../nodes/FluxKontext/core/request/resolveSize';
import {
	isSupportedRatio,
	matchesByItself,
	takesScale,
	type Pixels,
	type Resolution,
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
const specs = {
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

const ask = (spec: SizeSpec, sizing: Sizing, more: Partial<SizeRequest> = {}) =>
	resolveSize(spec, { sizing, resolution: 'auto', input: null, ...more });
const auto: Sizing = { kind: 'auto' };
const ratioOf = (w: number, h: number): Sizing => ({ kind: 'aspectRatio', ratio: { w, h } });
const pixelsOf = (width: number, height: number): Sizing => ({ kind: 'pixels', width, height });

describe('auto', () => {
	it.each(Object.entries(specs))(
		'without an input image leaves the size to a model of kind %s, silently',
		(_, spec) => {
			expect(ask(spec, auto)).toEqual({ size: { kind: 'auto' }, warnings: [] });
		},
	);

	it.each([specs.anyRatio, specs.ratios, specs.pixelsOfInput, specs.sizesOfInput, specs.none])(
		'leaves an edit to a model that matches its input: $kind',
		(spec) => {
			expect(ask(spec, auto, { input: { width: 640, height: 480 } })).toEqual({
				size: { kind: 'auto' },
				warnings: [],
			});
		},
	);

	it('takes the shape of the input at one megapixel where the model must be told pixels', () => {
		expect(ask(specs.pixels, auto, { input: { width: 640, height: 480 } })).toEqual({
			size: { kind: 'pixels', width: 1184, height: 880 },
			warnings: [],
		});
		expect(ask(specs.sizes, auto, { input: { width: 3000, height: 2000 } }).size).toEqual({
			kind: 'pixels',
			width: 1536,
			height: 1024,
		});
	});

	it('names it where no size of the model has the shape of the input', () => {
		expect(ask(specs.sizes, auto, { input: { width: 1600, height: 900 } })).toEqual({
			size: { kind: 'pixels', width: 1536, height: 1024 },
			warnings: [
				{
					option: 'sizing',
					type: 'adapted',
					message: 'auto (1600x900) became 1536x1024, the nearest size this model takes.',
				},
			],
		});
	});

	it('tells a model that matches its input the pixels only where a scale is asked for', () => {
		expect(
			ask(specs.pixelsOfInput, auto, { input: { width: 1000, height: 500 }, resolution: '2K' }),
		).toEqual({
			size: { kind: 'pixels', width: 2048, height: 1024 },
			warnings: [
				{
					option: 'resolution',
					type: 'adapted',
					message: '2K became 2048x1024, the nearest size of this shape.',
				},
			],
		});
		expect(ask(specs.pixelsOfInput, ratioOf(16, 9)).size).toEqual({
			kind: 'pixels',
			width: 1360,
			height: 768,
		});
		expect(
			[specs.pixelsOfInput, specs.pixels, specs.sizes, specs.none].map((spec) =>
				matchesByItself(spec, 'auto'),
			),
		).toEqual([true, false, false, true]);
		expect(matchesByItself(specs.pixelsOfInput, '1K')).toBe(false);
	});

	it('takes the scale of the resolution', () => {
		expect(ask(specs.pixels, auto, { resolution: '2K' })).toEqual({
			size: { kind: 'pixels', width: 2048, height: 2048 },
			warnings: [],
		});
	});
});

describe('aspectRatio', () => {
	it('is told as it is to a model that takes any', () => {
		expect(ask(specs.anyRatio, ratioOf(3, 2))).toEqual({
			size: { kind: 'ratio', ratio: { w: 3, h: 2 } },
			warnings: [],
		});
	});

	it.each([
		[ratioOf(2.25, 1), { w: 9, h: 4 }],
		[ratioOf(0.0002, 0.0001), { w: 2, h: 1 }],
		[ratioOf(1, 1.85), { w: 20, h: 37 }],
		[ratioOf(0.5, 0.5), { w: 1, h: 1 }],
		[ratioOf(32, 18), { w: 32, h: 18 }],
	])('is told in whole numbers: %j', (sizing, ratio) => {
		expect(ask(specs.anyRatio, sizing)).toEqual({ size: { kind: 'ratio', ratio }, warnings: [] });
	});

	it('beyond 21:9 becomes 21:9, and says so', () => {
		expect(ask(specs.anyRatio, ratioOf(5, 1))).toEqual({
			size: { kind: 'ratio', ratio: { w: 21, h: 9 } },
			warnings: [
				{
					option: 'aspectRatio',
					type: 'adapted',
					message: '5:1 became 21:9, the nearest ratio this model takes.',
				},
			],
		});
	});

	it('becomes the nearest named one, and says so', () => {
		expect(ask(specs.ratios, ratioOf(4, 3))).toEqual({
			size: { kind: 'ratio', ratio: { w: 1, h: 1 } },
			warnings: [
				{
					option: 'aspectRatio',
					type: 'adapted',
					message: '4:3 became 1:1, the nearest ratio this model takes.',
				},
			],
		});
		expect(ask(specs.ratios, ratioOf(32, 18))).toEqual({
			size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
			warnings: [],
		});
	});

	it('becomes pixels at the scale of the resolution', () => {
		expect(ask(specs.pixels, ratioOf(16, 9)).size).toEqual({ kind: 'pixels', width: 1360, height: 768 });
		expect(ask(specs.pixels, ratioOf(16, 9), { resolution: '2K' }).size).toEqual({
			kind: 'pixels',
			width: 2048,
			height: 1152,
		});
	});

	it('is ignored by a model that takes no size, and says so', () => {
		expect(ask(specs.none, ratioOf(16, 9))).toEqual({
			size: { kind: 'auto' },
			warnings: [
				{
					option: 'aspectRatio',
					type: 'ignored',
					message: 'This model decides the size by itself; 16:9 is not used.',
				},
			],
		});
	});
});

describe('pixels', () => {
	it('are told as they are where they fit', () => {
		expect(ask(specs.pixels, pixelsOf(1024, 768))).toEqual({
			size: { kind: 'pixels', width: 1024, height: 768 },
			warnings: [],
		});
		expect(ask(specs.sizesOfInput, pixelsOf(1536, 1024))).toEqual({
			size: { kind: 'pixels', width: 1536, height: 1024 },
			warnings: [],
		});
	});

	it('may be others than the sizes, within limits, where the model takes them; a ratio is still one of the sizes', () => {
		const spec: SizeSpec = {
			...specs.sizes,
			others: { multipleOf: 1, min: 1, max: 2048, maxPixels: 2048 * 2048 },
		};
		expect(ask(spec, pixelsOf(1001, 703))).toEqual({
			size: { kind: 'pixels', width: 1001, height: 703 },
			warnings: [],
		});
		expect(ask(spec, pixelsOf(4096, 2048))).toMatchObject({
			size: { kind: 'pixels', width: 2048, height: 1024 },
			warnings: [{ option: 'width' }],
		});
		expect(ask(spec, ratioOf(3, 2))).toEqual({
			size: { kind: 'pixels', width: 1536, height: 1024 },
			warnings: [],
		});
	});

	it.each([
		[
			specs.pixels,
			pixelsOf(1000, 1000),
			{ kind: 'pixels', width: 1008, height: 1008 },
			'1000x1000 became 1008x1008, the nearest size this model takes.',
		],
		[
			specs.pixels,
			pixelsOf(4096, 2048),
			{ kind: 'pixels', width: 2048, height: 1024 },
			'4096x2048 became 2048x1024, the nearest size this model takes.',
		],
		[
			specs.sizes,
			pixelsOf(500, 520),
			{ kind: 'pixels', width: 512, height: 512 },
			'500x520 became 512x512, the nearest size this model takes.',
		],
		[
			specs.ratios,
			pixelsOf(1920, 1080),
			{ kind: 'ratio', ratio: { w: 16, h: 9 } },
			'1920x1080 became 16:9, the nearest ratio this model takes.',
		],
		[
			specs.anyRatio,
			pixelsOf(1920, 1080),
			{ kind: 'ratio', ratio: { w: 16, h: 9 } },
			'This model takes a ratio, not pixels: 1920x1080 became 16:9 at about one megapixel.',
		],
		[
			specs.anyRatio,
			pixelsOf(4000, 100),
			{ kind: 'ratio', ratio: { w: 21, h: 9 } },
			'This model takes a ratio, not pixels: 4000x100 became 21:9 at about one megapixel.',
		],
	] as const)('are adapted to %j, and say so', (spec, sizing, size, message) => {
		expect(ask(spec, sizing)).toEqual({
			size,
			warnings: [{ option: 'width', type: 'adapted', message }],
		});
	});

	it('set the scale: a resolution beside them is ignored, and says so', () => {
		expect(ask(specs.pixels, pixelsOf(512, 512), { resolution: '2K' })).toEqual({
			size: { kind: 'pixels', width: 512, height: 512 },
			warnings: [
				{
					option: 'resolution',
					type: 'ignored',
					message: 'Width and height set the scale already; resolution 2K is not used.',
				},
			],
		});
	});
});

it('a resolution for a model of one scale is ignored, and says so', () => {
	expect(ask(specs.anyRatio, auto, { resolution: '4K' })).toEqual({
		size: { kind: 'auto' },
		warnings: [
			{
				option: 'resolution',
				type: 'ignored',
				message: 'This model has one scale, about one megapixel; resolution 4K is not used.',
			},
		],
	});
});

describe('whatever is asked of whatever model', () => {
	const side = fc.integer({ min: 16, max: 4096 });
	const sizing: fc.Arbitrary<Sizing> = fc.oneof(
		fc.constant(auto),
		fc
			.record({ w: fc.integer({ min: 1, max: 30 }), h: fc.integer({ min: 1, max: 30 }) })
			.map(({ w, h }) => ratioOf(w, h)),
		fc.record({ width: side, height: side }).map(({ width, height }) => pixelsOf(width, height)),
	);
	const spec = fc.constantFrom<SizeSpec>(...Object.values(specs));
	const input = fc.option(fc.record({ width: side, height: side }));

	it('the model is told nothing that it does not take', () => {
		fc.assert(
			fc.property(
				spec,
				sizing,
				fc.constantFrom<Resolution>('auto', '1K', '2K', '4K'),
				input,
				(of, asked, resolution, shape) => {
					const { size } = ask(of, asked, { resolution, input: shape });
					if (size.kind === 'auto') return;
					if (size.kind === 'ratio') {
						expect(
							of.kind === 'anyRatio'
								? isSupportedRatio(size.ratio)
								: of.kind === 'ratios' && of.ratios.includes(size.ratio),
						).toBe(true);
					} else if (of.kind === 'sizes') {
						expect(of.sizes).toContainEqual({ width: size.width, height: size.height });
					} else if (of.kind === 'pixels') {
						const { min, max, multipleOf } = of;
						expect(
							[size.width, size.height].every(
								(each) => each >= min && each <= max && each % multipleOf === 0,
							),
						).toBe(true);
					} else {
						throw new Error(`A model of kind ${of.kind} was told pixels`);
					}
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it('pixels that are not met exactly are named in a warning, and those that are met are not', () => {
		fc.assert(
			fc.property(spec, fc.record({ width: side, height: side }), (of, { width, height }) => {
				const { size, warnings } = ask(of, pixelsOf(width, height));
				const met = size.kind === 'pixels' && size.width === width && size.height === height;
				expect(warnings.map(({ option }) => option)).toEqual(met ? [] : ['width']);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('a ratio that is not met within 2 % is named in a warning', () => {
		fc.assert(
			fc.property(
				spec,
				fc.integer({ min: 1, max: 30 }),
				fc.integer({ min: 1, max: 30 }),
				(of, w, h) => {
					const { size, warnings } = ask(of, ratioOf(w, h));
					const told =
						size.kind === 'ratio'
							? size.ratio.w / size.ratio.h
							: size.kind === 'pixels'
								? size.width / size.height
								: null;
					const met = told !== null && Math.abs(Math.log(told) - Math.log(w / h)) <= 0.02;
					if (!met) expect(warnings.map(({ option }) => option)).toEqual(['aspectRatio']);
					else if (size.kind === 'pixels') expect(warnings).toEqual([]);
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it('a resolution is used where the model has a scale, and named where it has none or does not reach it', () => {
		fc.assert(
			fc.property(spec, sizing, input, (of, asked, shape) => {
				const { size, warnings } = ask(of, asked, { resolution: '2K', input: shape });
				const used = takesScale(of) && asked.kind !== 'pixels';
				const share = size.kind === 'pixels' ? (size.width * size.height) / (4 * 1024 * 1024) : 1;
				expect(warnings.some(({ option }) => option === 'resolution')).toBe(!used || share < 1 / 1.5);
			}),
		);
	});
});
