import { expectImages } from './expected';
import { picture, providerIds, useNodeFixture, withBinary, type TestedProvider } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'make it night';

interface Uploaded {
	image: Buffer;
	fileName: string;
}

/** Returns the complete body of a submit with one image: its bytes, or its URL if the provider takes one. */
const bodyOf = (provider: TestedProvider, { image, fileName }: Uploaded, url: string | null): unknown =>
	({
		blackForestLabs: { prompt, input_image: url ?? image.toString('base64'), output_format: 'png' },
		theRouter: {
			fields: { model: 'black-forest-labs/flux-kontext-dev', prompt },
			files: [{ field: 'image', fileName, mimeType: 'image/png', size: image.length }],
		},
		runpod: {
			input: {
				prompt,
				image: url ?? `data:image/png;base64,${image.toString('base64')}`,
				// The input is 4:3.
				size: '1024*768',
			},
		},
	})[provider];

const pathOf: Record<TestedProvider, string> = {
	blackForestLabs: '/blackForestLabs/v1/flux-kontext-pro',
	theRouter: '/theRouter/v1/images/edits?async=true',
	runpod: '/runpod/v2/black-forest-labs-flux-1-kontext-dev/run',
};

describe.each(providerIds)('an edit at %s', (provider) => {
	let image: Buffer;
	beforeAll(async () => {
		image = await picture(64, 48);
	});

	const check = async (entry: Record<string, string>, uploaded: Uploaded, url: string | null = null) => {
		const run = await fixture.run(
			{ provider, operation: 'edit', prompt, inputImages: { image: [entry] } },
			{ items: [withBinary(image, 'photo', 'fox.png')] },
		);
		await expectImages(fixture, run, [{}]);
		expect(fixture.sent('submit').map(({ method, path }) => `${method} ${path}`)).toEqual([
			`POST ${pathOf[provider]}`,
		]);
		expect(fixture.submitted()).toStrictEqual([bodyOf(provider, uploaded, url)]);
	};

	it('takes a binary field', async () => {
		await check({ source: 'binary', binaryProperty: 'photo' }, { image, fileName: 'fox.png' });
	});

	it('takes binary data from an expression', async () => {
		await check(
			{ source: 'binary', binaryProperty: '={{ $binary.photo }}' },
			{ image, fileName: 'fox.png' },
		);
	});

	it('takes base64', async () => {
		await check(
			{ source: 'base64', base64: image.toString('base64') },
			{ image, fileName: 'image-1.png' },
		);
	});

	it('takes a data: URI with line breaks in its base64', async () => {
		const lines = image.toString('base64').replace(/.{76}/g, '$&\n');
		await check(
			{ source: 'base64', base64: `data:image/png;base64,${lines}` },
			{ image, fileName: 'image-1.png' },
		);
	});

	it('takes a URL, and fetches it only if the provider does not', async () => {
		const { url, bytes } = fixture.emulator.sampleImage;
		await check({ source: 'url', url: ` ${url} ` }, { image: bytes, fileName: 'image-1.png' }, url);
	});

	it('defaults to the binary field `data`', async () => {
		const run = await fixture.run(
			{ provider, operation: 'edit', prompt },
			{ items: [withBinary(image)] },
		);
		await expectImages(fixture, run, [{}]);
		expect(fixture.submitted()).toStrictEqual([bodyOf(provider, { image, fileName: 'photo.png' }, null)]);
	});
});

it('sends up to four input images to Black Forest Labs, each in a field of its own', async () => {
	const [one, two, three] = await Promise.all([
		picture(64, 48),
		picture(48, 64, 'jpeg'),
		picture(32, 32, 'webp'),
	]);
	const { url } = fixture.emulator.sampleImage;
	const image = [
		{ source: 'binary', binaryProperty: 'data' },
		{ source: 'base64', base64: two.toString('base64') },
		{ source: 'base64', base64: `data:image/webp;base64,${three.toString('base64')}` },
		{ source: 'url', url },
	];
	const run = await fixture.run(
		{ provider: 'blackForestLabs', operation: 'edit', prompt, inputImages: { image } },
		{ items: [withBinary(one)] },
	);
	await expectImages(fixture, run, [{}]);
	expect(fixture.submitted()).toStrictEqual([
		{
			prompt,
			input_image: one.toString('base64'),
			input_image_2: two.toString('base64'),
			input_image_3: three.toString('base64'),
			input_image_4: url,
			output_format: 'png',
		},
	]);
});

it('sends the input image of each item', async () => {
	const [wide, tall] = await Promise.all([picture(96, 64), picture(64, 96)]);
	const run = await fixture.run(
		{ provider: 'runpod', operation: 'edit', prompt },
		{ items: [withBinary(wide), withBinary(tall)] },
	);
	await expectImages(fixture, run, [{ itemIndex: 0 }, { itemIndex: 1 }]);
	const uri = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;
	expect(fixture.submitted()).toHaveLength(2);
	expect(fixture.submitted()).toEqual(
		expect.arrayContaining([
			{ input: { prompt, image: uri(wide), size: '768*512' } },
			{ input: { prompt, image: uri(tall), size: '512*768' } },
		]),
	);
});
