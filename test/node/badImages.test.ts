import type { INodeParameters } from 'n8n-workflow';

import type { InputItem } from '../../tools/n8n-core/runNode';
import { picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const prompt = 'make it night';

/** Returns an image followed by zeros: an image by its first bytes, but larger than some models take. */
const padded = (megabytes: number, head: Buffer): Buffer =>
	Buffer.concat([head, Buffer.alloc(megabytes * 1_000_000)]);

const edit = (provider: string, entry: INodeParameters): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt,
	inputImages: { image: [entry] },
});

/** Expects a run to end with an error before anything is sent to a provider. */
async function expectRefusal(
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

const notAnImage = (what: string, fileName = '(photo.png) ', position = 1) =>
	`'Input Images' entry ${position} ${fileName}is not an image but ${what}; ` +
	'PNG, JPEG, WebP, GIF and AVIF are known';

describe('an input image is refused before anything is sent to the provider', () => {
	let png: Buffer;
	beforeAll(async () => {
		png = await picture(64, 48);
	});

	it('if the item has no binary data', async () => {
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[{}],
			/^'Input Images' entry 1 cannot be read: the item has no binary field "data"; it has none/,
		);
	});

	it('if the binary field is missing, with the names of the others', async () => {
		const items = [withBinary(png, 'photo')];
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			items,
			/the item has no binary field "data"; it has photo/,
		);
	});

	it('if no binary field is named', async () => {
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: '' }),
			[withBinary(png)],
			"'Input Images' entry 1 names no binary field; " +
				"'Input Binary Field' must be the name of one, such as data",
		);
	});

	it.each(['blackForestLabs', 'theRouter', 'runpod'])(
		'if the binary is not an image, whatever its stated type, for %s',
		async (provider) => {
			const items = [withBinary(Buffer.from('<html>not an image</html>'))];
			await expectRefusal(
				edit(provider, { source: 'binary', binaryProperty: 'data' }),
				items,
				notAnImage('a web page (stated type image/png, first bytes "<html>not an")'),
			);
		},
	);

	it('if the binary is empty', async () => {
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[withBinary(Buffer.alloc(0))],
			notAnImage('an empty file (0 bytes)'),
		);
	});

	const badCharacter = (character: string, position: number) =>
		`is not base64: it has "${character}" at position ${position}; 'Base64' must be the bytes of an image ` +
		'as base64, with or without data:…;base64,';
	it.each([
		['', "has nothing in its 'Base64'"],
		['   ', "has nothing in its 'Base64'"],
		['not base64!', badCharacter('!', 11)],
		['iVBORw0KGgo=!', badCharacter('=', 12)],
		[`AAAA${' '.repeat(200_000)}!`, badCharacter('!', 200_005)],
		['🦊', badCharacter('🦊', 1)],
		['data:image/png,abc', 'is a data URI without base64; it must be data:…;base64,…'],
		[
			'data:image/png;base64,',
			'is not an image but an empty file (0 bytes); PNG, JPEG, WebP, GIF and AVIF are known',
		],
	])('if the base64 is "%.20s"', async (base64, reason) => {
		await expectRefusal(
			edit('runpod', { source: 'base64', base64 }),
			[{}],
			`'Input Images' entry 1 ${reason}`,
		);
	});

	it('if the base64 is not of an image', async () => {
		const base64 = Buffer.from('hello world').toString('base64');
		await expectRefusal(
			edit('runpod', { source: 'base64', base64 }),
			[{}],
			notAnImage('text (first bytes "hello world")', ''),
		);
	});

	it.each([
		'fox.png',
		'ftp://example.com/fox.png',
		'file:///etc/passwd',
		'data:image/png;base64,AAAA',
		'javascript:1',
	])('if the URL is "%s"', async (url) => {
		const message =
			`'Input Images' entry 1 has "${url}" for its URL; ` + 'it must start with https:// or http://';
		for (const provider of ['blackForestLabs', 'theRouter'])
			await expectRefusal(edit(provider, { source: 'url', url }), [{}], message);
	});

	it('if the node has to fetch the URL, which answers 404', async () => {
		const url = `${fixture.emulator.filesOrigin}/samples/nothing.png`;
		await expectRefusal(
			edit('theRouter', { source: 'url', url }),
			[{}],
			`'Input Images' entry 1 could not be fetched: ${new URL(url).host} answered 404`,
		);
		expect(fixture.emulator.requests.map(({ provider, path }) => [provider, path])).toEqual([
			['files', '/samples/nothing.png'],
		]);
	});

	it('if the node has to fetch the URL, which refuses the connection', async () => {
		await expectRefusal(
			edit('theRouter', { source: 'url', url: 'http://127.0.0.1:9/x.png' }),
			[{}],
			/^'Input Images' entry 1 could not be fetched: ECONNREFUSED/,
		);
	});

	it('if the node has to fetch the URL, which is not an image', async () => {
		const url = `${fixture.emulator.origin}/__emulator/jobs`;
		await expectRefusal(
			edit('theRouter', { source: 'url', url }),
			[{}],
			notAnImage('JSON (stated type application/json; charset=utf-8, first bytes "[]")', ''),
		);
	});

	it.each([
		['theRouter', 5, 'black-forest-labs/flux-kontext-dev', '4.2 MB'],
		['runpod', 8, 'black-forest-labs-flux-1-kontext-dev', '7.4 MB'],
		['blackForestLabs', 21, 'flux-kontext-pro', '20.0 MB'],
	])('if it is larger than %s takes', async (provider, megabytes, model, limit) => {
		const items = [withBinary(padded(megabytes, png))];
		const message =
			`'Input Images' entry 1 (photo.png) has ${megabytes}.0 MB, ` +
			`but ${model} takes at most ${limit}`;
		await expectRefusal(edit(provider, { source: 'binary', binaryProperty: 'data' }), items, message);
	});

	it.each([
		['theRouter', 'gif', 'image/png, image/jpeg, image/webp'],
		['runpod', 'avif', 'image/png, image/jpeg, image/webp'],
		['blackForestLabs', 'avif', 'image/png, image/jpeg, image/webp, image/gif'],
	] as const)('if %s does not take its type', async (provider, format, types) => {
		const items = [
			withBinary(await picture(64, 48, format), 'data', `photo.${format}`, `image/${format}`),
		];
		const message = new RegExp(
			`^'Input Images' entry 1 \\(photo\\.${format}\\) is image/${format}, ` +
				`but .* takes ${types} \\[Item 0\\]$`,
		);
		await expectRefusal(edit(provider, { source: 'binary', binaryProperty: 'data' }), items, message);
	});

	it('if it is one of several, with its position', async () => {
		const image = [
			{ source: 'base64', base64: png.toString('base64') },
			{ source: 'binary', binaryProperty: 'photo' },
		];
		const items = [withBinary(Buffer.from('nothing'), 'photo')];
		await expectRefusal(
			{ provider: 'blackForestLabs', operation: 'edit', prompt, inputImages: { image } },
			items,
			notAnImage('text (stated type image/png, first bytes "nothing")', '(photo.png) ', 2),
		);
	});

	it('if it is a reference image of a generation', async () => {
		const items = [withBinary(Buffer.from('nothing'))];
		await expectRefusal(
			{
				...edit('blackForestLabs', { source: 'binary', binaryProperty: 'data' }),
				operation: 'generate',
			},
			items,
			notAnImage('text (stated type image/png, first bytes "nothing")'),
		);
	});

	it('if it is half an image', async () => {
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[withBinary(png.subarray(0, png.length >> 1))],
			"'Input Images' entry 1 (photo.png) is cut off: the end of the image/png is missing",
		);
	});

	it.each([
		['HEIC', '\0\0\0\x18ftypheic\0\0\0\0', 'a HEIC image', '00 00 00 18 66 74 79 70 68 65 69 63'],
		['PDF', '%PDF-1.7 and more', 'a PDF', '"%PDF-1.7 and"'],
		['SVG', '<svg xmlns="x"/>', 'an SVG drawing', '"<svg xmlns=""'],
		['TIFF', 'II*\0abcdefgh', 'a TIFF image', '49 49 2a 00 61 62 63 64 65 66 67 68'],
		[
			'a data URI in a text file',
			'data:image/png;base64,AAAA',
			'a text that holds a data URI',
			'"data:image/p"',
		],
	])('if it is %s, with its name, its stated type and its first bytes', async (_, content, kind, shown) => {
		await expectRefusal(
			edit('runpod', { source: 'binary', binaryProperty: 'data' }),
			[withBinary(Buffer.from(content, 'latin1'), 'data', 'IMG_1.HEIC', 'image/heic')],
			notAnImage(`${kind} (stated type image/heic, first bytes ${shown})`, '(IMG_1.HEIC) '),
		);
	});

	it.each(['={{ $binary.photo }}', '={{ $json.nothing }}', '={{ null }}'])(
		'if the expression %s for its binary field finds nothing, although the item has another image',
		async (binaryProperty) => {
			await expectRefusal(
				edit('runpod', { source: 'binary', binaryProperty }),
				[withBinary(png)],
				"'Input Images' entry 1 names no binary field; " +
					"'Input Binary Field' must be the name of one, such as data",
			);
		},
	);

	it('if its URL holds a password', async () => {
		await expectRefusal(
			edit('runpod', { source: 'url', url: 'https://me:secret@files.example/a.png' }),
			[{}],
			"'Input Images' entry 1 has a user or a password in its URL, which the provider would see; remove them",
		);
	});

	it('if the provider would fetch it, and there is a page in its place', async () => {
		const url = `${fixture.emulator.origin}/__emulator/jobs`;
		await expectRefusal(
			edit('runpod', { source: 'url', url }),
			[{}],
			"'Input Images' entry 1 is no image at its URL: it is JSON " +
				'(stated type application/json; charset=utf-8, first bytes "[]")',
		);
	});
});
