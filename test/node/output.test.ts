import { expectImages } from './expected';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'a red fox';
const generate = { provider: 'blackForestLabs', operation: 'generate', prompt };
/** Parameters of a small image, which is quick to draw. */
const small = { ...generate, provider: 'theRouter', sizing: 'pixels', width: 256, height: 256 };

describe('the output item', () => {
	it.each([
		['png', 'image/png', 'png'],
		['jpeg', 'image/jpeg', 'jpg'],
		['webp', 'image/webp', 'webp'],
	])(
		'carries a %s image with the type, size and extension of its bytes',
		async (outputFormat, mimeType, extension) => {
			const run = await fixture.run({
				...generate,
				sizing: 'aspectRatio',
				aspectRatio: '16:9',
				options: { outputFormat },
			});
			await expectImages(fixture, run, [{}]);
			expect(run.items).toMatchObject([
				{ json: { image: { mimeType, width: 1360, height: 768 } }, binary: { data: { mimeType } } },
			]);
			expect(run.items[0]?.binary?.['data']?.fileName).toMatch(
				new RegExp(`^flux-kontext-[\\w-]{36}\\.${extension}$`),
			);
		},
	);

	it('takes the extension from the bytes of the image, not from the file name', async () => {
		const run = await fixture.run({
			...generate,
			options: { outputFormat: 'webp', fileName: 'fox.png' },
		});
		await expectImages(fixture, run, [{ fileName: 'fox.webp' }]);
	});

	it('has the image in the chosen binary field', async () => {
		const run = await fixture.run({ ...small, options: { binaryField: 'picture' } });
		await expectImages(fixture, run, [{ binaryField: 'picture' }]);
	});

	it.each([
		['fox', 'fox.png'],
		['fox.png', 'fox.png'],
		['fox.JPEG', 'fox.png'],
		['fox v1.2', 'fox v1.2.png'],
		['  fox  ', 'fox.png'],
		['../../etc/fox', 'fox.png'],
		['C:\\temp\\fox', 'fox.png'],
		['fox\u0000\u001b\u202egpj', 'foxgpj.png'],
		['x'.repeat(500), `${'x'.repeat(120)}.png`],
	])('turns the file name "%s" into %s', async (fileName, expected) => {
		const run = await fixture.run({ ...small, options: { fileName } });
		await expectImages(fixture, run, [{ fileName: expected }]);
	});

	it('takes the file name of each item from an expression', async () => {
		const run = await fixture.run(
			{ ...small, options: { fileName: '={{ $json.name }}' } },
			{ items: [{ json: { name: 'fox' } }, { json: { name: 'hare.png' } }] },
		);
		await expectImages(fixture, run, [
			{ itemIndex: 0, fileName: 'fox.png' },
			{ itemIndex: 1, fileName: 'hare.png' },
		]);
	});

	it('numbers the file names of several images, with and without an extension', async () => {
		for (const fileName of ['fox', 'fox.png']) {
			const run = await fixture.run({ ...small, options: { fileName, numberOfImages: 2 } });
			await expectImages(fixture, run, [{ fileName: 'fox-1.png' }, { fileName: 'fox-2.png' }]);
		}
	});

	it('has no property `error`, and an empty list if there are no warnings', async () => {
		const run = await fixture.run(small);
		expect(Object.keys(run.items[0]?.json ?? {})).toEqual([
			'job',
			'image',
			'seed',
			'revisedPrompt',
			'usage',
			'warnings',
		]);
		expect(run.items[0]?.json['warnings']).toEqual([]);
	});
});
