import type { INodeParameters } from 'n8n-workflow';

import { expectImages } from './expected';
import { picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'a red fox';
const ratio = (aspectRatio: string): INodeParameters => ({ sizing: 'aspectRatio', aspectRatio });
const pixels = (width: number, height: number): INodeParameters => ({ sizing: 'pixels', width, height });
const auto: INodeParameters = { sizing: 'auto' };
const resolution = (value: string): INodeParameters => ({ options: { resolution: value } });

/** Name, size parameters, the fields that are sent besides the prompt, and the warnings. */
type Case = [
	string,
	INodeParameters,
	Record<string, unknown>,
	Array<[string, 'adapted' | 'ignored', string]>,
];

const nearestSize = (option: string, requested: string, sent: string): [string, 'adapted', string] => [
	option,
	'adapted',
	`${requested} became ${sent}, the nearest size this model takes.`,
];
const ratioForPixels = (requested: string, sent: string): [string, 'adapted', string] => [
	'width',
	'adapted',
	`This model takes a ratio, not pixels: ${requested} became ${sent} at about one megapixel.`,
];
const noScale: [string, 'ignored', string] = [
	'resolution',
	'ignored',
	'This model has one scale, about one megapixel; resolution 2K is not used.',
];

const warningsOf = (warnings: Case[3]) =>
	warnings.map(([option, type, message]) => ({ option, type, message }));

describe('the size of a generation', () => {
	const blackForestLabs: Case[] = [
		['auto', auto, {}, []],
		['a ratio', ratio('16:9'), { aspect_ratio: '16:9' }, []],
		['the widest ratio', ratio('21:9'), { aspect_ratio: '21:9' }, []],
		['the tallest ratio', ratio(' 9 : 21 '), { aspect_ratio: '9:21' }, []],
		['a ratio with a fraction', ratio('1.85:1'), { aspect_ratio: '37:20' }, []],
		['pixels', pixels(1600, 900), { aspect_ratio: '16:9' }, [ratioForPixels('1600x900', '16:9')]],
		[
			'pixels outside the ratios',
			pixels(3000, 100),
			{ aspect_ratio: '21:9' },
			[ratioForPixels('3000x100', '21:9')],
		],
		[
			'the default pixels',
			{ sizing: 'pixels' },
			{ aspect_ratio: '1:1' },
			[ratioForPixels('1024x1024', '1:1')],
		],
		[
			'a resolution',
			{ provider: '={{ "blackForestLabs" }}', model: 'flux-kontext-pro', ...resolution('2K') },
			{},
			[noScale],
		],
	];
	it.each(blackForestLabs)(
		'at Black Forest Labs is sent as documented: %s',
		async (_, size, fields, warnings) => {
			const run = await fixture.run({
				provider: 'blackForestLabs',
				operation: 'generate',
				prompt,
				...size,
			});
			await expectImages(fixture, run, [{ warnings: warningsOf(warnings) }]);
			expect(fixture.submitted()).toStrictEqual([{ prompt, output_format: 'png', ...fields }]);
		},
	);

	const theRouter: Case[] = [
		['auto', auto, {}, []],
		['a ratio', ratio('16:9'), { size: '1360x768' }, []],
		['the widest ratio', ratio('21:9'), { size: '1568x672' }, []],
		['pixels that fit', pixels(512, 768), { size: '512x768' }, []],
		[
			'pixels between two steps',
			pixels(1000, 500),
			{ size: '1008x496' },
			[nearestSize('width', '1000x500', '1008x496')],
		],
		[
			'pixels that are too large',
			pixels(4096, 2048),
			{ size: '2048x1024' },
			[nearestSize('width', '4096x2048', '2048x1024')],
		],
		[
			'pixels that are too small',
			pixels(64, 128),
			{ size: '256x512' },
			[nearestSize('width', '64x128', '256x512')],
		],
		['a resolution', { ...ratio('1:1'), ...resolution('2K') }, { size: '2048x2048' }, []],
		[
			'pixels and a resolution',
			{ ...pixels(512, 512), ...resolution('2K') },
			{ size: '512x512' },
			[['resolution', 'ignored', 'Width and height set the scale already; resolution 2K is not used.']],
		],
	];
	it.each(theRouter)('at TheRouter is sent as documented: %s', async (_, size, fields, warnings) => {
		const run = await fixture.run({ provider: 'theRouter', operation: 'generate', prompt, ...size });
		await expectImages(fixture, run, [{ warnings: warningsOf(warnings) }]);
		expect(fixture.submitted()).toStrictEqual([
			{ model: 'black-forest-labs/flux-kontext-dev', prompt, ...fields },
		]);
	});
});

describe('the size of an edit', () => {
	let wide: Buffer;
	beforeAll(async () => {
		wide = await picture(96, 64);
	});

	const blackForestLabs: Case[] = [
		['auto, which the model derives from the input', auto, {}, []],
		['a ratio', ratio('4:5'), { aspect_ratio: '4:5' }, []],
		['pixels', pixels(800, 1000), { aspect_ratio: '4:5' }, [ratioForPixels('800x1000', '4:5')]],
	];
	it.each(blackForestLabs)(
		'at Black Forest Labs is sent as documented: %s',
		async (_, size, fields, warnings) => {
			const run = await fixture.run(
				{ provider: 'blackForestLabs', operation: 'edit', prompt, ...size },
				{ items: [withBinary(wide)] },
			);
			await expectImages(fixture, run, [{ warnings: warningsOf(warnings) }]);
			expect(fixture.submitted()).toStrictEqual([
				{ prompt, input_image: wide.toString('base64'), output_format: 'png', ...fields },
			]);
		},
	);

	const theRouter: Case[] = [
		['auto, which the model derives from the input', auto, {}, []],
		['a ratio that it takes', ratio('3:2'), { size: '1536x1024' }, []],
		[
			'a ratio that it does not take',
			ratio('16:9'),
			{ size: '1536x1024' },
			[nearestSize('aspectRatio', '16:9', '1536x1024')],
		],
		['pixels that it takes', pixels(1024, 1536), { size: '1024x1536' }, []],
		[
			'pixels that it does not take',
			pixels(500, 500),
			{ size: '1024x1024' },
			[nearestSize('width', '500x500', '1024x1024')],
		],
	];
	it.each(theRouter)('at TheRouter is sent as documented: %s', async (_, size, fields, warnings) => {
		const run = await fixture.run(
			{ provider: 'theRouter', operation: 'edit', prompt, ...size },
			{ items: [withBinary(wide)] },
		);
		await expectImages(fixture, run, [{ warnings: warningsOf(warnings) }]);
		expect(fixture.submitted()).toStrictEqual([
			{
				fields: { model: 'black-forest-labs/flux-kontext-dev', prompt, ...fields },
				files: [{ field: 'image', fileName: 'photo.png', mimeType: 'image/png', size: wide.length }],
			},
		]);
	});

	const runpod: Case[] = [
		['auto, which the node derives from the input', auto, { size: '768*512' }, []],
		['a ratio that it takes', ratio('2:3'), { size: '512*768' }, []],
		[
			'a ratio that it does not take',
			ratio('21:9'),
			{ size: '768*512' },
			[nearestSize('aspectRatio', '21:9', '768x512')],
		],
		['pixels that it takes', pixels(1472, 1140), { size: '1472*1140' }, []],
		[
			'pixels that it does not take',
			pixels(700, 700),
			{ size: '768*768' },
			[nearestSize('width', '700x700', '768x768')],
		],
		['a ratio and a resolution', { ...ratio('1:1'), ...resolution('2K') }, { size: '2048*2048' }, []],
	];
	it.each(runpod)('at Runpod is sent as documented: %s', async (_, size, fields, warnings) => {
		const run = await fixture.run(
			{ provider: 'runpod', operation: 'edit', prompt, ...size },
			{ items: [withBinary(wide)] },
		);
		await expectImages(fixture, run, [{ warnings: warningsOf(warnings) }]);
		const image = `data:image/png;base64,${wide.toString('base64')}`;
		expect(fixture.submitted()).toStrictEqual([{ input: { prompt, image, ...fields } }]);
	});

	it('at Runpod follows an input image that the provider fetches and the node only measures', async () => {
		const { url } = fixture.emulator.sampleImage;
		const inputImages = { image: [{ source: 'url', url }] };
		const run = await fixture.run({ provider: 'runpod', operation: 'edit', prompt, inputImages });
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([{ input: { prompt, image: url, size: '1024*768' } }]);
	});
});
