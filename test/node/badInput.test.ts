import type { INodeParameters } from 'n8n-workflow';

import { providers } from '../../nodes/FluxKontext/providers';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();

const generate = { provider: 'blackForestLabs', operation: 'generate', prompt: 'a fox' };
const pixels = { sizing: 'pixels', width: 1024, height: 1024 };
const model = (value: string) => ({ __rl: true, mode: 'id', value });
const option = (name: string, value: unknown): INodeParameters =>
	({ options: { [name]: value } }) as INodeParameters;
/**
 * Parameters that choose the provider by an expression. n8n drops the options that the panel hides for a
 * provider, unless an expression names the provider.
 */
const anyProvider = { provider: '={{ "blackForestLabs" }}', model: model('={{ "" }}') };

const operations = 'image.generate, image.edit, job.cancel, job.get, job.wait';

/** Name, the parameters that replace those of a valid generation, and the error message. */
type Case = [string, INodeParameters, string];
const cases: Case[] = [
	[
		'an empty prompt',
		{ prompt: '={{ $json.nothing }}' },
		"'Prompt' is empty; say what the image should show",
	],
	['a blank prompt', { prompt: ' \n ' }, "'Prompt' is empty; say what the image should show"],
	['a prompt that is not text', { prompt: '={{ { a: 1 } }}' }, `'Prompt' must be text, but is {"a":1}`],
	[
		'an unknown provider',
		{ provider: 'fluxCloud' },
		`'Provider' must be one of ${providers.map(({ id }) => id).join(', ')}, but is "fluxCloud"`,
	],
	[
		'a generation at a provider that only edits',
		{ provider: 'runpod' },
		'Runpod cannot generate images: its models only edit',
	],
	[
		'a model from the list of another provider',
		{ model: { ...model('black-forest-labs/flux-kontext-dev'), mode: 'list' } },
		"'Model' black-forest-labs/flux-kontext-dev is one of Replicate, TheRouter; " +
			'models of Black Forest Labs: ' +
			'flux-kontext-pro, flux-kontext-max, flux-2-pro, flux-2-max, flux-2-flex',
	],
	[
		'an unknown operation',
		{ operation: 'paint' },
		`'Operation' must be one of ${operations}, but is "image.paint"`,
	],
	[
		'an unknown resource',
		{ resource: 'video' },
		`'Operation' must be one of ${operations}, but is "video.generate"`,
	],
	[
		'an edit without an image',
		{ operation: 'edit', inputImages: {} },
		"'Input Images' holds no image, but flux-kontext-pro needs 1 to edit",
	],
	[
		'an edit with an empty list of images',
		{ operation: 'edit', inputImages: { image: [] } },
		"'Input Images' holds no image, but flux-kontext-pro needs 1 to edit",
	],
	[
		'too many images',
		{ inputImages: { image: Array<INodeParameters>(5).fill({ source: 'binary' }) } },
		"'Input Images' holds 5 images, but flux-kontext-pro takes at most 4",
	],
	[
		'two images where the model takes one',
		{
			provider: 'theRouter',
			operation: 'edit',
			inputImages: { image: Array<INodeParameters>(2).fill({ source: 'binary' }) },
		},
		"'Input Images' holds 2 images, but black-forest-labs/flux-kontext-dev takes at most 1",
	],
	[
		'an unknown source of an image',
		{ inputImages: { image: [{ source: 'ftp' }] } },
		`'Input Images' entry 1 has "ftp" for its source; it must be one of binary, url, base64`,
	],
	['an unknown sizing', { sizing: 'huge' }, `'Size' must be auto, aspectRatio or pixels, but is "huge"`],
	...['', '16x9', '16:9:1', '0:1', '-1:1', 'a:b', '1:'].map<Case>((aspectRatio) => [
		`the aspect ratio "${aspectRatio}"`,
		{ sizing: 'aspectRatio', aspectRatio },
		`'Aspect Ratio' must be two numbers such as 16:9, but is "${aspectRatio}"`,
	]),
	...['22:9', '9:22', '3:1', '1:100'].map<Case>((aspectRatio) => [
		`the aspect ratio ${aspectRatio}`,
		{ sizing: 'aspectRatio', aspectRatio },
		`'Aspect Ratio' must be between 21:9 and 9:21, but is "${aspectRatio}"`,
	]),
	...[0, -1, 10.5, 14_143, 1e21, 'wide', '1024', null].flatMap((value) =>
		(['width', 'height'] as const).map<Case>((side) => [
			`${JSON.stringify(value)} as ${side}`,
			{ ...pixels, [side]: value },
			`'${side === 'width' ? 'Width' : 'Height'}' must be a whole number from 1 to 14142, ` +
				`but is ${JSON.stringify(value)}`,
		]),
	),
	...(
		[
			['seed', 'Seed', 'a whole number 0 or more', [-1, 1.5, 'x', true, 2 ** 53]],
			['numberOfImages', 'Number of Images', 'a whole number from 1 to 20', [0, 21, 2.5, '3']],
			['outputFormat', 'Output Format', 'one of png, jpeg, webp, gif, avif', ['bmp', 5]],
			['guidance', 'Guidance', 'a number 0 or more', [-0.1, 'high']],
			['steps', 'Steps', 'a whole number 1 or more', [0, 1.5, '28']],
			['negativePrompt', 'Negative Prompt', 'text', [5, ['dog']]],
			['promptUpsampling', 'Prompt Upsampling', 'true or false', ['yes', 1]],
			['safetyTolerance', 'Safety Tolerance', 'a whole number from 0 to 6', [-1, 7, 2.5, 'lax']],
			['safetyChecker', 'Safety Checker', 'true or false', ['no', 0]],
			['resolution', 'Resolution', 'one of auto, 1K, 2K, 4K', ['8K', 2, ['1K']]],
			['timeout', 'Timeout', 'a number from 1 to 86400', [0, -5, 86_401, 'long']],
			['concurrency', 'Concurrency', 'a whole number from 1 to 100', [0, 101, 1.5, '4']],
			['maxCost', 'Max Cost', 'a number 0 or more', [-0.01, '1,5', 'much', true]],
			['cancelOnTimeout', 'Cancel on Timeout', 'true or false', ['no', 0]],
			['binaryField', 'Put Output in Field', 'text', [['data'], true]],
			['fileName', 'File Name', 'text', [{ name: 'fox' }, false]],
			[
				'additionalFields',
				'Additional Fields',
				'a JSON object such as {"field": 1}',
				['{', '[1]', '5', 'null', 'x', 7, [1]],
			],
		] as Array<[string, string, string, unknown[]]>
	).flatMap(([name, label, rule, values]) =>
		values.map<Case>((value) => [
			`${JSON.stringify(value)} as ${name}`,
			{ ...anyProvider, ...option(name, value) },
			`'${label}' must be ${rule}, but is ${JSON.stringify(value)}`,
		]),
	),
	[
		'a guidance that the model does not take',
		{ provider: 'runpod', operation: 'edit', ...option('guidance', 11) },
		"'Guidance' for black-forest-labs-flux-1-kontext-dev must be from 0 to 10, but is 11",
	],
	[
		'more steps than the model takes',
		{ provider: 'runpod', operation: 'edit', ...option('steps', 51) },
		"'Steps' for black-forest-labs-flux-1-kontext-dev must be from 1 to 50, but is 51",
	],
];

describe('bad input', () => {
	it.each(cases)('ends the run before anything is sent: %s', async (_, overrides, message) => {
		const run = await fixture.run({ ...generate, ...overrides });
		expect(run.status).toBe('error');
		expect(run.error).toMatchObject({
			name: 'NodeOperationError',
			message: `${message} [Item 0]`,
			description: 'Correct the named field, then run again. Nothing was charged.',
			context: { code: 'invalidRequest', itemIndex: 0, job: null, jobs: [], retryable: false },
		});
		expect(run.items).toEqual([]);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it.each(cases)(
		'becomes an error item with Continue, before anything is sent: %s',
		async (_, overrides, message) => {
			const run = await fixture.run(
				{ ...generate, ...overrides },
				{ onError: 'continueRegularOutput' },
			);
			expect(run.error).toBeNull();
			expect(run.items).toStrictEqual([
				{
					json: {
						error: `${message} [Item 0]`,
						details: {
							code: 'invalidRequest',
							description: 'Correct the named field, then run again. Nothing was charged.',
							provider: ((overrides['provider'] ?? 'blackForestLabs') as string).replace(
								/\W/g,
								'',
							),
							httpStatus: null,
							providerStatus: null,
							retryable: false,
							job: null,
						},
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(fixture.emulator.requests).toEqual([]);
		},
	);
});

it('sends a model that was entered by ID unchanged', async () => {
	await fixture.run(
		{ ...generate, provider: 'theRouter', model: model('flux-kontext-pro') },
		{ onError: 'continueRegularOutput' },
	);
	expect(fixture.submitted()).toEqual([{ model: 'flux-kontext-pro', prompt: 'a fox' }]);
});
