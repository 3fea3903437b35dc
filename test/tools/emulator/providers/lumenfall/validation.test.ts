import { type Parts, summary } from '../../support';
import { edits, error, generations, useLumenfall } from './support';

const { fixture, generate, edit, sample } = useLumenfall();

test.each([
	[{ prompt: '' }, 'prompt: String must contain at least 1 character(s)'],
	[{ size: '1024*1024' }, 'size: must be auto, WxH or W:H'],
	[{ size: '20000x10' }, 'size: must be auto, WxH or W:H'],
	[
		{ resolution: '8K' },
		"resolution: Invalid enum value. Expected 'auto' | '1K' | '2K' | '4K', received '8K'",
	],
	[{ seed: '7' }, 'seed: Expected number, received string'],
	[{ n: 0 }, 'n: Number must be greater than or equal to 1'],
	[{ output_compression: 101 }, 'output_compression: Number must be less than or equal to 100'],
	[{ negative_prompt: 'blur' }, "Unrecognized key(s) in object: 'negative_prompt'"],
	[{ model: 'replicate/flux.1-kontext-dev', acceleration: 'high' }, 'acceleration: is for fal only'],
	[{ model: 'fal/flux.1-kontext-dev', output_quality: 50 }, 'output_quality: is for replicate only'],
	[{ model: 'fal/flux.1-kontext-dev-edit' }, 'fal/flux.1-kontext-dev-edit does not support this mode'],
])('refuses a generation with %j', async (fields, message) => {
	expect(summary(await generate(fields))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a prompt of more than 1000 characters', async () => {
	const answer = await generate({ prompt: 'a'.repeat(1001) });
	expect(summary(answer)).toEqual(error(400, 'prompt: Too big: expected string to have <=1000 characters'));
});

test('answers 404 for an unknown model', async () => {
	expect(summary(await generate({ model: 'toString' }))).toEqual(
		error(404, 'Model toString not found', 'MODEL_NOT_FOUND'),
	);
});

test.each<[string, () => Parts, string]>([
	['no image', () => ({}), 'image: is required'],
	['an image as text', () => ({ image: 'aGVsbG8=' }), "Unrecognized key(s) in object: 'image'"],
	[
		'five images',
		() => ({ 'image[]': Array.from({ length: 5 }, () => sample()) }),
		'This model does not support multiple input images above 4',
	],
	['another file', () => ({ image: sample(), picture: sample() }), 'picture: is not a known file'],
	[
		'a seed that is no number',
		() => ({ image: sample(), seed: 'x' }),
		'seed: Expected number, received string',
	],
	['a wrong media type', () => ({ image: sample('image/jpeg') }), 'image: is image/png, not image/jpeg'],
	[
		'a file that is no image',
		() => ({ image: new Blob(['hello'], { type: 'image/png' }) }),
		'image: must be a PNG, JPEG or WebP image',
	],
])('refuses an edit with %s', async (_, parts, message) => {
	expect(summary(await edit(parts()))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('each endpoint refuses the content type of the other', async () => {
	expect(summary(await edit({ image: sample() }, generations))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect(summary(await generate({}, edits))).toEqual(
		error(400, 'Content-Type must be multipart/form-data'),
	);
});
