import sharp from 'sharp';
import { type Parts, summary } from '../../support';
import { edits, error, generations, model, useTheRouter } from './support';

const { fixture, get, generate, edit, sample } = useTheRouter();

test.each([
	[{ model }, 'prompt: Required'],
	[{ model, prompt: '' }, 'prompt: String must contain at least 1 character(s)'],
	[{ model, prompt: 'a', n: 1 }, "Unrecognized key(s) in object: 'n'"],
	[{ model, prompt: 'a', aspect_ratio: '1:1' }, "Unrecognized key(s) in object: 'aspect_ratio'"],
	[{ model, prompt: 'a', size: '1024*1024' }, 'size: must be WxH, each side from 256 to 2048'],
	[{ model, prompt: 'a', size: '128x1024' }, 'size: must be WxH, each side from 256 to 2048'],
	[{ model, prompt: 'a', size: 'auto' }, 'size: must be WxH, each side from 256 to 2048'],
	[{ model, prompt: 'a', seed: '7' }, 'seed: Expected number, received string'],
	[{ model, prompt: 'a', seed: -1 }, 'seed: Number must be greater than or equal to 0'],
])('refuses a generation with %j', async (body, message) => {
	expect(summary(await generate(body))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test.each<[string, () => Parts, string]>([
	['no image', () => ({}), 'image: must be exactly one file'],
	['an image as text', () => ({ image: 'aGVsbG8=' }), "Unrecognized key(s) in object: 'image'"],
	['two images', () => ({ image: [sample(), sample()] }), 'image: must be exactly one file'],
	['a list of images', () => ({ 'image[]': [sample()] }), 'image[]: is not a known file'],
	['a mask', () => ({ image: sample(), mask: sample() }), 'mask: is not a known file'],
	[
		'another size',
		() => ({ image: sample(), size: '768x512' }),
		"size: Invalid enum value. Expected '1024x1024' | '1024x1536' | '1536x1024' | 'auto', " +
			"received '768x512'",
	],
	['several results', () => ({ image: sample(), n: '2' }), 'n: Invalid literal value, expected "1"'],
	[
		'an output format',
		() => ({ image: sample(), output_format: 'png' }),
		"Unrecognized key(s) in object: 'output_format'",
	],
	['a seed that is no number', () => ({ image: sample(), seed: 'x' }), 'seed: must be a whole number'],
	['a wrong media type', () => ({ image: sample('image/jpeg') }), 'image: is image/png, not image/jpeg'],
	[
		'a file that is no image',
		() => ({ image: new Blob(['hello'], { type: 'image/png' }) }),
		'image: must be a PNG, JPEG or WebP image',
	],
])('refuses an edit with %s', async (_, parts, message) => {
	expect(summary(await edit({ model, prompt: 'edit', ...parts() }))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses an input image that is a GIF or larger than 4 MB', async () => {
	const gif = new Uint8Array(await sharp(fixture.emulator.sampleImage.bytes).gif().toBuffer());
	const asGif = await edit({ model, prompt: 'edit', image: new Blob([gif], { type: 'image/gif' }) });
	expect(summary(asGif)).toEqual(error(400, 'image: must be a PNG, JPEG or WebP image'));
	const large = new Blob([new Uint8Array(4 * 1024 * 1024 + 1)], { type: 'image/png' });
	expect(summary(await edit({ model, prompt: 'edit', image: large }))).toEqual(
		error(400, 'image: is larger than 4 MB'),
	);
});

test('refuses a form in which a field occurs twice', async () => {
	const answer = await edit({ model, prompt: ['one', 'two'] });
	expect(summary(answer)).toEqual(error(400, 'The field prompt is given twice'));
});

test('each endpoint refuses the content type of the other', async () => {
	expect(summary(await edit({ model, prompt: 'a' }, generations))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect(summary(await generate({ model, prompt: 'a' }, edits))).toEqual(
		error(400, 'Content-Type must be multipart/form-data'),
	);
});

test('answers 404 for an unknown model', async () => {
	const answer = error(404, 'The model flux-pro does not exist', 'model_not_found');
	expect(summary(await generate({ model: 'flux-pro', prompt: 'a' }))).toEqual(answer);
	expect(summary(await edit({ model: 'flux-pro', prompt: 'a', image: sample() }))).toEqual(answer);
});

test('refuses the synchronous form and says why', async () => {
	const answer = error(400, 'The synchronous form is not emulated: add ?async=true');
	expect(summary(await generate({ model, prompt: 'a' }, '/v1/images/generations'))).toEqual(answer);
	expect(summary(await edit({ model, prompt: 'a', image: sample() }, '/v1/images/edits'))).toEqual(answer);
});

test('answers 404 for an unknown job and for an unknown path', async () => {
	expect(summary(await get('/v1/jobs/img_x'))).toEqual(
		error(404, 'The job img_x does not exist', 'job_not_found'),
	);
	expect(summary(await get('/v1/nothing'))).toEqual(error(404, 'Not Found', 'not_found'));
});
