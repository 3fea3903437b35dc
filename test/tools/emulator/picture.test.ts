import sharp from 'sharp';
import { drawPicture, type PictureSpec, readImage } from '../../../tools/emulator/picture';
import type { ImageFormat } from '../../../tools/emulator/types';

const baseSpec: PictureSpec = {
	prompt: 'a red fox',
	seed: 7,
	width: 320,
	height: 192,
	format: 'png',
	inputs: [],
};

const draw = async (changes: Partial<PictureSpec> = {}): Promise<Buffer> =>
	await drawPicture({ ...baseSpec, ...changes });

const formats: ImageFormat[] = ['png', 'jpeg', 'webp', 'gif', 'avif'];

test.each(formats)('a %s picture has the requested size and format', async (format) => {
	const bytes = await draw({ format });
	const metadata = await sharp(bytes).metadata();
	expect(metadata).toMatchObject({ width: 320, height: 192, format: format === 'avif' ? 'heif' : format });
	expect(await readImage(bytes)).toEqual({
		width: 320,
		height: 192,
		format,
		mimeType: `image/${format}`,
	});
});

test('draws a picture of 2048 by 2048 pixels', async () => {
	expect(await readImage(await draw({ width: 2048, height: 2048, format: 'jpeg' }))).toMatchObject({
		width: 2048,
		height: 2048,
	});
});

test('equal specs give equal bytes', async () => {
	const input = await draw();
	expect((await draw()).equals(await draw())).toBe(true);
	expect((await draw({ inputs: [input] })).equals(await draw({ inputs: [input] }))).toBe(true);
});

test('a different prompt, seed or input gives a different picture', async () => {
	const [input, other] = [await draw(), await draw({ prompt: 'a castle' })];
	const pictures = await Promise.all([
		draw(),
		draw({ prompt: 'a blue fox' }),
		draw({ seed: 8 }),
		draw({ inputs: [input] }),
		draw({ inputs: [other] }),
		draw({ inputs: [input, other] }),
		draw({ inputs: [input], prompt: 'a blue fox' }),
		draw({ inputs: [input], seed: 8 }),
	]);
	expect(new Set(pictures.map((bytes) => bytes.toString('base64'))).size).toBe(pictures.length);
});

test('a lower quality gives a smaller file', async () => {
	const [low, high] = [
		await draw({ format: 'jpeg', quality: 5 }),
		await draw({ format: 'jpeg', quality: 95 }),
	];
	expect(low.length).toBeLessThan(high.length);
});

test('an edit shows several inputs side by side', async () => {
	const plain = async (background: string): Promise<Buffer> =>
		await sharp({ create: { width: 64, height: 64, channels: 3, background } })
			.png()
			.toBuffer();
	const edit = await draw({ inputs: [await plain('#000000'), await plain('#ffffff')] });
	const lightOf = async (left: number): Promise<number> => {
		const half = sharp(edit).extract({ left, top: 0, width: 160, height: 192 });
		const { channels } = await sharp(await half.toBuffer()).stats();
		return channels.reduce((sum, { mean }) => sum + mean, 0);
	};
	expect((await lightOf(160)) - (await lightOf(0))).toBeGreaterThan(200);
});

test('readImage resolves with undefined for bytes that are not a complete image', async () => {
	const whole = await draw();
	expect(await readImage(Buffer.from('<html></html>'))).toBeUndefined();
	expect(await readImage(whole.subarray(0, whole.length >> 1))).toBeUndefined();
	expect(
		await readImage(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
	).toBeUndefined();
});
