import sharp from 'sharp';
import { formOf, http, keepJobsActive, summary } from '../../support';
import { detail, useBlackForestLabs } from './support';

const { fixture, bfl, withKey, post, get, bareSample } = useBlackForestLabs();

test.each([
	['a data URI', () => `data:image/png;base64,${bareSample()}`],
	['base64 with a stray character', () => `${bareSample()}\n`],
	['base64 of something else', () => Buffer.from('hello').toString('base64')],
	['a URL with nothing behind it', () => `${fixture.emulator.filesOrigin}/samples/none.png`],
	['a URL of another machine', () => 'http://192.0.2.1/a.png'],
	['an empty text', () => ''],
])('refuses %s as an input image', async (_, image) => {
	expect(summary(await post({ prompt: 'edit', input_image_2: image() }))).toEqual(
		detail(
			['input_image_2'],
			'Value error, is neither an image as base64 nor the URL of one',
			'value_error',
		),
	);
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses an input image of more than 20 megapixels', async () => {
	const create = { width: 5000, height: 4100, channels: 3 as const, background: '#000' };
	const bytes = await sharp({ create }).png().toBuffer();
	const answer = await post({ prompt: 'edit', input_image: bytes.toString('base64') });
	expect(summary(answer)).toEqual(
		detail(['input_image'], 'Value error, is above 20 megapixels', 'value_error'),
	);
});

test.each([
	[{}, ['prompt'], 'Field required', 'missing'],
	[{ prompt: 5 }, ['prompt'], 'Input should be a valid string', 'string_type'],
	[{ prompt: 'a', width: 1024 }, ['width'], 'Extra inputs are not permitted', 'extra_forbidden'],
	[{ prompt: 'a', seed: 1.5 }, ['seed'], 'Input should be a valid integer', 'integer_type'],
	[{ prompt: 'a', seed: '1' }, ['seed'], 'Input should be a valid number', 'number_type'],
	[
		{ prompt: 'a', safety_tolerance: 7 },
		['safety_tolerance'],
		'Input should be less than or equal to 6',
		'less_than_equal',
	],
	[
		{ prompt: 'a', safety_tolerance: -1 },
		['safety_tolerance'],
		'Input should be greater than or equal to 0',
		'greater_than_equal',
	],
	[
		{ prompt: 'a', output_format: 'gif' },
		['output_format'],
		"Input should be 'jpeg' or 'png' or 'webp'",
		'literal_error',
	],
	[
		{ prompt: 'a', prompt_upsampling: 'yes' },
		['prompt_upsampling'],
		'Input should be a valid boolean',
		'boolean_type',
	],
	[
		{ prompt: 'a', aspect_ratio: '22:9' },
		['aspect_ratio'],
		'Value error, must be W:H between 21:9 and 9:21',
		'value_error',
	],
	[
		{ prompt: 'a', aspect_ratio: '1.5' },
		['aspect_ratio'],
		'Value error, must be W:H between 21:9 and 9:21',
		'value_error',
	],
	[
		{ prompt: 'a', webhook_url: 'http://example.com/x' },
		['webhook_url'],
		'Value error, must be an https URL',
		'value_error',
	],
])('refuses %j and names the invalid field', async (body, loc, msg, type) => {
	expect(summary(await post(body))).toEqual(detail(loc, msg, type));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('accepts null for every optional field whose schema allows it', async () => {
	keepJobsActive(fixture.emulator);
	const none = { input_image: null, seed: null, aspect_ratio: null, output_format: null };
	expect((await post({ prompt: 'a', ...none, webhook_url: null, webhook_secret: null })).status).toBe(200);
});

test('refuses a body that is not JSON', async () => {
	const { baseUrl, apiKey } = bfl();
	const form = await http.post(`${baseUrl}/v1/flux-kontext-pro`, formOf({ prompt: 'a' }), withKey());
	expect(summary(form)).toEqual(
		detail([], 'Value error, Content-Type must be application/json', 'value_error'),
	);
	const headers = { 'x-key': apiKey, 'content-type': 'application/json' };
	const broken = await http.post(`${baseUrl}/v1/flux-kontext-pro`, Buffer.from('{"prompt":'), { headers });
	expect(summary(broken)).toEqual(detail([], 'Value error, The body is not JSON', 'value_error'));
	const empty = await http.post(`${baseUrl}/v1/flux-kontext-pro`, Buffer.alloc(0), { headers });
	expect(summary(empty)).toEqual(detail([], 'Field required', 'missing'));
});

test('only FLUX.2 flex accepts guidance, steps and prompt upsampling', async () => {
	keepJobsActive(fixture.emulator);
	const options = { guidance: 1.5, steps: 50, prompt_upsampling: false };
	expect((await post({ prompt: 'a', ...options }, 'flux-2-flex')).status).toBe(200);
	for (const [name, value] of Object.entries(options))
		expect(summary(await post({ prompt: 'a', [name]: value }, 'flux-2-pro'))).toEqual(
			detail([name], 'Extra inputs are not permitted', 'extra_forbidden'),
		);
});

test.each([
	[
		{ width: 0 },
		'flux-2-pro',
		'width',
		'Input should be greater than or equal to 64',
		'greater_than_equal',
	],
	[
		{ width: 48 },
		'flux-2-max',
		'width',
		'Input should be greater than or equal to 64',
		'greater_than_equal',
	],
	[{ height: 1000 }, 'flux-2-pro', 'height', 'Value error, Number must be a multiple of 16', 'value_error'],
	[
		{ width: 4096, height: 2048 },
		'flux-2-pro',
		'width',
		'Value error, is above 4 megapixels',
		'value_error',
	],
	[
		{ safety_tolerance: 6 },
		'flux-2-pro',
		'safety_tolerance',
		'Input should be less than or equal to 5',
		'less_than_equal',
	],
	[
		{ guidance: 1 },
		'flux-2-flex',
		'guidance',
		'Input should be greater than or equal to 1.5',
		'greater_than_equal',
	],
	[{ steps: 51 }, 'flux-2-flex', 'steps', 'Input should be less than or equal to 50', 'less_than_equal'],
	[
		{ input_image_5: 'x' },
		'flux-kontext-pro',
		'input_image_5',
		'Extra inputs are not permitted',
		'extra_forbidden',
	],
])('refuses %j for the model %s', async (body, model, field, msg, type) => {
	expect(summary(await post({ prompt: 'a', ...body }, model))).toEqual(detail([field], msg, type));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('answers 404 for an unknown path', async () => {
	expect(summary(await get('/v1/flux-kontext-dev'))).toEqual({
		status: 404,
		data: { detail: 'Not Found' },
	});
});

test('reports an unknown task in the status and refuses a request without an id', async () => {
	expect(summary(await get('/v1/get_result?id=nobody'))).toEqual({
		status: 200,
		data: {
			id: 'nobody',
			status: 'Task not found',
			result: null,
			progress: null,
			details: null,
			preview: null,
		},
	});
	expect(summary(await get('/v1/get_result'))).toEqual({
		status: 422,
		data: { detail: [{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }] },
	});
});
