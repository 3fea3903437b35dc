import sharp from 'sharp';
import {
	bearer,
	fetchImage,
	formOf,
	headerOf,
	http,
	keepJobsActive,
	like,
	summary,
	useEmulator,
} from '../support';

interface Answer {
	images: [{ url: string }];
	timings: { inference: number };
	seed: number;
}

const fixture = useEmulator();
const pro = 'black-forest-labs/FLUX.1-Kontext-pro';
const dev = 'black-forest-labs/FLUX.1-Kontext-dev';

const api = () => fixture.emulator.providers.siliconFlow;
const withKey = () => bearer(fixture.emulator, 'siliconFlow');
const create = async (body: unknown) =>
	await http.post(`${api().baseUrl}/images/generations`, body, withKey());
const createdBody = async (body: object) => {
	const { status, data } = await create({ model: pro, prompt: 'a fox', ...body });
	expect(status).toBe(200);
	return data as unknown as Answer;
};
const uri = (bytes = fixture.emulator.sampleImage.bytes) =>
	`data:image/png;base64,${bytes.toString('base64')}`;
const refused = (message: string, code = 20015) => ({ status: 400, data: { code, message, data: null } });

test('the base URL ends in /v1 like the real one, and the key begins with sk-', () => {
	expect(api().baseUrl).toBe(`${fixture.emulator.origin}/siliconFlow/v1`);
	expect(api().apiKey).toMatch(/^sk-[\da-f]{48}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
])('refuses %s at every endpoint with a bare string', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${api().baseUrl}/images/generations`, { model: pro, prompt: 'a' }, { headers: headers() }),
		http.get(`${api().baseUrl}/user/info`, { headers: headers() }),
	]);
	for (const answer of answers) {
		expect(summary(answer)).toEqual({ status: 401, data: 'Invalid token' });
		expect(headerOf(answer, 'content-type')).toContain('application/json');
	}
});

test('responds to a prompt with the image', async () => {
	const answer = await create({
		model: pro,
		prompt: 'a red fox',
		seed: 7,
		aspect_ratio: '3:2',
		output_format: 'jpeg',
		safety_tolerance: 6,
		prompt_upsampling: true,
	});
	const [job] = fixture.emulator.jobs;
	const url = like.containing(`${fixture.emulator.filesOrigin}/siliconFlow/${job?.id}/0.jpeg?X-Amz-`);
	expect(summary(answer)).toEqual({
		status: 200,
		data: { images: [{ url }], timings: { inference: 0.06 }, seed: 7 },
	});
	expect(headerOf(answer, 'x-siliconcloud-trace-id')).toBe(job?.id);
	const bytes = await fetchImage((answer.data as unknown as Answer).images[0].url);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1248, height: 832 });
});

test('an edit keeps the aspect ratio of its input; the data URI may contain a space', async () => {
	const { images } = await createdBody({ input_image: uri().replace(',', ', ') });
	expect(await sharp(await fetchImage(images[0].url)).metadata()).toMatchObject({
		format: 'png',
		width: 1184,
		height: 880,
	});
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'edit', model: pro }]);
});

test('dev creates a square image whatever its input', async () => {
	const { images } = await createdBody({ model: dev, image: uri(), prompt_enhancement: true });
	expect(await sharp(await fetchImage(images[0].url)).metadata()).toMatchObject({
		format: 'png',
		width: 1024,
		height: 1024,
	});
});

test.each<[string, () => object, string]>([
	['no prompt', () => ({ prompt: undefined }), 'prompt: Required'],
	[
		'a URL',
		() => ({ input_image: fixture.emulator.sampleImage.url }),
		'input_image: must be a data URI of an image',
	],
	['bare base64', () => ({ input_image: 'aGVsbG8=' }), 'input_image: must be a data URI of an image'],
	[
		'a data URI of something else',
		() => ({ input_image: 'data:image/png;base64,aGVsbG8=' }),
		'input_image: is no image',
	],
	[
		'an aspect ratio that is too wide',
		() => ({ aspect_ratio: '3:1' }),
		'aspect_ratio: must be W:H between 21:9 and 9:21',
	],
	[
		'a WebP output',
		() => ({ output_format: 'webp' }),
		"output_format: Invalid enum value. Expected 'png' | 'jpeg', received 'webp'",
	],
	[
		'a safety tolerance as a string',
		() => ({ safety_tolerance: '2' }),
		'safety_tolerance: Expected number, received string',
	],
	[
		'more safety tolerance than an edit may have',
		() => ({ safety_tolerance: 3, input_image: uri() }),
		'safety_tolerance: must be at most 2 with an image',
	],
	[
		'a seed that is too large',
		() => ({ seed: 10_000_000_000 }),
		'seed: Number must be less than or equal to 9999999999',
	],
	['an unknown field', () => ({ image_size: '1024x1024' }), "Unrecognized key(s) in object: 'image_size'"],
	['dev without an image', () => ({ model: dev }), 'image: Required'],
	[
		'the field name of the other models for dev',
		() => ({ model: dev, image: uri(), input_image: uri() }),
		"Unrecognized key(s) in object: 'input_image'",
	],
	[
		'an aspect ratio for dev',
		() => ({ model: dev, image: uri(), aspect_ratio: '1:1' }),
		"Unrecognized key(s) in object: 'aspect_ratio'",
	],
])('refuses %s', async (_, more, message) => {
	expect(summary(await create({ model: pro, prompt: 'a', ...more() }))).toEqual(refused(message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses an unknown model and answers 404 for an unknown path', async () => {
	expect(summary(await create({ model: 'Kwai-Kolors/Kolors', prompt: 'a' }))).toEqual(
		refused('Model does not exist. Please check it carefully.', 20012),
	);
	expect(summary(await http.get(`${api().baseUrl}/jobs`, withKey()))).toEqual({
		status: 404,
		data: '404 page not found',
	});
});

test('refuses a body that is not JSON', async () => {
	expect(summary(await create(formOf({ model: pro, prompt: 'a' })))).toEqual(
		refused('Content-Type must be application/json'),
	);
});

test('a job fails or is moderated', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	expect(summary(await create({ model: pro, prompt: 'a' }))).toEqual({
		status: 503,
		data: { code: 50505, message: 'The model failed on this request', data: null },
	});
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await create({ model: pro, prompt: 'a' }))).toEqual(
		refused('The prompt or image was flagged as sensitive', 20023),
	);
});

test('bills a client that disconnects before the response', async () => {
	keepJobsActive(fixture.emulator);
	const response = http.post(
		`${api().baseUrl}/images/generations`,
		{ model: pro, prompt: 'a' },
		{ ...withKey(), timeout: 100 },
	);
	await expect(response).rejects.toMatchObject({ code: 'ECONNABORTED' });
	expect(fixture.emulator.jobs).toHaveLength(1);
});

test.each([
	[429, { message: 'Request was rejected due to rate limiting. Details:TPM limit reached.', data: null }],
	[503, { code: 50505, message: 'Service Unavailable', data: null }],
	[504, 'Gateway Timeout'],
])('an injected status %i has its documented body', async (status, data) => {
	fixture.emulator.inject({ provider: 'siliconFlow', stage: 'submit', kind: 'status', status });
	expect(summary(await create({ model: pro, prompt: 'a' }))).toEqual({ status, data });
});

test('returns the account for a valid key', async () => {
	expect(summary(await http.get(`${api().baseUrl}/user/info`, withKey()))).toEqual({
		status: 200,
		data: {
			code: 20000,
			message: 'OK',
			status: true,
			data: {
				id: 'u1',
				name: 'emulator',
				email: 'emulator@example.com',
				balance: '10',
				totalBalance: '10',
			},
		},
	});
});
