import { expectImages } from './expected';
import { jobOf, maxUnfinished, picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'a red fox';
const small = {
	provider: 'theRouter',
	operation: 'generate',
	prompt,
	sizing: 'pixels',
	width: 256,
	height: 256,
};
const items = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ json: { prompt: `fox ${index}` } }));

/** Sets the durations of the next jobs, in milliseconds and in the order in which they are accepted. */
function runFor(...durations: number[]): void {
	const remaining = [...durations];
	Object.defineProperty(fixture.emulator.timing, 'runMs', {
		configurable: true,
		get: () => remaining.shift() ?? 50,
	});
}

afterEach(() => {
	Object.defineProperty(fixture.emulator.timing, 'runMs', {
		configurable: true,
		writable: true,
		value: 40,
	});
});

describe('several images of one item', () => {
	it('are billed as one job each, with consecutive seeds, and paired with their input item', async () => {
		const run = await fixture.run({ ...small, options: { numberOfImages: 3, seed: 41 } });
		await expectImages(fixture, run, [{ seed: 41 }, { seed: 42 }, { seed: 43 }]);
		expect(fixture.emulator.jobs).toHaveLength(3);
		const body = { model: 'black-forest-labs/flux-kontext-dev', prompt, size: '256x256' };
		expect(fixture.submitted()).toHaveLength(3);
		expect(fixture.submitted()).toEqual(
			expect.arrayContaining([41, 42, 43].map((seed) => ({ ...body, seed }))),
		);
		expect(run.items.map((item) => jobOf(fixture.emulator, item).seed)).toEqual([41, 42, 43]);
	});

	it('get random seeds if no seed is set', async () => {
		const run = await fixture.run({
			...small,
			provider: 'blackForestLabs',
			sizing: 'auto',
			options: { numberOfImages: 3 },
		});
		await expectImages(fixture, run, [{}, {}, {}]);
		expect(fixture.submitted()).toStrictEqual(Array(3).fill({ prompt, output_format: 'png' }));
		expect(new Set(fixture.emulator.jobs.map(({ seed }) => seed)).size).toBe(3);
	});

	it('share input images that are read and fetched once', async () => {
		const { url, bytes } = fixture.emulator.sampleImage;
		const inputImages = { image: [{ source: 'url', url }] };
		const run = await fixture.run({
			provider: 'theRouter',
			operation: 'edit',
			prompt,
			inputImages,
			options: { numberOfImages: 3 },
		});
		await expectImages(fixture, run, [{}, {}, {}]);
		expect(fixture.emulator.requests.filter(({ path }) => path.startsWith('/samples/'))).toHaveLength(1);
		expect(fixture.submitted()).toStrictEqual(
			Array(3).fill({
				fields: { model: 'black-forest-labs/flux-kontext-dev', prompt },
				files: [
					{ field: 'image', fileName: 'image-1.png', mimeType: 'image/png', size: bytes.length },
				],
			}),
		);
	});

	it('can differ in number from item to item', async () => {
		const run = await fixture.run(
			{ ...small, options: { numberOfImages: '={{ $json.count }}' } },
			{ items: [{ json: { count: 2 } }, { json: { count: 1 } }, { json: { count: 3 } }] },
		);
		await expectImages(
			fixture,
			run,
			[0, 0, 1, 2, 2, 2].map((itemIndex) => ({ itemIndex })),
		);
	});
});

describe('the images of several items', () => {
	it('are made concurrently and returned in input order', async () => {
		runFor(900, 600, 300, 50);
		const run = await fixture.run({ ...small, prompt: '={{ $json.prompt }}' }, { items: items(4) });
		await expectImages(
			fixture,
			run,
			[0, 1, 2, 3].map((itemIndex) => ({ itemIndex })),
		);
		const jobs = run.items.map((item) => jobOf(fixture.emulator, item));
		expect(jobs.map((job) => job.prompt)).toEqual(['fox 0', 'fox 1', 'fox 2', 'fox 3']);
		const finished = [...jobs].sort((a, b) => a.endsAt - b.endsAt);
		expect(finished).not.toEqual(jobs);
		expect(maxUnfinished(jobs)).toBe(4);
	});

	it('are limited to the concurrency at a time', async () => {
		const run = await fixture.run(
			{ ...small, prompt: '={{ $json.prompt }}', options: { concurrency: 2 } },
			{ items: items(6) },
		);
		await expectImages(
			fixture,
			run,
			[0, 1, 2, 3, 4, 5].map((itemIndex) => ({ itemIndex })),
		);
		expect(maxUnfinished(fixture.emulator.jobs)).toBe(2);
	});

	it('are made one after the other with a concurrency of 1', async () => {
		const run = await fixture.run(
			{ ...small, prompt: '={{ $json.prompt }}', options: { concurrency: 1, numberOfImages: 2 } },
			{ items: items(2) },
		);
		await expectImages(
			fixture,
			run,
			[0, 0, 1, 1].map((itemIndex) => ({ itemIndex })),
		);
		expect(maxUnfinished(fixture.emulator.jobs)).toBe(1);
		expect(fixture.emulator.jobs.map((job) => job.prompt)).toEqual(['fox 0', 'fox 0', 'fox 1', 'fox 1']);
	});

	it('are limited to ten at a time by default', async () => {
		fixture.emulator.timing.runMs = 600;
		const run = await fixture.run({ ...small, prompt: '={{ $json.prompt }}' }, { items: items(12) });
		expect(run.items).toHaveLength(12);
		expect(maxUnfinished(fixture.emulator.jobs)).toBe(10);
	});

	it('stay within the limit of the max model of Black Forest Labs, so that none is refused', async () => {
		fixture.emulator.timing.runMs = 600;
		const model = { __rl: true, mode: 'list', value: 'flux-kontext-max' };
		const run = await fixture.run(
			{
				provider: 'blackForestLabs',
				operation: 'generate',
				prompt: '={{ $json.prompt }}',
				model,
				options: { concurrency: 100 },
			},
			{ items: items(8) },
		);
		await expectImages(
			fixture,
			run,
			items(8).map((_, itemIndex) => ({ itemIndex })),
		);
		expect(maxUnfinished(fixture.emulator.jobs)).toBe(6);
		expect(fixture.sent('submit').map(({ status }) => status)).toEqual(Array(8).fill(200));
	});

	it('follow from the parameters and input images of their own item', async () => {
		const images = await Promise.all([picture(64, 64), picture(64, 64, 'jpeg')]);
		const [first, second] = images.map((bytes, index) => ({
			...withBinary(bytes, 'data', `fox-${index}`),
			json: { prompt: `fox ${index}`, steps: 10 + index },
		}));
		const run = await fixture.run(
			{
				provider: 'runpod',
				operation: 'edit',
				prompt: '={{ $json.prompt }}',
				options: { steps: '={{ $json.steps }}' },
			},
			{ items: [first ?? {}, second ?? {}] },
		);
		await expectImages(fixture, run, [{ itemIndex: 0 }, { itemIndex: 1 }]);
		const uri = (index: number, type: string) =>
			`data:image/${type};base64,${images[index]?.toString('base64')}`;
		expect(fixture.submitted()).toHaveLength(2);
		expect(fixture.submitted()).toEqual(
			expect.arrayContaining([
				{
					input: {
						prompt: 'fox 0',
						image: uri(0, 'png'),
						size: '1024*1024',
						num_inference_steps: 10,
					},
				},
				{
					input: {
						prompt: 'fox 1',
						image: uri(1, 'jpeg'),
						size: '1024*1024',
						num_inference_steps: 11,
					},
				},
			]),
		);
	});
});
