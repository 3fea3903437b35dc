import sharp from 'sharp';
import {
	aheadBy,
	bearer,
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

interface Submitted {
	status: string;
	request_id: string;
	response_url: string;
	status_url: string;
	cancel_url: string;
}

interface Result {
	images: Array<{ url: string; content_type: string }>;
	has_nsfw_concepts: boolean[];
}

const held = useEmulator();
const generate = 'fal-ai/flux-pro/kontext/text-to-image';
const edit = 'fal-ai/flux-pro/kontext';
const dev = 'fal-ai/flux-kontext/dev';

const api = () => held.emulator.providers.fal;
const keyed = () => ({ headers: { authorization: `Key ${api().apiKey}` } });
const post = async (endpoint: string, body: unknown) =>
	await http.post(`${api().baseUrl}/${endpoint}`, body, keyed());
const get = async <T>(url: string) => await http.get<T>(url, keyed());
const put = async (url: string) => {
	const response = await fetch(url, { method: 'PUT', ...keyed() });
	const data: unknown = await response.json();
	return { status: response.status, data };
};
const accepted = async (endpoint = generate, more: object = {}): Promise<Submitted> =>
	(await post(endpoint, { prompt: 'a fox', ...more })).data as unknown as Submitted;
const completed = async ({ status_url }: Submitted) =>
	await until(
		async () => await get<{ status: string }>(status_url),
		({ data }) => data.status === 'COMPLETED',
	);
const resultOf = async (submitted: Submitted) => {
	await completed(submitted);
	return await get<Result>(submitted.response_url);
};
const image = () => held.emulator.sampleImage.url;
const error = (msg: string, type: string, ...loc: Array<string | number>) => ({
	status: 422,
	data: { detail: [{ loc: ['body', ...loc], msg, type }] },
});

test('the base URL has no path of its own and the key has two parts', () => {
	expect(api().baseUrl).toBe(`${held.emulator.origin}/fal`);
	expect(api().apiKey).toMatch(/^[\da-f-]{36}:[\da-f]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Key wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
	['another scheme', () => bearer(held.emulator, 'fal').headers],
])('%s is refused at every endpoint', async (_, headers) => {
	const { baseUrl } = api();
	const answers = await Promise.all([
		http.post(`${baseUrl}/${generate}`, { prompt: 'a' }, { headers: headers() }),
		http.get(`${baseUrl}/fal-ai/flux-pro/requests/x/status`, { headers: headers() }),
		http.get(`${baseUrl}/fal-ai/flux-pro/requests/x`, { headers: headers() }),
		http.get(`${baseUrl}/v1/models/pricing?endpoint_id=${edit}`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual({
			status: 401,
			data: { detail: 'Cannot access application. Authentication is required.' },
		});
});

test('a prompt becomes an image: IN_QUEUE, IN_PROGRESS, COMPLETED, then the result', async () => {
	Object.assign(held.emulator.timing, slow);
	const submitted = await post(generate, {
		prompt: 'a red fox',
		aspect_ratio: '3:2',
		seed: 7,
		output_format: 'png',
		safety_tolerance: '6',
	});
	expect(submitted.status).toBe(200);
	const data = submitted.data as unknown as Submitted;
	const { request_id, status_url, response_url } = data;
	expect(data).toEqual({
		status: 'IN_QUEUE',
		request_id: like.matching(/^[\da-f-]{36}$/),
		response_url: like.containing(`${api().baseUrl}/fal-ai/flux-pro/`),
		status_url: like.matching(/\/status$/),
		cancel_url: like.matching(/\/cancel$/),
		queue_position: 0,
	});
	expect((await get(status_url)).data).toMatchObject({ status: 'IN_QUEUE', request_id, queue_position: 0 });
	aheadBy(60_000);
	expect((await get(status_url)).data).toMatchObject({ status: 'IN_PROGRESS', logs: null });
	expect(summary(await get(response_url))).toEqual({
		status: 400,
		data: { detail: 'Request is still in progress' },
	});
	aheadBy(120_000);
	expect((await completed(data)).data).toMatchObject({
		status: 'COMPLETED',
		metrics: { inference_time: 60 },
	});
	const result = await get<Result>(response_url);
	expect(summary(result)).toEqual({
		status: 200,
		data: {
			images: [
				{
					url: like.containing(`${held.emulator.filesOrigin}/fal/${request_id}/0.png?X-Amz-`),
					width: 1248,
					height: 832,
					content_type: 'image/png',
				},
			],
			timings: {},
			seed: 7,
			has_nsfw_concepts: [false],
			prompt: 'a red fox',
		},
	});
	expect(await sharp(await fetchImage(result.data.images[0]?.url ?? '')).metadata()).toMatchObject({
		format: 'png',
		width: 1248,
		height: 832,
	});
});

test('both forms of address work, and a pending status answers 200 or 202', async () => {
	drawNothing(held.emulator);
	const submitted = [await accepted(), await accepted()];
	expect(
		submitted
			.map(({ response_url, request_id }) =>
				response_url.replace(request_id, 'id').replace(`${api().baseUrl}/`, ''),
			)
			.sort(),
	).toEqual(['fal-ai/flux-pro/kontext/text-to-image/requests/id/response', 'fal-ai/flux-pro/requests/id']);
	expect(
		(await Promise.all(submitted.map(async ({ status_url }) => (await get(status_url)).status))).sort(),
	).toEqual([200, 202]);
	for (const { request_id } of submitted)
		for (const at of ['fal-ai/flux-pro', generate])
			expect(
				(await get<{ request_id: string }>(`${api().baseUrl}/${at}/requests/${request_id}/status`))
					.data.request_id,
			).toBe(request_id);
});

test('an edit takes its shape from the image, and several images are made at once', async () => {
	const submitted = await accepted(dev, {
		image_url: image(),
		resolution_mode: 'match_input',
		num_images: 2,
		num_inference_steps: 10,
		acceleration: 'high',
		enable_safety_checker: false,
	});
	const { data } = await resultOf(submitted);
	expect(data).toMatchObject({
		images: [{ width: 1184, height: 880, content_type: 'image/jpeg' }, {}],
		has_nsfw_concepts: [false, false],
	});
	const [first, second] = await Promise.all(data.images.map(async ({ url }) => await fetchImage(url)));
	expect(await sharp(first).metadata()).toMatchObject({ format: 'jpeg', width: 1184, height: 880 });
	expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
	expect(held.emulator.jobs).toMatchObject([{ operation: 'edit', model: dev }]);
});

test('several input images are addresses or data URIs', async () => {
	const uri = `data:image/png;base64,${held.emulator.sampleImage.bytes.toString('base64')}`;
	const { data } = await resultOf(
		await accepted('fal-ai/flux-pro/kontext/max/multi', { image_urls: [image(), uri] }),
	);
	expect(data.images).toHaveLength(1);
});

test.each<[string, string, () => object, ReturnType<typeof error>]>([
	['no prompt', generate, () => ({ prompt: undefined }), error('Field required', 'missing', 'prompt')],
	[
		'an unknown ratio',
		generate,
		() => ({ aspect_ratio: '5:4' }),
		error(
			"Input should be '21:9' or '16:9' or '4:3' or '3:2' or '1:1' or '2:3' or '3:4' or '9:16' or '9:21'",
			'literal_error',
			'aspect_ratio',
		),
	],
	[
		'a tolerance that is a number',
		generate,
		() => ({ safety_tolerance: 2 }),
		error(
			"Input should be a valid '1' | '2' | '3' | '4' | '5' | '6'",
			"'1' | '2' | '3' | '4' | '5' | '6'_type",
			'safety_tolerance',
		),
	],
	[
		'no tolerance at all',
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
		'an image for a prompt alone',
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
		'a list for one image',
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
		'a tolerance of dev',
		dev,
		() => ({ image_url: image(), safety_tolerance: '2' }),
		error('Extra inputs are not permitted', 'extra_forbidden', 'safety_tolerance'),
	],
	[
		'a ratio of dev',
		dev,
		() => ({ image_url: image(), aspect_ratio: '1:1' }),
		error('Extra inputs are not permitted', 'extra_forbidden', 'aspect_ratio'),
	],
])('%s is refused', async (_, endpoint, more, answer) => {
	const { status, data } = await post(endpoint, { prompt: 'a', ...more() });
	expect({ status, data: { detail: [(data as unknown as { detail: unknown[] }).detail[0]] } }).toEqual(
		answer,
	);
	expect(held.emulator.jobs).toHaveLength(0);
});

test('anything but JSON is refused, and another endpoint is not found', async () => {
	expect(summary(await post(generate, formOf({ prompt: 'a' })))).toMatchObject({ status: 422 });
	expect(summary(await post('fal-ai/flux/dev', { prompt: 'a' }))).toEqual({
		status: 404,
		data: { detail: 'Not Found' },
	});
});

test('an image that cannot be had fails the job where its result is asked for', async () => {
	const submitted = await accepted(edit, { image_url: `${held.emulator.filesOrigin}/samples/none.png` });
	const result = await resultOf(submitted);
	expect(summary(result)).toEqual({
		status: 422,
		data: {
			detail: [
				{
					loc: ['body', 'image_url'],
					msg: 'Failed to load the image',
					type: 'image_load_error',
					url: like.text,
				},
			],
		},
	});
	expect(headerOf(result, 'x-fal-retryable')).toBe('false');
});

test('a job may fail: told with the status or with the result', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	const answers = [];
	for (const submitted of [await accepted(), await accepted()])
		answers.push({
			status: (await completed(submitted)).data,
			result: summary(await get(submitted.response_url)),
		});
	const text = 'The model failed on this request';
	const early = answers.filter(({ status }) => 'error' in status);
	expect(early).toMatchObject([
		{
			status: { error: text, error_type: 'runner_server_error' },
			result: { status: 500, data: { detail: text, error_type: 'runner_server_error' } },
		},
	]);
	const late = answers.filter(({ status }) => !('error' in status));
	expect(late).toMatchObject([
		{
			result: {
				status: 500,
				data: { detail: [{ loc: ['body'], msg: text, type: 'downstream_service_error' }] },
			},
		},
	]);
});

test('a job is moderated before it, or flagged after it', async () => {
	held.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
	expect(summary(await resultOf(await accepted()))).toMatchObject({
		status: 422,
		data: { detail: [{ type: 'content_policy_violation' }] },
	});
	expect(summary(await resultOf(await accepted(edit, { image_url: image() })))).toMatchObject({
		status: 200,
		data: { has_nsfw_concepts: [true] },
	});
});

test('a job is cancelled while it is active, and not afterwards', async () => {
	held.emulator.timing.runMs = 60_000;
	const active = await accepted();
	expect(await put(active.cancel_url)).toEqual({ status: 202, data: { status: 'CANCELLATION_REQUESTED' } });
	expect((await get(active.status_url)).data).toMatchObject({
		status: 'COMPLETED',
		error_type: 'client_cancelled',
	});
	expect(summary(await get(active.response_url))).toMatchObject({
		status: 499,
		data: { error_type: 'client_cancelled' },
	});
	expect(await put(active.cancel_url)).toEqual({ status: 400, data: { status: 'ALREADY_COMPLETED' } });
	expect(held.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});

test('an unknown job, and a job of another app, are not found', async () => {
	const { request_id } = await accepted();
	const missing = { status: 404, data: { status: 'NOT_FOUND' } };
	for (const at of ['fal-ai/flux-pro/requests/nobody', `fal-ai/flux-kontext/requests/${request_id}`]) {
		expect(summary(await get(`${api().baseUrl}/${at}/status`))).toEqual(missing);
		expect(summary(await get(`${api().baseUrl}/${at}`))).toEqual(missing);
		expect(await put(`${api().baseUrl}/${at}/cancel`)).toEqual(missing);
	}
});

test('a good key is told the price', async () => {
	expect(summary(await get(`${api().baseUrl}/v1/models/pricing?endpoint_id=${edit}`))).toEqual({
		status: 200,
		data: {
			prices: [{ endpoint_id: edit, unit_price: 0.04, unit: 'image', currency: 'USD' }],
			has_more: false,
		},
	});
});

test('a status that nobody knows can be injected', async () => {
	held.emulator.inject({ provider: 'fal', stage: 'status', kind: 'unknownStatus' });
	expect((await get((await accepted()).status_url)).data).toMatchObject({ status: 'DAYDREAMING' });
});
