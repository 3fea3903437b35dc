import type { INodeParameters } from 'n8n-workflow';

import { picture, useNodeFixture, withBinary } from './nodeFixture';
import type { InputItem } from '../../tools/n8n-core/runNode';

const fixture = useNodeFixture();
const prompt = 'make it night';

/** Random bytes after the head of a PNG: an image by its head, larger than some models take. */
const huge = (megabytes: number, head: Buffer): Buffer =>
	Buffer.concat([head, Buffer.alloc(megabytes * 1_000_000)]);

const edit = (provider: string, entry: INodeParameters): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt,
	inputImages: { image: [entry] },
});

/** The run must end with this error, before anything is sent to a provider. */
async function refused(
	parameters: INodeParameters,
	items: InputItem[],
	message: string | RegExp,
): Promise<void> {
	const run = await fixture.run(parameters, { items });
	expect(run.error).toMatchObject({
		context: { code: 'invalidRequest', itemIndex: 0, job: null, jobs: [] },
	});
	const text = run.error?.message ?? '';
	expect(text).toMatch(/ \[Item 0\]$/);
	if (typeof message === 'string') expect(text).toBe(`${message} [Item 0]`);
	else expect(text).toMatch(message);
	expect(fixture.emulator.jobs).toEqual([]);
	expect(fixture.emulator.requests.filter(({ provider }) => provider !== 'files')).toEqual([]);
}

const notAnImage = "'Input Images' entry 1 is not an image: PNG, JPEG, WebP, GIF and AVIF are known";

describe('an input image is refused before anything is sent to the provider', () => {
	let png: Buffer;
	beforeAll(async () => {
		png = await picture(64, 48);
	});

	it('when the item has no binary data at all', async () => {
		await refused(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[{}],
			/^'Input Images' entry 1 cannot be read: the item has no binary field "data"; it has none/,
		);
	});

	it('when the binary field is missing, and says which there are', async () => {
		const items = [withBinary(png, 'photo')];
		await refused(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			items,
			/the item has no binary field "data"; it has photo/,
		);
	});

	it('when no binary field is named', async () => {
		await refused(
			edit('runpod', { source: 'binary', binaryProperty: '' }),
			[withBinary(png)],
			"'Input Images' entry 1 names no binary field; 'Input Binary Field' must be the name of one, such as data",
		);
	});

	it.each(['blackForestLabs', 'theRouter', 'runpod'])(
		'when the binary is not an image, whatever its stated type, for %s',
		async (provider) => {
			const items = [withBinary(Buffer.from('<html>not an image</html>'))];
			await refused(edit(provider, { source: 'binary', binaryProperty: 'data' }), items, notAnImage);
		},
	);

	it('when the binary is empty', async () => {
		await refused(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[withBinary(Buffer.alloc(0))],
			notAnImage,
		);
	});

	it.each(['', '   ', 'not base64!', 'data:image/png;base64,', 'data:image/png,abc', 'iVBORw0KGgo=!'])(
		'when the base64 is "%s"',
		async (base64) => {
			await refused(
				edit('runpod', { source: 'base64', base64 }),
				[{}],
				"'Input Images' entry 1 is not base64; 'Base64' must be the bytes of an image as base64, with or without data:…;base64,",
			);
		},
	);

	it('when the base64 is of something else', async () => {
		const base64 = Buffer.from('hello world').toString('base64');
		await refused(edit('runpod', { source: 'base64', base64 }), [{}], notAnImage);
	});

	it.each([
		'',
		'fox.png',
		'ftp://example.com/fox.png',
		'file:///etc/passwd',
		'data:image/png;base64,AAAA',
		'javascript:1',
	])('when the URL is "%s"', async (url) => {
		const message = `'Input Images' entry 1 has "${url}" for its URL; it must start with https:// or http://`;
		for (const provider of ['blackForestLabs', 'theRouter'])
			await refused(edit(provider, { source: 'url', url }), [{}], message);
	});

	it('when the node must fetch the URL and finds nothing there', async () => {
		const url = `${fixture.emulator.filesOrigin}/samples/nothing.png`;
		await refused(
			edit('theRouter', { source: 'url', url }),
			[{}],
			"'Input Images' entry 1 could not be fetched: its address answered 404",
		);
		expect(fixture.emulator.requests.map(({ provider, path }) => [provider, path])).toEqual([
			['files', '/samples/nothing.png'],
		]);
	});

	it('when the node must fetch the URL and nobody answers', async () => {
		await refused(
			edit('theRouter', { source: 'url', url: 'http://127.0.0.1:9/x.png' }),
			[{}],
			/^'Input Images' entry 1 could not be fetched: ECONNREFUSED/,
		);
	});

	it('when the node must fetch the URL and finds no image there', async () => {
		const url = `${fixture.emulator.origin}/__emulator/jobs`;
		await refused(edit('theRouter', { source: 'url', url }), [{}], notAnImage);
	});

	it.each([
		['theRouter', 5, 'black-forest-labs/flux-kontext-dev', '4.2 MB'],
		['runpod', 8, 'black-forest-labs-flux-1-kontext-dev', '7.4 MB'],
		['blackForestLabs', 21, 'flux-kontext-pro', '20.0 MB'],
	])('when it is larger than %s takes', async (provider, megabytes, model, limit) => {
		const items = [withBinary(huge(megabytes, png))];
		const message = `'Input Images' entry 1 (photo.png) has ${megabytes}.0 MB, but ${model} takes at most ${limit}`;
		await refused(edit(provider, { source: 'binary', binaryProperty: 'data' }), items, message);
	});

	it.each([
		['theRouter', 'gif', 'image/png, image/jpeg, image/webp'],
		['runpod', 'avif', 'image/png, image/jpeg, image/webp'],
		['blackForestLabs', 'avif', 'image/png, image/jpeg, image/webp, image/gif'],
	] as const)('when %s does not take its type', async (provider, format, types) => {
		const items = [
			withBinary(await picture(64, 48, format), 'data', `photo.${format}`, `image/${format}`),
		];
		const message = new RegExp(
			`^'Input Images' entry 1 \\(photo\\.${format}\\) is image/${format}, but .* takes ${types} \\[Item 0\\]$`,
		);
		await refused(edit(provider, { source: 'binary', binaryProperty: 'data' }), items, message);
	});

	it('and its place among several is named', async () => {
		const image = [
			{ source: 'base64', base64: png.toString('base64') },
			{ source: 'binary', binaryProperty: 'photo' },
		];
		const items = [withBinary(Buffer.from('nothing'), 'photo')];
		await refused(
			{ provider: 'blackForestLabs', operation: 'edit', prompt, inputImages: { image } },
			items,
			"'Input Images' entry 2 is not an image: PNG, JPEG, WebP, GIF and AVIF are known",
		);
	});

	it('and reference images are checked in the same way', async () => {
		const items = [withBinary(Buffer.from('nothing'))];
		await refused(
			{
				...edit('blackForestLabs', { source: 'binary', binaryProperty: 'data' }),
				operation: 'generate',
			},
			items,
			notAnImage,
		);
	});
});
