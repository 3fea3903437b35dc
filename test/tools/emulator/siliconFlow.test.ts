import sharp from 'sharp';
import {
	bearer,
	drawNothing,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	summary,
	useEmulator,
} from './support';

interface Answer {
	images: [{ url: string }];
	timings: { inference: number };
	seed: number;
}

const held = useEmulator();
const pro = 'black-forest-labs/FLUX.1-Kontext-pro';
const dev = 'black-forest-labs/FLUX.1-Kontext-dev';

const api = () => held.emulator.providers.siliconFlow;
const keyed = () => bearer(held.emulator, 'siliconFlow');
const make = async (body: unknown) => await http.post(`${api().baseUrl}/images/generations`, body, keyed());
const made = async (body: object) => {
	const { status, data } = await make({ model: pro, prompt: 'a fox', ...body });
	expect(status).toBe(200);
	return data as unknown as Answer;
};
const uri = (bytes = held.emulator.sampleImage.bytes) => `data:image/png;base64,${bytes.toString('base64')}`;
const refused = (message: string, code = 20015) => ({ status: 400, data: { code, message, data: null } });

test('the base URL ends in /v1, as the real one, and the key begins with sk-', () => {
	expect(api().baseUrl).toBe(`${held.emulator.origin}/siliconFlow/v1`);
	expect(api().apiKey).toMatch(/^sk-[\da-f]{48}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
])('%s is refused at every endpoint, by a bare string', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${api().baseUrl}/images/generations`, { model: pro, prompt: 'a' }, { headers: headers() }),
		http.get(`${api().baseUrl}/user/info`, { headers: headers() }),
	]);
	for (const answer of answers) {
		expect(summary(answer)).toEqual({ status: 401, data: 'Invalid token' });
		expect(headerOf(answer, 'content-type')).toContain('application/json');
	}
});

test('a prompt becomes an image in one answer', async () => {
	const answer = await make({
		model: pro,
		prompt: 'a red fox',
		seed: 7,
		aspect_ratio: '3:2',
		output_format: 'jpeg',
		safety_tolerance: 6,
		prompt_upsampling: true,
	});
	const [job] = held.emulator.jobs;
	const url = like.containing(`${held.emulator.filesOrigin}/siliconFlow/${job?.id}/0.jpeg?X-Amz-`);
	expect(summary(answer)).toEqual({
		status: 200,
		data: { images: [{ url }], timings: { inference: 0.06 }, seed: 7 },
	});
	expect(headerOf(answer, 'x-siliconcloud-trace-id')).toBe(job?.id);
	const bytes = await fetchImage((answer.data as unknown as Answer).images[0].url);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1248, height: 832 });
});

test('an edit takes its shape from the image; the data URI may have a space in it, as documented', async () => {
	const { images } = await made({ input_image: uri().replace(',', ', ') });
	expect(await sharp(await fetchImage(images[0].url)).metadata()).toMatchObject({
		format: 'png',
		width: 1184,
		height: 880,
	});
	expect(held.emulator.jobs).toMatchObject([{ operation: 'edit', model: pro }]);
});

test('dev makes a square, whatever its input', async () => {
	const { images } = await made({ model: dev, image: uri(), prompt_enhancement: true });
	expect(await sharp(await fetchImage(images[0].url)).metadata()).toMatchObject({
		format: 'png',
		width: 1024,
		height: 1024,
	});
});

test.each<[string, () => object, string]>([
	['no prompt', () => ({ prompt: undefined }), 'prompt: Required'],
	[
		'an address',
		() => ({ input_image: held.emulator.sampleImage.url }),
		'input_image: must be a data URI of an image',
	],
	['bare base64', () => ({ input_image: 'aGVsbG8=' }), 'input_image: must be a data URI of an image'],
	[
		'what is no image',
		() => ({ input_image: 'data:image/png;base64,aGVsbG8=' }),
		'input_image: is no image',
	],
	['a ratio too wide', () => ({ aspect_ratio: '3:1' }), 'aspect_ratio: must be W:H between 21:9 and 9:21'],
	[
		'a WebP output',
		() => ({ output_format: 'webp' }),
		"output_format: Invalid enum value. Expected 'png' | 'jpeg', received 'webp'",
	],
	[
		'a tolerance as text',
		() => ({ safety_tolerance: '2' }),
		'safety_tolerance: Expected number, received string',
	],
	[
		'more tolerance than an image may have',
		() => ({ safety_tolerance: 3, input_image: uri() }),
		'safety_tolerance: must be at most 2 with an image',
	],
	[
		'a seed too large',
		() => ({ seed: 10_000_000_000 }),
		'seed: Number must be less than or equal to 9999999999',
	],
	['an unknown field', () => ({ image_size: '1024x1024' }), "Unrecognized key(s) in object: 'image_size'"],
	['dev without an image', () => ({ model: dev }), 'image: Required'],
	[
		'dev with the other name',
		() => ({ model: dev, image: uri(), input_image: uri() }),
		"Unrecognized key(s) in object: 'input_image'",
	],
	[
		'a ratio of dev',
		() => ({ model: dev, image: uri(), aspect_ratio: '1:1' }),
		"Unrecognized key(s) in object: 'aspect_ratio'",
	],
])('%s is refused', async (_, more, message) => {
	expect(summary(await make({ model: pro, prompt: 'a', ...more() }))).toEqual(refused(message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('another model is unknown, another path not found', async () => {
	expect(summary(await make({ model: 'Kwai-Kolors/Kolors', prompt: 'a' }))).toEqual(
		refused('Model does not exist. Please check it carefully.', 20012),
	);
	expect(summary(await http.get(`${api().baseUrl}/jobs`, keyed()))).toEqual({
		status: 404,
		data: '404 page not found',
	});
});

test('anything but JSON is refused', async () => {
	expect(summary(await make(formOf({ model: pro, prompt: 'a' })))).toEqual(
		refused('Content-Type must be application/json'),
	);
});

test('a job may fail or be moderated', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail' });
	expect(summary(await make({ model: pro, prompt: 'a' }))).toEqual({
		status: 503,
		data: { code: 50505, message: 'The model failed on this request', data: null },
	});
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await make({ model: pro, prompt: 'a' }))).toEqual(
		refused('The prompt or image was flagged as sensitive', 20023),
	);
});

test('who does not wait for the answer has been billed all the same', async () => {
	drawNothing(held.emulator);
	const gone = http.post(
		`${api().baseUrl}/images/generations`,
		{ model: pro, prompt: 'a' },
		{ ...keyed(), timeout: 100 },
	);
	await expect(gone).rejects.toMatchObject({ code: 'ECONNABORTED' });
	expect(held.emulator.jobs).toHaveLength(1);
});

test.each([
	[429, { message: 'Request was rejected due to rate limiting. Details:TPM limit reached.', data: null }],
	[503, { code: 50505, message: 'Service Unavailable', data: null }],
	[504, 'Gateway Timeout'],
])('an injected %i has its documented shape', async (status, data) => {
	held.emulator.inject({ provider: 'siliconFlow', stage: 'submit', kind: 'status', status });
	expect(summary(await make({ model: pro, prompt: 'a' }))).toEqual({ status, data });
});

test('a good key is shown the account', async () => {
	expect(summary(await http.get(`${api().baseUrl}/user/info`, keyed()))).toEqual({
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
