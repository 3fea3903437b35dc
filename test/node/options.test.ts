import { expectImages } from './expected';
import { picture, switched, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'a red fox';
const kontextDev = 'black-forest-labs/flux-kontext-dev';
const ignored = (option: string, message: string) => ({ option, type: 'ignored', message });

describe('image options', () => {
	let image: Buffer;
	beforeAll(async () => {
		image = await picture(64, 64);
	});

	it('are sent to Black Forest Labs under its own names', async () => {
		const options = { seed: 3, outputFormat: 'jpeg', promptUpsampling: true, safetyTolerance: 6 };
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt,
			options,
		});
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([
			{ prompt, output_format: 'jpeg', seed: 3, prompt_upsampling: true, safety_tolerance: 6 },
		]);
	});

	it('are sent to Runpod under its own names', async () => {
		const options = {
			seed: 0,
			outputFormat: 'jpeg',
			guidance: 3.5,
			steps: 12,
			negativePrompt: 'dogs',
			safetyChecker: false,
		};
		const run = await fixture.run(
			{ provider: 'runpod', operation: 'edit', prompt, options },
			{ items: [withBinary(image)] },
		);
		await expectImages(fixture, run, [{ seed: 0 }]);
		expect(fixture.submitted()).toStrictEqual([
			{
				input: {
					prompt,
					image: `data:image/png;base64,${image.toString('base64')}`,
					size: '1024*1024',
					seed: 0,
					output_format: 'jpeg',
					guidance: 3.5,
					num_inference_steps: 12,
					negative_prompt: 'dogs',
					enable_safety_checker: false,
				},
			},
		]);
	});

	it('are not sent if they are empty, such as the result of an expression without a value', async () => {
		const options = {
			seed: '={{ $json.seed }}',
			outputFormat: '={{ $json.format }}',
			timeout: '={{ null }}',
			fileName: '={{ $json.name }}',
		};
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt,
			options,
		});
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([{ prompt, output_format: 'png' }]);
	});

	it('that Black Forest Labs does not have are each ignored with a warning', async () => {
		const options = { steps: 20, guidance: 3, negativePrompt: 'dogs', safetyChecker: true, seed: 4 };
		const run = await fixture.run({
			...switched('blackForestLabs', 'flux-kontext-pro'),
			operation: 'generate',
			prompt,
			options,
		});
		const without = (name: string) => `flux-kontext-pro has no option '${name}'; it was not sent.`;
		await expectImages(fixture, run, [
			{
				warnings: [
					ignored('guidance', without('Guidance')),
					ignored('steps', without('Steps')),
					ignored('negativePrompt', without('Negative Prompt')),
					ignored('safetyChecker', without('Safety Checker')),
				],
			},
		]);
		expect(fixture.submitted()).toStrictEqual([{ prompt, output_format: 'png', seed: 4 }]);
	});

	it('that TheRouter does not have are each ignored with a warning', async () => {
		const options = { guidance: 3, outputFormat: 'jpeg', promptUpsampling: false };
		const run = await fixture.run({
			...switched('theRouter', kontextDev),
			operation: 'generate',
			prompt,
			options,
		});
		const without = (name: string) => `${kontextDev} has no option '${name}'; it was not sent.`;
		await expectImages(fixture, run, [
			{
				warnings: [
					ignored('outputFormat', without('Output Format')),
					ignored('guidance', without('Guidance')),
					ignored('promptUpsampling', without('Prompt Upsampling')),
				],
			},
		]);
		expect(fixture.submitted()).toStrictEqual([{ model: kontextDev, prompt }]);
	});

	it('with a value that Runpod does not take are ignored with a warning', async () => {
		const run = await fixture.run(
			{ provider: 'runpod', operation: 'edit', prompt, options: { outputFormat: 'webp' } },
			{ items: [withBinary(image)] },
		);
		const message =
			"black-forest-labs-flux-1-kontext-dev takes png, jpeg for 'Output Format', " +
			'not "webp"; it was not sent.';
		await expectImages(fixture, run, [{ warnings: [ignored('outputFormat', message)] }]);
		expect(fixture.submitted()).toMatchObject([{ input: { prompt, size: '1024*1024' } }]);
		expect(JSON.stringify(fixture.submitted())).not.toContain('output_format');
	});

	it('beyond the limit of edits at Black Forest Labs are clamped with a warning', async () => {
		const run = await fixture.run(
			{ provider: 'blackForestLabs', operation: 'edit', prompt, options: { safetyTolerance: 5 } },
			{ items: [withBinary(image)] },
		);
		const message = "flux-kontext-pro takes from 0 to 2 for 'Safety Tolerance'; 5 became 2.";
		await expectImages(fixture, run, [
			{ warnings: [{ option: 'safetyTolerance', type: 'adapted', message }] },
		]);
		expect(fixture.submitted()).toStrictEqual([
			{ prompt, input_image: image.toString('base64'), output_format: 'png', safety_tolerance: 2 },
		]);
	});

	it('of a model that the catalogue does not list are those of the default model', async () => {
		const parameters = {
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt,
			options: { seed: 1 },
		};
		const run = await fixture.run({
			...parameters,
			model: { __rl: true, mode: 'id', value: 'flux-kontext-ultra' },
		});
		expect(fixture.emulator.requests).toMatchObject([
			{
				method: 'POST',
				path: '/blackForestLabs/v1/flux-kontext-ultra',
				body: { prompt, output_format: 'png', seed: 1 },
			},
		]);
		expect(run.error).toMatchObject({ context: { code: 'notFound', job: null } });
	});
});

describe('additional fields', () => {
	const forms: Array<[string, (value: object) => unknown]> = [
		['as JSON text', (value) => JSON.stringify(value)],
		['as an object from an expression', (value) => `={{ (${JSON.stringify(value)}) }}`],
		[
			'as JSON text with an expression in it',
			(value) => `=${JSON.stringify(value).replace('true', '{{ 1 === 1 }}')}`,
		],
	];

	it.each(forms)('%s override the fields of the body', async (_, format) => {
		const additionalFields = format({
			prompt_upsampling: true,
			output_format: 'jpeg',
			aspect_ratio: '4:3',
		}) as string;
		const options = { additionalFields, promptUpsampling: false, outputFormat: 'webp' };
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt,
			options,
		});
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([
			{ prompt, output_format: 'jpeg', aspect_ratio: '4:3', prompt_upsampling: true },
		]);
	});

	it('are merged into the `input` object of Runpod', async () => {
		const image = await picture(64, 64);
		const options = { additionalFields: '{"num_inference_steps": 5, "size": "512*512"}', steps: 9 };
		const run = await fixture.run(
			{ provider: 'runpod', operation: 'edit', prompt, options },
			{ items: [withBinary(image)] },
		);
		await expectImages(fixture, run, [{}]);
		const uri = `data:image/png;base64,${image.toString('base64')}`;
		expect(fixture.submitted()).toStrictEqual([
			{ input: { prompt, image: uri, size: '512*512', num_inference_steps: 5 } },
		]);
	});

	it('become form fields at TheRouter', async () => {
		const image = await picture(64, 64);
		const options = { additionalFields: '{"user": "me", "n": 1}' };
		const run = await fixture.run(
			{ provider: 'theRouter', operation: 'edit', prompt, options },
			{ items: [withBinary(image)] },
		);
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([
			{
				fields: { model: kontextDev, prompt, user: 'me', n: '1' },
				files: [{ field: 'image', fileName: 'photo.png', mimeType: 'image/png', size: image.length }],
			},
		]);
	});

	it('set the seed that the item reports', async () => {
		const options = { seed: 1, additionalFields: '{"seed": 2}' };
		const run = await fixture.run({ provider: 'theRouter', operation: 'generate', prompt, options });
		await expectImages(fixture, run, [{ seed: 2 }]);
	});

	it('change nothing if they are empty', async () => {
		for (const additionalFields of ['', '{}', '={{ null }}', '={{ $json.nothing }}']) {
			const run = await fixture.run({
				provider: 'theRouter',
				operation: 'generate',
				prompt,
				options: { additionalFields },
			});
			await expectImages(fixture, run, [{}]);
		}
		expect(fixture.submitted()).toStrictEqual(Array(4).fill({ model: kontextDev, prompt }));
	});
});
