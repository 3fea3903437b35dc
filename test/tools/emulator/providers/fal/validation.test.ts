import { formOf, summary } from '../../support';
import { dev, edit, error, useFal } from './support';

const { fixture, generate, api, post, get, put, accepted, image } = useFal();

test.each<[string, string, () => object, ReturnType<typeof error>]>([
	['no prompt', generate, () => ({ prompt: undefined }), error('Field required', 'missing', 'prompt')],
	[
		'an unknown aspect ratio',
		generate,
		() => ({ aspect_ratio: '5:4' }),
		error(
			"Input should be '21:9' or '16:9' or '4:3' or '3:2' or '1:1' or '2:3' or '3:4' or '9:16' " +
				"or '9:21'",
			'literal_error',
			'aspect_ratio',
		),
	],
	[
		'a safety tolerance that is a number',
		generate,
		() => ({ safety_tolerance: 2 }),
		error(
			"Input should be a valid '1' | '2' | '3' | '4' | '5' | '6'",
			"'1' | '2' | '3' | '4' | '5' | '6'_type",
			'safety_tolerance',
		),
	],
	[
		'a safety tolerance of 0',
		generate,
		() => ({ safety_tolerance: '0' }),
		error("Input should be '1' or '2' or '3' or '4' or '5' or '6'", 'literal_error', 'safety_tolerance'),
	],
	[
		'a WebP output',
		generate,
		() => ({ output_format: 'webp' }),
		error("Input should be 'jpeg' or 'png'", 'literal_error', 'output_format'),
	],
	[
		'an image at the endpoint for prompts alone',
		generate,
		() => ({ image_url: image() }),
		error('Extra inputs are not permitted', 'extra_forbidden', 'image_url'),
	],
	[
		'five images',
		generate,
		() => ({ num_images: 5 }),
		error('Input should be less than or equal to 4', 'less_than_equal', 'num_images'),
	],
	['no image to edit', edit, () => ({}), error('Field required', 'missing', 'image_url')],
	[
		'bare base64',
		edit,
		() => ({ image_url: 'aGVsbG8=' }),
		error('Value error, must be the URL or a data URI of an image', 'value_error', 'image_url'),
	],
	[
		'a list of images at the endpoint for one image',
		edit,
		() => ({ image_urls: [image()] }),
		error('Field required', 'missing', 'image_url'),
	],
	[
		'too few steps',
		dev,
		() => ({ image_url: image(), num_inference_steps: 9 }),
		error('Input should be greater than or equal to 10', 'greater_than_equal', 'num_inference_steps'),
	],
	[
		'a safety tolerance for dev',
		dev,
		() => ({ image_url: image(), safety_tolerance: '2' }),
		error('Extra inputs are not permitted', 'extra_forbidden', 'safety_tolerance'),
	],
	[
		'an aspect ratio for dev',
		dev,
		() => ({ image_url: image(), aspect_ratio: '1:1' }),
		error('Extra inputs are not permitted', 'extra_forbidden', 'aspect_ratio'),
	],
])('refuses %s', async (_, endpoint, more, answer) => {
	const { status, data } = await post(endpoint, { prompt: 'a', ...more() });
	expect({ status, data: { detail: [(data as unknown as { detail: unknown[] }).detail[0]] } }).toEqual(
		answer,
	);
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a body that is not JSON and answers 404 for an unknown endpoint', async () => {
	expect(summary(await post(generate, formOf({ prompt: 'a' })))).toMatchObject({ status: 422 });
	expect(summary(await post('fal-ai/flux/dev', { prompt: 'a' }))).toEqual({
		status: 404,
		data: { detail: 'Not Found' },
	});
});

test('answers 404 for an unknown job and for a job of another app', async () => {
	const { request_id } = await accepted();
	const missing = { status: 404, data: { status: 'NOT_FOUND' } };
	for (const path of ['fal-ai/flux-pro/requests/nobody', `fal-ai/flux-kontext/requests/${request_id}`]) {
		expect(summary(await get(`${api().baseUrl}/${path}/status`))).toEqual(missing);
		expect(summary(await get(`${api().baseUrl}/${path}`))).toEqual(missing);
		expect(await put(`${api().baseUrl}/${path}/cancel`)).toEqual(missing);
	}
});
