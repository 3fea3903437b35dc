import sharp from 'sharp';
import {
	aheadBy,
	drawNothing,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	slow,
	summary,
	until,
	useEmulator,
} from './support';

const held = useEmulator();

const bfl = () => held.emulator.providers.blackForestLabs;
const keyed = () => ({ headers: { 'x-key': bfl().apiKey } });
const post = async (body: unknown, model = 'flux-kontext-pro') =>
	await http.post(`${bfl().baseUrl}/v1/${model}`, body, keyed());
const get = async (path: string) => await http.get(`${bfl().baseUrl}${path}`, keyed());
const ended = async (pollingUrl: string) =>
	await until(
		async () => await http.get(pollingUrl, keyed()),
		({ data }) => data.status !== 'Pending',
	);

const bareSample = () => held.emulator.sampleImage.bytes.toString('base64');

const detail = (loc: string[], msg: string, type: string) => ({
	status: 422,
	data: { detail: [{ loc: ['body', ...loc], msg, type }] },
});

test('the base URL is the origin and the provider, without a path of its own', () => {
	expect(bfl().baseUrl).toBe(`${held.emulator.origin}/blackForestLabs`);
	expect(bfl().apiKey).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ 'x-key': 'wrong' })],
	['the key as a Bearer token', () => ({ authorization: `Bearer ${bfl().apiKey}` })],
])('%s is refused at every endpoint', async (_, headers) => {
	const { baseUrl } = bfl();
	const answers = await Promise.all([
		http.post(`${baseUrl}/v1/flux-kontext-pro`, { prompt: 'a fox' }, { headers: headers() }),
		http.post(`${baseUrl}/v1/flux-kontext-max`, { prompt: 'a fox' }, { headers: headers() }),
		http.get(`${baseUrl}/v1/get_result?id=x`, { headers: headers() }),
		http.get(`${baseUrl}/v1/credits`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual({ status: 403, data: { detail: 'Not authenticated' } });
	expect(held.emulator.jobs).toHaveLength(0);
});

test('credits are what is left of them', async () => {
	drawNothing(held.emulator);
	await post({ prompt: 'a fox' });
	await post({ prompt: 'a fox' }, 'flux-kontext-max');
	expect(summary(await get('/v1/credits'))).toEqual({ status: 200, data: { credits: 99_988 } });
});

test('a prompt becomes an image: submit, Pending, Ready, download', async () => {
	Object.assign(held.emulator.timing, slow);
	const { status, data } = await post({ prompt: 'a red fox', seed: 42 });
	const { id } = data;
	expect(status).toBe(200);
	expect(data).toEqual({
		id: like.matching(/^[\da-f-]{36}$/),
		polling_url: `${bfl().baseUrl}/v1/get_result?id=${id}`,
		cost: 4,
		input_mp: null,
		output_mp: 1.05,
	});
	expect(summary(await http.get(data.polling_url, keyed()))).toEqual({
		status: 200,
		data: { id, status: 'Pending', result: null, progress: null, details: null, preview: null },
	});

	const [job] = held.emulator.jobs;
	aheadBy(120_000);
	const ready = await ended(data.polling_url);
	expect(summary(ready)).toEqual({
		status: 200,
		data: {
			id,
			status: 'Ready',
			result: {
				sample: like.containing(`${held.emulator.filesOrigin}/blackForestLabs/${id}/0.png?se=`),
				prompt: 'a red fox',
				seed: 42,
				start_time: (job?.startsAt ?? 0) / 1000,
				end_time: (job?.endsAt ?? 0) / 1000,
				duration: 60,
			},
			progress: null,
			details: null,
			preview: null,
		},
	});
	expect(await sharp(await fetchImage(ready.data.result.sample)).metadata()).toMatchObject({
		format: 'png',
		width: 1024,
		height: 1024,
	});
	expect(job).toMatchObject({
		provider: 'blackForestLabs',
		id,
		model: 'flux-kontext-pro',
		operation: 'generate',
		prompt: 'a red fox',
		body: { prompt: 'a red fox', seed: 42 },
		state: 'succeeded',
	});
});

test.each([
	['21:9', 'jpeg', 1568, 672],
	['9:21', 'webp', 672, 1568],
	['3:2', 'png', 1248, 832],
])(
	'the ratio %s as %s is about one megapixel in that shape',
	async (aspect_ratio, output_format, width, height) => {
		const { data } = await post({ prompt: 'a fox', aspect_ratio, output_format });
		const { sample } = (await ended(data.polling_url)).data.result;
		expect(await sharp(await fetchImage(sample)).metadata()).toMatchObject({
			format: output_format,
			width,
			height,
		});
	},
);

test('an edit takes bare base64 and keeps the shape of its input', async () => {
	const { data } = await post({ prompt: 'make it night', input_image: bareSample() }, 'flux-kontext-max');
	expect(data).toMatchObject({ cost: 8, input_mp: 0.31, output_mp: 1.04 });
	const { sample } = (await ended(data.polling_url)).data.result;
	expect(await sharp(await fetchImage(sample)).metadata()).toMatchObject({ width: 1184, height: 880 });
	expect(held.emulator.jobs[0]).toMatchObject({ operation: 'edit', model: 'flux-kontext-max' });
});

test('an edit takes URLs, up to four images, and may be given another shape', async () => {
	const { url } = held.emulator.sampleImage;
	const body = {
		prompt: 'join',
		input_image: url,
		input_image_2: bareSample(),
		input_image_3: url,
		input_image_4: url,
	};
	const { status, data } = await post({ ...body, aspect_ratio: '1:1' });
	expect(status).toBe(200);
	expect(data).toMatchObject({ input_mp: 1.23, output_mp: 1.05 });
	expect(held.emulator.requests.filter(({ provider }) => provider === 'files')).toMatchObject([
		{ stage: 'other', status: 200 },
		{ stage: 'other', status: 200 },
		{ stage: 'other', status: 200 },
	]);
});

test.each([
	['a data URI', () => `data:image/png;base64,${bareSample()}`],
	['base64 with a stray character', () => `${bareSample()}\n`],
	['base64 of something else', () => Buffer.from('hello').toString('base64')],
	['a URL with nothing behind it', () => `${held.emulator.filesOrigin}/samples/none.png`],
	['a URL of another machine', () => 'http://192.0.2.1/a.png'],
	['an empty text', () => ''],
])('%s is not an input image', async (_, image) => {
	expect(summary(await post({ prompt: 'edit', input_image_2: image() }))).toEqual(
		detail(
			['input_image_2'],
			'Value error, is neither an image as base64 nor the URL of one',
			'value_error',
		),
	);
	expect(held.emulator.jobs).toHaveLength(0);
});

test('an input image of more than 20 megapixels is refused', async () => {
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
])('%j is refused with the fault in it named', async (body, loc, msg, type) => {
	expect(summary(await post(body))).toEqual(detail(loc, msg, type));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('every optional field may be null where the schema says so', async () => {
	drawNothing(held.emulator);
	const none = { input_image: null, seed: null, aspect_ratio: null, output_format: null };
	expect((await post({ prompt: 'a', ...none, webhook_url: null, webhook_secret: null })).status).toBe(200);
});

test('anything but JSON is refused', async () => {
	const { baseUrl, apiKey } = bfl();
	const form = await http.post(`${baseUrl}/v1/flux-kontext-pro`, formOf({ prompt: 'a' }), keyed());
	expect(summary(form)).toEqual(
		detail([], 'Value error, Content-Type must be application/json', 'value_error'),
	);
	const headers = { 'x-key': apiKey, 'content-type': 'application/json' };
	const broken = await http.post(`${baseUrl}/v1/flux-kontext-pro`, Buffer.from('{"prompt":'), { headers });
	expect(summary(broken)).toEqual(detail([], 'Value error, The body is not JSON', 'value_error'));
	const empty = await http.post(`${baseUrl}/v1/flux-kontext-pro`, Buffer.alloc(0), { headers });
	expect(summary(empty)).toEqual(detail([], 'Field required', 'missing'));
});

const flux2 = ['flux-2-pro', 'flux-2-max', 'flux-2-flex'];

test.each(flux2)(
	'%s takes width and height instead of a ratio, and makes a JPEG of what is not said',
	async (model) => {
		const { data } = await post(
			{ prompt: 'a fox', width: 1280, height: 720, safety_tolerance: 5 },
			model,
		);
		const { sample } = (await ended(data.polling_url)).data.result;
		expect(await sharp(await fetchImage(sample)).metadata()).toMatchObject({
			format: 'jpeg',
			width: 1280,
			height: 720,
		});
		expect(summary(await post({ prompt: 'a fox', aspect_ratio: '1:1' }, model))).toEqual(
			detail(['aspect_ratio'], 'Extra inputs are not permitted', 'extra_forbidden'),
		);
	},
);

test('FLUX.2 edits up to eight images, keeps the shape of the first by itself, and an edit costs more', async () => {
	const others = Object.fromEntries(
		[2, 3, 4, 5, 6, 7, 8].map((index) => [`input_image_${index}`, held.emulator.sampleImage.url]),
	);
	const { data } = await post(
		{ prompt: 'join', input_image: bareSample(), ...others, output_format: 'webp' },
		'flux-2-pro',
	);
	expect(data).toMatchObject({ cost: 4.5, input_mp: 2.46, output_mp: 1.04 });
	const { sample } = (await ended(data.polling_url)).data.result;
	expect(await sharp(await fetchImage(sample)).metadata()).toMatchObject({
		format: 'webp',
		width: 1184,
		height: 880,
	});
});

test('only flex has guidance, steps and prompt upsampling', async () => {
	drawNothing(held.emulator);
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
])('%j is refused by %s', async (body, model, field, msg, type) => {
	expect(summary(await post({ prompt: 'a', ...body }, model))).toEqual(detail([field], msg, type));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('a path that does not exist is not found', async () => {
	expect(summary(await get('/v1/flux-kontext-dev'))).toEqual({
		status: 404,
		data: { detail: 'Not Found' },
	});
});

test('an unknown task is a status, not an HTTP error, and no id at all is a fault', async () => {
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

test('a job may end as Error', async () => {
	held.emulator.inject({ provider: 'blackForestLabs', stage: 'job', kind: 'fail' });
	const { data } = await post({ prompt: 'a fox' });
	expect((await ended(data.polling_url)).data).toEqual({
		id: data.id,
		status: 'Error',
		result: null,
		progress: null,
		details: { error: 'The model failed on this request' },
		preview: null,
	});
});

test('a moderated prompt and a moderated edit have different words', async () => {
	held.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
	const generate = await post({ prompt: 'a fox' });
	const edit = await post({ prompt: 'a fox', input_image: bareSample() });
	const body = {
		result: null,
		progress: null,
		preview: null,
		details: { 'Moderation Reasons': ['Derivative Works Filter'] },
	};
	expect((await ended(generate.data.polling_url)).data).toEqual({
		...body,
		id: generate.data.id,
		status: 'Request Moderated',
	});
	expect((await ended(edit.data.polling_url)).data).toEqual({
		...body,
		id: edit.data.id,
		status: 'Content Moderated',
	});
});

test('a task that has ended makes room for another', async () => {
	held.emulator.inject({ stage: 'job', kind: 'never', times: 23 });
	Object.assign(held.emulator.timing, slow);
	for (let count = 0; count < 23; count += 1) await post({ prompt: 'a' });
	const { data } = await post({ prompt: 'a' });
	expect((await post({ prompt: 'a' })).status).toBe(429);
	aheadBy(120_000);
	await ended(data.polling_url);
	expect((await post({ prompt: 'a' })).status).toBe(200);
});

test('24 tasks may be active, of kontext-max 6; one more is refused unbilled', async () => {
	drawNothing(held.emulator);
	const limit = {
		status: 429,
		data: { detail: 'You must wait until one of your previous tasks has finished' },
	};
	for (let count = 0; count < 6; count += 1)
		expect((await post({ prompt: 'a' }, 'flux-kontext-max')).status).toBe(200);
	expect(summary(await post({ prompt: 'a' }, 'flux-kontext-max'))).toEqual(limit);
	for (let count = 0; count < 18; count += 1) expect((await post({ prompt: 'a' })).status).toBe(200);
	expect(summary(await post({ prompt: 'a' }))).toEqual(limit);
	expect(held.emulator.jobs).toHaveLength(24);
});

test('the link of an image dies after ten minutes', async () => {
	const { data } = await post({ prompt: 'a fox' });
	const { sample } = (await ended(data.polling_url)).data.result;
	aheadBy(599_000);
	expect((await http.get(sample)).status).toBe(200);
	aheadBy(601_000);
	const expired = await http.get(sample);
	expect(expired.status).toBe(403);
	expect(headerOf(expired, 'content-type')).toBe('application/xml');
	expect(expired.data).toBe(
		'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AuthenticationFailed</Code><Message>Signature not valid in the specified time frame</Message></Error>',
	);
});
