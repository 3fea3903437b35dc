import { drawPicture } from '../../tools/emulator/picture';
import { expectImages } from './expected';
import { jobOf, picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'a red fox in the snow';

describe('generate', () => {
	it('needs nothing but a prompt, and defaults to the first model of Black Forest Labs', async () => {
		const run = await fixture.run({ prompt });
		await expectImages(fixture, run, [{}]);
		expect(
			fixture.emulator.requests.map(({ method, stage, provider }) => [method, stage, provider]),
		).toEqual([
			['POST', 'submit', 'blackForestLabs'],
			...fixture.sent('status').map(() => ['GET', 'status', 'blackForestLabs']),
			['GET', 'download', 'files'],
		]);
		expect(fixture.sent('submit')).toMatchObject([
			{ path: '/blackForestLabs/v1/flux-kontext-pro', body: { prompt, output_format: 'png' } },
		]);
		expect(fixture.submitted()).toStrictEqual([{ prompt, output_format: 'png' }]);
	});

	it('delivers the bytes of the provider unchanged', async () => {
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt,
			options: { seed: 5 },
		});
		const { width, height } = jobOf(fixture.emulator, run.items[0]);
		const drawn = await drawPicture({ prompt, seed: 5, width, height, format: 'png', inputs: [] });
		expect((await run.binary(run.items[0])).equals(drawn)).toBe(true);
	});

	it('takes the model from the list, by ID and by an expression', async () => {
		const model = (value: string, mode = 'list') => ({ __rl: true, mode, value });
		const items = [{ json: { tier: 'max' } }];
		for (const value of [
			model('flux-kontext-max'),
			model('flux-kontext-max', 'id'),
			model('=flux-kontext-{{ $json.tier }}', 'id'),
		]) {
			const run = await fixture.run(
				{ provider: 'blackForestLabs', operation: 'generate', prompt, model: value },
				{ items },
			);
			await expectImages(fixture, run, [{}]);
		}
		expect(fixture.sent('submit').map(({ path }) => path)).toEqual(
			Array(3).fill('/blackForestLabs/v1/flux-kontext-max'),
		);
	});

	it('reads both forms in which TheRouter reports a finished job', async () => {
		const run = await fixture.run(
			{ provider: 'theRouter', operation: 'generate', prompt: '={{ $json.prompt }}' },
			{ items: [{ json: { prompt: 'a fox' } }, { json: { prompt: 'a hare' } }] },
		);
		await expectImages(fixture, run, [{ itemIndex: 0 }, { itemIndex: 1 }]);
		expect(fixture.sent('submit').map(({ method, path }) => `${method} ${path}`)).toEqual(
			Array(2).fill('POST /theRouter/v1/images/generations?async=true'),
		);
		const model = 'black-forest-labs/flux-kontext-dev';
		expect(fixture.submitted()).toStrictEqual([
			{ model, prompt: 'a fox' },
			{ model, prompt: 'a hare' },
		]);
	});

	it('reports the seed that was sent if the provider reports none', async () => {
		const run = await fixture.run({
			provider: 'theRouter',
			operation: 'generate',
			prompt,
			options: { seed: 7 },
		});
		await expectImages(fixture, run, [{ seed: 7 }]);
		expect(fixture.submitted()).toStrictEqual([
			{ model: 'black-forest-labs/flux-kontext-dev', prompt, seed: 7 },
		]);
	});

	it('sends reference images to Black Forest Labs in their order', async () => {
		const first = await picture(64, 48);
		const image = [
			{ source: 'binary', binaryProperty: 'fox' },
			{ source: 'url', url: fixture.emulator.sampleImage.url },
		];
		const run = await fixture.run(
			{ provider: 'blackForestLabs', operation: 'generate', prompt, inputImages: { image } },
			{ items: [withBinary(first, 'fox')] },
		);
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([
			{
				prompt,
				input_image: first.toString('base64'),
				input_image_2: fixture.emulator.sampleImage.url,
				output_format: 'png',
			},
		]);
	});

	it('takes the provider of each item from an expression, and defaults to its first model', async () => {
		const run = await fixture.run(
			{
				provider: '={{ $json.provider }}',
				operation: 'generate',
				prompt,
				model: { __rl: true, mode: 'id', value: '={{ "" }}' },
			},
			{ items: [{ json: { provider: 'theRouter' } }, { json: { provider: 'blackForestLabs' } }] },
		);
		await expectImages(fixture, run, [{ itemIndex: 0 }, { itemIndex: 1 }]);
		expect(run.items.map((item) => jobOf(fixture.emulator, item).provider)).toEqual([
			'theRouter',
			'blackForestLabs',
		]);
	});
});
