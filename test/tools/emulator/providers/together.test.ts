import sharp from 'sharp';
import {
	bearer,
	errorCodeOf,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	summary,
	useEmulator,
} from '../support';

const fixture = useEmulator();

const model = 'black-forest-labs/FLUX.1-kontext-pro';
const together = () => fixture.emulator.providers.together;
const withKey = () => bearer(fixture.emulator, 'together');
const post = async (body: unknown) =>
	await http.post(`${together().baseUrl}/images/generations`, body, withKey());
const create = async (more: object = {}) => await post({ model, prompt: 'a fox', ...more });
interface ImagesBody {
	id: string;
	data: Array<{ index: number; type: string; url: string; b64_json: string }>;
}
const createdBody = async (more: object = {}): Promise<ImagesBody> =>
	(await create(more)).data as unknown as ImagesBody;
const sizeOf = async (bytes: Buffer) => await sharp(bytes).metadata();
const error = (status: number, message: unknown, more: object = {}) => ({
	status,
	data: { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } },
});

test('the base URL ends in /v1 like the real one', () => {
	expect(together().baseUrl).toBe(`${fixture.emulator.origin}/together/v1`);
	expect(together().apiKey).toMatch(/^tgp_v1_[\w-]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: together().apiKey })],
])('refuses %s at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${together().baseUrl}/images/generations`, { model, prompt: 'a' }, { headers: headers() }),
		http.get(`${together().baseUrl}/models`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(error(401, 'Invalid API key provided', { code: 'invalid_api_key' }));
});

test('returns the models as a bare list', async () => {
	const { data } = await http.get<Array<{ id: string }>>(`${together().baseUrl}/models`, withKey());
	expect(data.map(({ id }) => id)).toContain(model);
});

test('responds with the image, as base64 if requested', async () => {
	const answer = await create({
		width: 1280,
		height: 768,
		seed: 5,
		output_format: 'png',
		response_format: 'base64',
	});
	const body = answer.data as unknown as ImagesBody;
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
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'generate', seed: 5, state: 'succeeded' }]);
});

test('the default is a link to a square JPEG', async () => {
	const { data } = await createdBody();
	expect(data).toEqual([
		{ index: 0, type: 'url', url: like.containing(`${fixture.emulator.filesOrigin}/together/`) },
	]);
	expect(await sizeOf(await fetchImage(data[0]?.url ?? ''))).toMatchObject({
		format: 'jpeg',
		width: 1024,
		height: 1024,
	});
});

test('creates several different images in one job', async () => {
	const { data } = await createdBody({ n: 3, response_format: 'base64', width: 256, height: 256 });
	expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
	expect(new Set(data.map(({ b64_json }) => b64_json)).size).toBe(3);
	expect(fixture.emulator.jobs).toHaveLength(1);
});

test.each([
	['by URL', () => fixture.emulator.sampleImage.url],
	['as a data URI', () => `data:image/png;base64,${fixture.emulator.sampleImage.bytes.toString('base64')}`],
])('an edit accepts its image %s, with all options', async (_, image) => {
	const options = { steps: 50, guidance_scale: 3.5, negative_prompt: 'blur', disable_safety_checker: true };
	await createdBody({ image_url: image(), model: 'black-forest-labs/FLUX.1-kontext-dev', ...options });
	expect(fixture.emulator.jobs).toMatchObject([
		{ operation: 'edit', model: 'black-forest-labs/FLUX.1-kontext-dev' },
	]);
});

test('dev refuses a request without an image', async () => {
	expect(summary(await create({ model: 'black-forest-labs/FLUX.1-kontext-dev' }))).toEqual(
		error(400, 'condition_image is required'),
	);
	expect(fixture.emulator.jobs).toHaveLength(0);
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
])('refuses %j', async (more, param, message) => {
	expect(summary(await create(more))).toEqual(error(400, message, { param }));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses an unknown model, a form and an unknown path', async () => {
	expect(summary(await create({ model: 'black-forest-labs/FLUX.1-Kontext-pro' }))).toEqual(
		error(404, 'Unable to access model black-forest-labs/FLUX.1-Kontext-pro', {
			code: 'model_not_available',
		}),
	);
	expect(summary(await post(formOf({ model })))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect((await http.get(`${together().baseUrl}/images/generations`, withKey())).status).toBe(404);
});

test('responds with an error to a job that fails or is moderated', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await create())).toEqual(
		error(500, 'The model failed on this request', { type: 'server_error' }),
	);
	expect(summary(await create())).toEqual(
		error(400, 'The image was flagged as NSFW', { code: 'content_policy_violation' }),
	);
	expect(fixture.emulator.jobs.map(({ state }) => state)).toEqual(['failed', 'moderated']);
});

test('does not respond to a job that never ends', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	const config = { ...withKey(), timeout: 300 };
	expect(
		await errorCodeOf(
			http.post(`${together().baseUrl}/images/generations`, { model, prompt: 'a fox' }, config),
		),
	).toBe('ECONNABORTED');
	expect(fixture.emulator.jobs).toHaveLength(1);
});
