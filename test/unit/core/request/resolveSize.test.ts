import { matchesInput, type SizeSpec } from '../../../../nodes/FluxKontext/core/request/sizes';
import { auto, pixelsOf, ratioOf, resolve, specs } from './sizeSpecs';

describe('auto', () => {
	it.each(Object.entries(specs))(
		'without an input image leaves the size to a model of kind %s, without a warning',
		(_, spec) => {
			expect(resolve(spec, auto)).toEqual({ size: { kind: 'auto' }, warnings: [] });
		},
	);

	it.each([specs.anyRatio, specs.ratios, specs.pixelsOfInput, specs.sizesOfInput, specs.none])(
		'leaves the size of an edit to a model that matches its input: $kind',
		(spec) => {
			expect(resolve(spec, auto, { input: { width: 640, height: 480 } })).toEqual({
				size: { kind: 'auto' },
				warnings: [],
			});
		},
	);

	it('takes the shape of the input at one megapixel where the model needs pixels', () => {
		expect(resolve(specs.pixels, auto, { input: { width: 640, height: 480 } })).toEqual({
			size: { kind: 'pixels', width: 1184, height: 880 },
			warnings: [],
		});
		expect(resolve(specs.sizes, auto, { input: { width: 3000, height: 2000 } }).size).toEqual({
			kind: 'pixels',
			width: 1536,
			height: 1024,
		});
	});

	it('warns where no size of the model has the shape of the input', () => {
		expect(resolve(specs.sizes, auto, { input: { width: 1600, height: 900 } })).toEqual({
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

	it('sends pixels to a model that matches its input only where a scale is set', () => {
		expect(
			resolve(specs.pixelsOfInput, auto, { input: { width: 1000, height: 500 }, resolution: '2K' }),
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
		expect(resolve(specs.pixelsOfInput, ratioOf(16, 9)).size).toEqual({
			kind: 'pixels',
			width: 1360,
			height: 768,
		});
		expect(
			[specs.pixelsOfInput, specs.pixels, specs.sizes, specs.none].map((spec) =>
				matchesInput(spec, 'auto'),
			),
		).toEqual([true, false, false, true]);
		expect(matchesInput(specs.pixelsOfInput, '1K')).toBe(false);
	});

	it('uses the scale of the resolution', () => {
		expect(resolve(specs.pixels, auto, { resolution: '2K' })).toEqual({
			size: { kind: 'pixels', width: 2048, height: 2048 },
			warnings: [],
		});
	});
});

describe('aspectRatio', () => {
	it('is sent unchanged to a model that takes any', () => {
		expect(resolve(specs.anyRatio, ratioOf(3, 2))).toEqual({
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
	])('is sent in whole numbers: %j', (sizing, ratio) => {
		expect(resolve(specs.anyRatio, sizing)).toEqual({ size: { kind: 'ratio', ratio }, warnings: [] });
	});

	it('beyond 21:9 becomes 21:9, with a warning', () => {
		expect(resolve(specs.anyRatio, ratioOf(5, 1))).toEqual({
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

	it('becomes the nearest supported one, with a warning', () => {
		expect(resolve(specs.ratios, ratioOf(4, 3))).toEqual({
			size: { kind: 'ratio', ratio: { w: 1, h: 1 } },
			warnings: [
				{
					option: 'aspectRatio',
					type: 'adapted',
					message: '4:3 became 1:1, the nearest ratio this model takes.',
				},
			],
		});
		expect(resolve(specs.ratios, ratioOf(32, 18))).toEqual({
			size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
			warnings: [],
		});
	});

	it('becomes pixels at the scale of the resolution', () => {
		expect(resolve(specs.pixels, ratioOf(16, 9)).size).toEqual({
			kind: 'pixels',
			width: 1360,
			height: 768,
		});
		expect(resolve(specs.pixels, ratioOf(16, 9), { resolution: '2K' }).size).toEqual({
			kind: 'pixels',
			width: 2048,
			height: 1152,
		});
	});

	it('is ignored by a model that takes no size, with a warning', () => {
		expect(resolve(specs.none, ratioOf(16, 9))).toEqual({
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
	it('are sent unchanged where they fit', () => {
		expect(resolve(specs.pixels, pixelsOf(1024, 768))).toEqual({
			size: { kind: 'pixels', width: 1024, height: 768 },
			warnings: [],
		});
		expect(resolve(specs.sizesOfInput, pixelsOf(1536, 1024))).toEqual({
			size: { kind: 'pixels', width: 1536, height: 1024 },
			warnings: [],
		});
	});

	it('may differ from the listed sizes where the model allows it, unlike ratios', () => {
		const spec: SizeSpec = {
			...specs.sizes,
			others: { multipleOf: 1, min: 1, max: 2048, maxPixels: 2048 * 2048 },
		};
		expect(resolve(spec, pixelsOf(1001, 703))).toEqual({
			size: { kind: 'pixels', width: 1001, height: 703 },
			warnings: [],
		});
		expect(resolve(spec, pixelsOf(4096, 2048))).toMatchObject({
			size: { kind: 'pixels', width: 2048, height: 1024 },
			warnings: [{ option: 'width' }],
		});
		expect(resolve(spec, ratioOf(3, 2))).toEqual({
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
	] as const)('are adapted to %j, with a warning', (spec, sizing, size, message) => {
		expect(resolve(spec, sizing)).toEqual({
			size,
			warnings: [{ option: 'width', type: 'adapted', message }],
		});
	});

	it('set the scale, so that a resolution beside them is ignored, with a warning', () => {
		expect(resolve(specs.pixels, pixelsOf(512, 512), { resolution: '2K' })).toEqual({
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

it('a resolution for a model of one scale is ignored, with a warning', () => {
	expect(resolve(specs.anyRatio, auto, { resolution: '4K' })).toEqual({
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
