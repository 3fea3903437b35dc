import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { useNodeFixture, type RunOptions } from './nodeFixture';

const fixture = useNodeFixture();

const continues: RunOptions = { onError: 'continueRegularOutput' };
const generate = (options: INodeParameters, provider = 'blackForestLabs'): INodeParameters => ({
	provider,
	operation: 'generate',
	prompt: 'a fox',
	options,
});
const byId = (value: string) => ({ model: { __rl: true, mode: 'id', value } });
const errorsOf = (items: readonly INodeExecutionData[]) => items.map(({ json }) => json['error'] ?? null);

describe('the limit', () => {
	const limits = (...values: unknown[]) =>
		values.map((limit) => ({ json: { limit } as { limit: string } }));
	const expression = generate({ maxCost: '={{ $json.limit }}' });

	it('is the smallest value over the items', async () => {
		const run = await fixture.run(expression, { ...continues, items: limits(1, 0.07, 5) });
		expect(errorsOf(run.items)).toEqual(
			[0, 1, 2].map(
				(item) =>
					"The images of this run would cost about 0.120 USD, but 'Max Cost' is 0.07 USD; " +
					`nothing was submitted [Item ${item}]`,
			),
		);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it.each([['0.08'], [' 0.08 '], [0.08]])('may be given as %j', async (limit) => {
		const run = await fixture.run(expression, { items: limits(limit, limit) });
		expect(errorsOf(run.items)).toEqual([null, null]);
	});

	it.each([
		['an expression that finds nothing', '={{ $json.missing }}'],
		['null', '={{ null }}'],
		['an empty text', '={{ "" }}'],
		['a blank text', '={{ "  " }}'],
		['no number', '={{ Number("much") }}'],
		['an empty field', ''],
	])('is not removed by %s', async (_, maxCost) => {
		const run = await fixture.run(generate({ maxCost }), { items: [{}, {}] });
		expect(run.error).toMatchObject({
			message:
				"'Max Cost' is empty, although the option is there; give it a number, " +
				'or remove the option [Item 0]',
			context: { code: 'invalidRequest', itemIndex: 0 },
		});
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('is refused for the item alone where it cannot be read, with Continue', async () => {
		const run = await fixture.run(expression, { ...continues, items: limits(1, undefined, 'much', 1) });
		expect(errorsOf(run.items)).toEqual([
			null,
			expect.stringMatching(/^'Max Cost' is empty.* \[Item 1]$/),
			'\'Max Cost\' must be a number 0 or more, but is "much" [Item 2]',
			null,
		]);
		expect(fixture.emulator.jobs).toHaveLength(2);
	});
});

describe('a price that is not certain', () => {
	const refused = async (parameters: INodeParameters) => {
		const run = await fixture.run(parameters);
		expect(fixture.emulator.requests).toEqual([]);
		return run.error;
	};

	it.each([
		[
			'a lower bound',
			{ ...generate({ maxCost: 100 }), ...byId('flux-2-pro') },
			"The price of flux-2-pro is only known to be 0.03 USD or more, so 'Max Cost' cannot be kept; " +
				'nothing was submitted [Item 0]',
		],
		[
			'one per megapixel',
			generate({ maxCost: 100 }, 'together'),
			'The price of black-forest-labs/FLUX.1-kontext-pro is only known to be 0.04 USD or more, ' +
				"so 'Max Cost' cannot be kept; nothing was submitted [Item 0]",
		],
		[
			'that of a model by its slug',
			{ ...generate({ maxCost: 100 }, 'aiGenerate'), ...byId('black-forest-labs-flux-2-flex-2k') },
			"The price of black-forest-labs-flux-2-flex-2k is not known, so 'Max Cost' cannot be kept; " +
				'nothing was submitted [Item 0]',
		],
		[
			'one that the number of images changes by a field',
			generate({ maxCost: 0.05, additionalFields: '{"num_images": 4}' }, 'fal'),
			"'Additional Fields' sets num_images, which can change the price, so 'Max Cost' cannot be kept; " +
				'nothing was submitted [Item 0]',
		],
		[
			'one that the model changes by a field, at a provider that is asked',
			generate({ maxCost: 0.05, additionalFields: '{"model": "flux.1-kontext-max"}' }, 'lumenfall'),
			"'Additional Fields' sets model, which can change the price, so 'Max Cost' cannot be kept; " +
				'nothing was submitted [Item 0]',
		],
		[
			'one of a nested field',
			generate({ maxCost: 0, additionalFields: '{"sample_params": {"Batch_Count": 4}}' }, 'sdServer'),
			"'Additional Fields' sets sample_params.Batch_Count, which can change the price, " +
				"so 'Max Cost' cannot be kept; nothing was submitted [Item 0]",
		],
	])('is refused: %s', async (_, parameters, message) => {
		expect(await refused(parameters)).toMatchObject({ message, context: { code: 'costLimit' } });
	});

	it('is refused for its item alone with Continue, and the others keep the limit', async () => {
		const items = ['flux-2-pro', 'flux-kontext-pro', 'flux-9'].map((model) => ({ json: { model } }));
		const parameters = { ...generate({ maxCost: 0.04 }), ...byId('={{ $json.model }}') };
		const run = await fixture.run(parameters, { ...continues, items });
		expect(errorsOf(run.items)).toEqual([
			expect.stringMatching(/^The price of flux-2-pro is only known .* \[Item 0]$/),
			null,
			expect.stringMatching(/^The price of flux-9 is not known.* \[Item 2]$/),
		]);
		expect(fixture.emulator.jobs).toHaveLength(1);
	});

	it('is no obstacle without Max Cost, and the item says so', async () => {
		const run = await fixture.run({
			...generate({}),
			...byId('flux-2-pro'),
			completion: 'submit',
		});
		expect(run.items[0]?.json).toMatchObject({
			usage: { cost: 0.03, costSource: 'estimated' },
			warnings: [
				{
					option: 'model',
					type: 'adapted',
					message:
						'The cost is a lower bound: flux-2-pro costs from 0.03 USD an image, ' +
						'and more for a larger image or with input images.',
				},
			],
		});
	});

	it('is that of a model that the catalogue does not list, which the item says', async () => {
		const run = await fixture.run({
			...generate({}, 'aiGenerate'),
			...byId('black-forest-labs-black-forest-labs-flux-2-flex-text-to-image-1-0s-1k'),
			completion: 'submit',
		});
		expect(run.items[0]?.json).toMatchObject({
			usage: { cost: null, costSource: null },
			warnings: [
				{
					option: 'model',
					type: 'adapted',
					message: expect.stringMatching(
						/^The catalogue of AI Generate does not list .*, and its price is not known\.$/,
					) as unknown,
				},
			],
		});
	});
});
