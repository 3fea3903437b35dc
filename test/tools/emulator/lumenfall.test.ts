import sharp from 'sharp';
import {
	aheadBy,
	bearer,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	type Parts,
	slow,
	summary,
	useEmulator,
} from './support';

const held = useEmulator();
const model = 'flux.1-kontext-dev';

const lumenfall = () => held.emulator.providers.lumenfall;
const keyed = () => bearer(held.emulator, 'lumenfall');
const generations = '/openai/v1/images/generations';
const edits = '/openai/v1/images/edits';
const generate = async (body: object, path = generations) =>
	await http.post(`${lumenfall().baseUrl}${path}`, { model, prompt: 'a red fox', ...body }, keyed());
const edit = async (parts: Parts, path = edits) =>
	await http.post(
		`${lumenfall().baseUrl}${path}`,
		formOf({ model, prompt: 'make it night', ...parts }),
		keyed(),
	);
const sample = (type = 'image/png') => new Blob([new Uint8Array(held.emulator.sampleImage.bytes)], { type });
const error = (
	status: number,
	message: string,
	code = 'INVALID_REQUEST',
	type = 'invalid_request_error',
) => ({
	status,
	data: { error: { message, type, code } },
});
interface Made {
	size: string;
	data: Array<{ url: string; b64_json: string }>;
}
const madeOf = ({ data }: { data: unknown }): Made => data as Made;
const urlOf = (answer: { data: unknown }): string => madeOf(answer).data[0]?.url ?? '';

test('the base URL has no path of its own and the key has two parts', () => {
	expect(lumenfall().baseUrl).toBe(`${held.emulator.origin}/lumenfall`);
	expect(lumenfall().apiKey).toMatch(/^lmnfl_[\da-f]{12}\.[\da-f]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: lumenfall().apiKey })],
])('%s is refused at every endpoint', async (_, headers) => {
	const { baseUrl } = lumenfall();
	const answers = await Promise.all([
		http.post(`${baseUrl}${generations}`, { model, prompt: 'a' }, { headers: headers() }),
		http.post(`${baseUrl}${edits}`, formOf({ model, prompt: 'a' }), { headers: headers() }),
		http.get(`${baseUrl}/v1/balance`, { headers: headers() }),
		http.get(`${baseUrl}/openai/v1/models`, { headers: headers() }),
	]);
	const refusal = error(401, 'Invalid API key', 'AUTHENTICATION_FAILED', 'authentication_error');
	for (const answer of answers) expect(summary(answer)).toEqual(refusal);
});

test('a good key is shown the balance and the models', async () => {
	expect(summary(await http.get(`${lumenfall().baseUrl}/v1/balance`, keyed()))).toEqual({
		status: 200,
		data: { object: 'balance', billing_type: 'prepaid', available: { amount: 12.5, currency: 'usd' } },
	});
	expect((await http.get(`${lumenfall().baseUrl}/openai/v1/models`, keyed())).data).toMatchObject({
		data: [{ id: model }, {}, {}, {}, {}],
	});
});

test('a prompt is answered with the image, its cost and the id of the request', async () => {
	const answer = await generate({ size: '1183x887', seed: 7 });
	const [job] = held.emulator.jobs;
	expect(headerOf(answer, 'x-lumenfall-request-id')).toBe(job?.id);
	expect(summary(answer)).toEqual({
		status: 200,
		data: {
			created: like.number,
			size: '1183x887',
			data: [
				{
					url: like.containing(`${held.emulator.filesOrigin}/lumenfall/`),
					revised_prompt: 'a red fox',
				},
			],
			metadata: {
				model,
				executed_model: 'fal/flux.1-kontext-dev',
				provider: 'fal',
				provider_name: 'fal.ai',
				cost: 0.025,
				cost_currency: 'USD',
				attempts: [],
			},
		},
	});
	expect(await sharp(await fetchImage(urlOf(answer))).metadata()).toMatchObject({
		format: 'png',
		width: 1183,
		height: 887,
	});
});

test('the answer comes when the image is there, not before', async () => {
	const before = Date.now();
	await generate({});
	expect(Date.now() - before).toBeGreaterThanOrEqual(85);
});

test('an address lives for an hour', async () => {
	const url = urlOf(await generate({}));
	await fetchImage(url);
	aheadBy(3_601_000);
	expect((await http.get(url)).status).toBe(403);
});

test('several images are one request, and come as base64 on request', async () => {
	const answer = await generate({
		n: 3,
		response_format: 'b64_json',
		output_format: 'webp',
		output_compression: 50,
	});
	const { data } = madeOf(answer);
	expect(data).toHaveLength(3);
	expect(answer.data).toMatchObject({ metadata: { cost: 0.075 } });
	for (const { b64_json } of data)
		expect(await sharp(Buffer.from(b64_json, 'base64')).metadata()).toMatchObject({
			format: 'webp',
			width: 1024,
		});
	expect(held.emulator.jobs).toHaveLength(1);
});

test.each([
	[{ size: '16:9' }, '1365x768'],
	[{ aspect_ratio: '9:21', resolution: '1K' }, '670x1564'],
	[{ aspect_ratio: '7:1' }, '1563x670'],
	[{ size: '512x512', aspect_ratio: '16:9' }, '512x512'],
	[{ size: '4096x2048' }, '2048x1024'],
	[{ size: 'auto' }, '1024x1024'],
])('the size of %j is %s', async (fields, size) => {
	expect(madeOf(await generate(fields)).size).toBe(size);
});

test.each<[Record<string, string>, string]>([
	[{ size: 'auto' }, '1184x880'],
	[{ size: '3:2' }, '1254x836'],
	[{}, '1024x1024'],
	[{ model: 'fal/flux.1-kontext-dev-edit', resolution_mode: 'match_input' }, '1184x880'],
	[{ model: 'fal/flux.1-kontext-dev-edit', resolution_mode: '5:4' }, '1145x916'],
])('an edit with %j is %s', async (fields, size) => {
	expect(madeOf(await edit({ ...fields, 'image[]': sample() })).size).toBe(size);
});

test('an edit is a form with up to four files, all else as text', async () => {
	const parts = {
		seed: '7',
		n: '1',
		cfg_scale: '2.5',
		output_format: 'jpeg',
		'image[]': [sample(), sample()],
	};
	const answer = await edit(parts);
	expect(answer.status).toBe(200);
	const file = {
		field: 'image[]',
		fileName: 'blob',
		mimeType: 'image/png',
		size: held.emulator.sampleImage.bytes.length,
	};
	expect(held.emulator.jobs[0]).toMatchObject({
		operation: 'edit',
		seed: 7,
		body: {
			fields: {
				model,
				prompt: 'make it night',
				seed: '7',
				n: '1',
				cfg_scale: '2.5',
				output_format: 'jpeg',
			},
			files: [file, file],
		},
	});
	expect(await sharp(await fetchImage(urlOf(answer))).metadata()).toMatchObject({ format: 'jpeg' });
});

test('a dry run checks and prices, and makes nothing', async () => {
	const answer = {
		status: 200,
		data: { estimated: true, model, provider: 'fal', total_cost_micros: 50_000, currency: 'USD' },
	};
	expect(await generate({ n: 2 }, `${generations}?dryRun=true`)).toMatchObject(answer);
	expect(await edit({ n: '2', image: sample() }, `${edits}?dryRun=true`)).toMatchObject(answer);
	expect(summary(await generate({ n: 11 }, `${generations}?dryRun=true`))).toEqual(
		error(400, 'n: Number must be less than or equal to 10'),
	);
	expect(held.emulator.jobs).toHaveLength(0);
	expect(held.emulator.requests.map(({ stage }) => stage)).toEqual(['other', 'other', 'submit']);
});

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
])('a generation with %j is refused', async (fields, message) => {
	expect(summary(await generate(fields))).toEqual(error(400, message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('a prompt of more than 1000 characters is refused', async () => {
	const answer = await generate({ prompt: 'a'.repeat(1001) });
	expect(summary(answer)).toEqual(error(400, 'prompt: Too big: expected string to have <=1000 characters'));
});

test('another model is not found', async () => {
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
])('an edit with %s is refused', async (_, parts, message) => {
	expect(summary(await edit(parts()))).toEqual(error(400, message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('each endpoint reads its own form of body only', async () => {
	expect(summary(await edit({ image: sample() }, generations))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect(summary(await generate({}, edits))).toEqual(
		error(400, 'Content-Type must be multipart/form-data'),
	);
});

test('a failure comes as an answer of 502 and as an error in one of 200', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	const text = 'The model failed on this request';
	const answers = [summary(await generate({})), summary(await generate({}))];
	expect(answers).toContainEqual(error(502, text, 'ALL_PROVIDERS_EXHAUSTED', 'api_error'));
	expect(answers).toContainEqual(error(200, text, 'UPSTREAM_ERROR', 'api_error'));
});

test('a moderated prompt is refused with a code', async () => {
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await generate({}))).toEqual(
		error(400, 'The prompt was refused: violence', 'CONTENT_POLICY_VIOLATION'),
	);
});

test.each([
	[402, 'INSUFFICIENT_BALANCE', 'insufficient_quota'],
	[429, 'RATE_LIMITED', 'rate_limit_error'],
	[500, 'UPSTREAM_ERROR', 'api_error'],
])('an injected %i has the code %s', async (status, code, type) => {
	held.emulator.inject({ stage: 'submit', kind: 'status', status });
	expect(await generate({})).toMatchObject({ status, data: { error: { code, type } } });
});

test('a client that has gone is not waited for', async () => {
	Object.assign(held.emulator.timing, slow);
	await expect(
		http.post(
			`${lumenfall().baseUrl}${generations}`,
			{ model, prompt: 'a' },
			{ ...keyed(), timeout: 200 },
		),
	).rejects.toThrow('timeout');
	expect(held.emulator.jobs).toMatchObject([{ state: 'queued' }]);
});
