import sharp from 'sharp';
import { bearer, codeOf, fetchImage, formOf, headerOf, http, like, summary, useEmulator } from './support';

const held = useEmulator();

const model = 'black-forest-labs/FLUX.1-kontext-pro';
const together = () => held.emulator.providers.together;
const keyed = () => bearer(held.emulator, 'together');
const post = async (body: unknown) =>
	await http.post(`${together().baseUrl}/images/generations`, body, keyed());
const make = async (more: object = {}) => await post({ model, prompt: 'a fox', ...more });
interface Made {
	id: string;
	data: Array<{ index: number; type: string; url: string; b64_json: string }>;
}
const made = async (more: object = {}): Promise<Made> => (await make(more)).data as unknown as Made;
const sizeOf = async (bytes: Buffer) => await sharp(bytes).metadata();
const error = (status: number, message: unknown, more: object = {}) => ({
	status,
	data: { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } },
});

test('the base URL ends in /v1, as the real one', () => {
	expect(together().baseUrl).toBe(`${held.emulator.origin}/together/v1`);
	expect(together().apiKey).toMatch(/^tgp_v1_[\w-]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: together().apiKey })],
])('%s is refused at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${together().baseUrl}/images/generations`, { model, prompt: 'a' }, { headers: headers() }),
		http.get(`${together().baseUrl}/models`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(error(401, 'Invalid API key provided', { code: 'invalid_api_key' }));
});

test('the models are a bare list', async () => {
	const { data } = await http.get<Array<{ id: string }>>(`${together().baseUrl}/models`, keyed());
	expect(data.map(({ id }) => id)).toContain(model);
});

test('the answer is the image, as base64 where that is asked for', async () => {
	const answer = await make({
		width: 1280,
		height: 768,
		seed: 5,
		output_format: 'png',
		response_format: 'base64',
	});
	const body = answer.data as unknown as Made;
	expect(summary(answer)).toEqual({
		status: 200,
		data: {
			id: like.text,
			model,
			object: 'list',
			data: [{ index: 0, type: 'b64_json', b64_json: like.text }],
		},
	});
	expect(headerOf(answer, 'x-request-id')).toBe(body.id);
	expect(await sizeOf(Buffer.from(body.data[0]?.b64_json ?? '', 'base64'))).toMatchObject({
		format: 'png',
		width: 1280,
		height: 768,
	});
	expect(held.emulator.jobs).toMatchObject([{ operation: 'generate', seed: 5, state: 'succeeded' }]);
});

test('what is not said is a link to a square JPEG', async () => {
	const { data } = await made();
	expect(data).toEqual([
		{ index: 0, type: 'url', url: like.containing(`${held.emulator.filesOrigin}/together/`) },
	]);
	expect(await sizeOf(await fetchImage(data[0]?.url ?? ''))).toMatchObject({
		format: 'jpeg',
		width: 1024,
		height: 1024,
	});
});

test('several images are one job, and differ', async () => {
	const { data } = await made({ n: 3, response_format: 'base64', width: 256, height: 256 });
	expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
	expect(new Set(data.map(({ b64_json }) => b64_json)).size).toBe(3);
	expect(held.emulator.jobs).toHaveLength(1);
});

test.each([
	['by URL', () => held.emulator.sampleImage.url],
	['as a data URI', () => `data:image/png;base64,${held.emulator.sampleImage.bytes.toString('base64')}`],
])('an edit takes its image %s, with all options', async (_, image) => {
	const options = { steps: 50, guidance_scale: 3.5, negative_prompt: 'blur', disable_safety_checker: true };
	await made({ image_url: image(), model: 'black-forest-labs/FLUX.1-kontext-dev', ...options });
	expect(held.emulator.jobs).toMatchObject([
		{ operation: 'edit', model: 'black-forest-labs/FLUX.1-kontext-dev' },
	]);
});

test('dev makes nothing without an image', async () => {
	expect(summary(await make({ model: 'black-forest-labs/FLUX.1-kontext-dev' }))).toEqual(
		error(400, 'condition_image is required'),
	);
	expect(held.emulator.jobs).toHaveLength(0);
});

test.each<[object, string | null, unknown]>([
	[{ prompt: '' }, 'prompt', like.text],
	[{ aspect_ratio: '16:9' }, null, "Unrecognized key(s) in object: 'aspect_ratio'"],
	[{ size: '1024x1024' }, null, "Unrecognized key(s) in object: 'size'"],
	[{ width: 1000 }, 'width', 'width: Number must be a multiple of 16'],
	[{ height: 4096 }, 'height', 'height: Number must be less than or equal to 2048'],
	[{ n: 5 }, 'n', 'n: Number must be less than or equal to 4'],
	[{ steps: 0 }, 'steps', 'steps: Number must be greater than or equal to 1'],
	[{ response_format: 'b64_json' }, 'response_format', like.containing("Expected 'base64' | 'url'")],
	[{ output_format: 'webp' }, 'output_format', like.containing("Expected 'jpeg' | 'png'")],
	[{ seed: 'one' }, 'seed', 'seed: Expected number, received string'],
	[
		{ disable_safety_checker: 'no' },
		'disable_safety_checker',
		'disable_safety_checker: Expected boolean, received string',
	],
	[{ image_url: 'aGVsbG8=' }, 'image_url', 'image_url: must be the URL or a data URI of an image'],
	[
		{ image_url: 'data:image/png;base64,aGVsbG8=' },
		'image_url',
		'image_url: could not be read as an image',
	],
])('%j is refused', async (more, param, message) => {
	expect(summary(await make(more))).toEqual(error(400, message, { param }));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('an unknown model, a form and an unknown path are refused', async () => {
	expect(summary(await make({ model: 'black-forest-labs/FLUX.1-Kontext-pro' }))).toEqual(
		error(404, 'Unable to access model black-forest-labs/FLUX.1-Kontext-pro', {
			code: 'model_not_available',
		}),
	);
	expect(summary(await post(formOf({ model })))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect((await http.get(`${together().baseUrl}/images/generations`, keyed())).status).toBe(404);
});

test('a job may fail and may be moderated, which is an answer with an error', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail' });
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await make())).toEqual(
		error(500, 'The model failed on this request', { type: 'server_error' }),
	);
	expect(summary(await make())).toEqual(
		error(400, 'The image was flagged as NSFW', { code: 'content_policy_violation' }),
	);
	expect(held.emulator.jobs.map(({ state }) => state)).toEqual(['failed', 'moderated']);
});

test('there is no answer to a job that never ends', async () => {
	held.emulator.inject({ stage: 'job', kind: 'never' });
	const config = { ...keyed(), timeout: 300 };
	expect(
		await codeOf(
			http.post(`${together().baseUrl}/images/generations`, { model, prompt: 'a fox' }, config),
		),
	).toBe('ECONNABORTED');
	expect(held.emulator.jobs).toHaveLength(1);
});
