import sharp from 'sharp';
import {
	aheadBy,
	bearer,
	type Data,
	drawNothing,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	type Parts,
	slow,
	summary,
	until,
	useEmulator,
} from './support';

const held = useEmulator();
const model = 'black-forest-labs/flux-kontext-dev';
const week = 604_800;

const router = () => held.emulator.providers.theRouter;
const keyed = () => bearer(held.emulator, 'theRouter');
const generations = '/v1/images/generations?async=true';
const edits = '/v1/images/edits?async=true';
const get = async (path: string) => await http.get(`${router().baseUrl}${path}`, keyed());
const generate = async (body: unknown, path = generations) =>
	await http.post(`${router().baseUrl}${path}`, body, keyed());
const edit = async (parts: Parts, path = edits) =>
	await http.post(`${router().baseUrl}${path}`, formOf(parts), keyed());
const sample = (type = 'image/png') => new Blob([new Uint8Array(held.emulator.sampleImage.bytes)], { type });
const ended = async (id: string) =>
	await until(
		async () => await get(`/v1/jobs/${id}`),
		({ data }) => !['queued', 'in_progress'].includes(data.status),
	);
const imageOf = ({ unsigned_urls, result }: Partial<Data>): string =>
	unsigned_urls?.[0] ?? result?.data[0].url ?? '';
const error = (
	status: number,
	message: string,
	code = 'invalid_request',
	type = 'invalid_request_error',
) => ({
	status,
	data: { error: { message, type, code } },
});

test('the base URL has no path of its own and the key looks like a tenant key', () => {
	expect(router().baseUrl).toBe(`${held.emulator.origin}/theRouter`);
	expect(router().apiKey).toMatch(/^sk-[\da-f]{48}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: router().apiKey })],
	['the key in x-key', () => ({ 'x-key': router().apiKey })],
])('%s is refused at every endpoint', async (_, headers) => {
	const { baseUrl } = router();
	const answers = await Promise.all([
		http.post(`${baseUrl}${generations}`, { model, prompt: 'a' }, { headers: headers() }),
		http.post(`${baseUrl}${edits}`, formOf({ model, prompt: 'a' }), { headers: headers() }),
		http.get(`${baseUrl}/v1/jobs/x`, { headers: headers() }),
		http.get(`${baseUrl}/v1/jobs/x/content`, { headers: headers() }),
		http.get(`${baseUrl}/v1/models`, { headers: headers() }),
		http.get(`${baseUrl}/v1/customer/api-keys`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(
			error(401, 'Invalid API key', 'invalid_api_key', 'authentication_error'),
		);
});

test('a good key is shown the models and the keys', async () => {
	expect(summary(await get('/v1/models'))).toEqual({
		status: 200,
		data: {
			data: [
				{
					id: model,
					name: 'FLUX.1 Kontext Dev',
					context_length: null,
					architecture: { input_modalities: ['text', 'image'], output_modalities: ['image'] },
					pricing: { image: '0.018' },
					supported_parameters: ['prompt', 'size', 'image', 'seed'],
				},
			],
		},
	});
	expect(summary(await get('/v1/customer/api-keys'))).toEqual({
		status: 200,
		data: { api_keys: [{ id: 'key_1', name: 'emulator' }], total: 1 },
	});
});

test('a prompt becomes an image: 202, queued, in_progress, succeeded', async () => {
	Object.assign(held.emulator.timing, slow);
	const { status, data } = await generate({ model, prompt: 'a red fox', size: '768x512', seed: 7 });
	const { id, created_at } = data;
	expect(status).toBe(202);
	expect(data).toEqual({
		id: like.matching(/^img_[\w-]{8}$/),
		object: 'image_job',
		status: 'queued',
		model,
		created_at: like.number,
		polling_url: `${router().baseUrl}/v1/jobs/${id}`,
		expires_at: created_at + week,
	});
	const pending = { id, model, created_at, expires_at: created_at + week };
	expect((await get(`/v1/jobs/${id}`)).data).toEqual({ ...pending, status: 'queued' });
	aheadBy(60_000);
	expect((await get(`/v1/jobs/${id}`)).data).toEqual({ ...pending, status: 'in_progress' });
	aheadBy(120_000);
	const succeeded = await ended(id);
	expect(succeeded).toMatchObject({ status: 200, data: { id, status: 'succeeded' } });
	expect(imageOf(succeeded.data)).toContain(
		`${held.emulator.filesOrigin}/theRouter/${id}/0.png?X-Amz-Algorithm=`,
	);
	const metadata = await sharp(await fetchImage(imageOf(succeeded.data))).metadata();
	expect(metadata).toMatchObject({ format: 'png', width: 768, height: 512 });
});

test('success alternates between the two documented forms', async () => {
	const submitted = [
		(await generate({ model, prompt: 'first' })).data,
		(await generate({ model, prompt: 'second' })).data,
	];
	const url = like.containing(held.emulator.filesOrigin);
	for (const [index, { id, expires_at }] of submitted.entries()) {
		const { data } = await ended(id);
		const odd = (held.emulator.jobs[index]?.number ?? 0) % 2 === 1;
		const formA = { id, status: 'succeeded', model, unsigned_urls: [url] };
		const formB = { id, status: 'succeeded', result: { data: [{ url }] }, expires_at };
		expect(data).toEqual(odd ? formA : formB);
		const metadata = await sharp(await fetchImage(imageOf(data))).metadata();
		expect(metadata).toMatchObject({ width: 1024, height: 1024 });
	}
});

test('the content of a job is a redirect to the stored image, once there is one', async () => {
	Object.assign(held.emulator.timing, slow);
	const { data } = await generate({ model, prompt: 'a fox' });
	expect(summary(await get(`/v1/jobs/${data.id}/content`))).toEqual(
		error(404, 'The job has no content', 'not_found'),
	);
	aheadBy(120_000);
	const succeeded = await ended(data.id);
	const content = await get(`/v1/jobs/${data.id}/content`);
	expect(content.status).toBe(302);
	expect(headerOf(content, 'location')).toBe(imageOf(succeeded.data));
});

test('an edit is a form with one file', async () => {
	const { status, data } = await edit({ model, prompt: 'make it night', seed: '7', image: sample() });
	expect(status).toBe(202);
	expect(held.emulator.jobs[0]).toMatchObject({
		operation: 'edit',
		seed: 7,
		body: {
			fields: { model, prompt: 'make it night', seed: '7' },
			files: [
				{
					field: 'image',
					fileName: 'blob',
					mimeType: 'image/png',
					size: held.emulator.sampleImage.bytes.length,
				},
			],
		},
	});
	const url = imageOf((await ended(data.id)).data);
	expect(await sharp(await fetchImage(url)).metadata()).toMatchObject({ width: 1184, height: 880 });
});

test.each(['1024x1024', '1024x1536', '1536x1024', 'auto'])('an edit may have the size %s', async (size) => {
	drawNothing(held.emulator);
	expect((await edit({ model, prompt: 'edit', size, n: '1', user: 'me', image: sample() })).status).toBe(
		202,
	);
	const [width, height] = size === 'auto' ? [1184, 880] : size.split('x').map(Number);
	expect(held.emulator.jobs[0]).toMatchObject({ width, height });
});

test('an image may be JPEG or WebP too', async () => {
	drawNothing(held.emulator);
	for (const format of ['jpeg', 'webp'] as const) {
		const bytes = new Uint8Array(
			await sharp(held.emulator.sampleImage.bytes).toFormat(format).toBuffer(),
		);
		const image = new Blob([bytes], { type: `image/${format}` });
		expect((await edit({ model, prompt: 'edit', image })).status).toBe(202);
	}
});

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
])('a generation of %j is refused', async (body, message) => {
	expect(summary(await generate(body))).toEqual(error(400, message));
	expect(held.emulator.jobs).toHaveLength(0);
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
		"size: Invalid enum value. Expected '1024x1024' | '1024x1536' | '1536x1024' | 'auto', received '768x512'",
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
])('an edit with %s is refused', async (_, parts, message) => {
	expect(summary(await edit({ model, prompt: 'edit', ...parts() }))).toEqual(error(400, message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('an edit of a GIF, or of more than 4 MB, is refused', async () => {
	const gif = new Uint8Array(await sharp(held.emulator.sampleImage.bytes).gif().toBuffer());
	const asGif = await edit({ model, prompt: 'edit', image: new Blob([gif], { type: 'image/gif' }) });
	expect(summary(asGif)).toEqual(error(400, 'image: must be a PNG, JPEG or WebP image'));
	const large = new Blob([new Uint8Array(4 * 1024 * 1024 + 1)], { type: 'image/png' });
	expect(summary(await edit({ model, prompt: 'edit', image: large }))).toEqual(
		error(400, 'image: is larger than 4 MB'),
	);
});

test('a field given twice is refused', async () => {
	const answer = await edit({ model, prompt: ['one', 'two'] });
	expect(summary(answer)).toEqual(error(400, 'The field prompt is given twice'));
});

test('each endpoint reads its own form of body only', async () => {
	expect(summary(await edit({ model, prompt: 'a' }, generations))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect(summary(await generate({ model, prompt: 'a' }, edits))).toEqual(
		error(400, 'Content-Type must be multipart/form-data'),
	);
});

test('another model is not found', async () => {
	const answer = error(404, 'The model flux-pro does not exist', 'model_not_found');
	expect(summary(await generate({ model: 'flux-pro', prompt: 'a' }))).toEqual(answer);
	expect(summary(await edit({ model: 'flux-pro', prompt: 'a', image: sample() }))).toEqual(answer);
});

test('the synchronous form is refused with the reason', async () => {
	const answer = error(400, 'The synchronous form is not emulated: add ?async=true');
	expect(summary(await generate({ model, prompt: 'a' }, '/v1/images/generations'))).toEqual(answer);
	expect(summary(await edit({ model, prompt: 'a', image: sample() }, '/v1/images/edits'))).toEqual(answer);
});

test('an unknown job and an unknown path are not found', async () => {
	expect(summary(await get('/v1/jobs/img_x'))).toEqual(
		error(404, 'The job img_x does not exist', 'job_not_found'),
	);
	expect(summary(await get('/v1/nothing'))).toEqual(error(404, 'Not Found', 'not_found'));
});

test('a job may fail, be moderated, and expires after a week', async () => {
	held.emulator.inject({ provider: 'theRouter', stage: 'job', kind: 'fail' });
	held.emulator.inject({ provider: 'theRouter', stage: 'job', kind: 'moderate' });
	const failing = (await generate({ model, prompt: 'a' })).data;
	const moderated = (await generate({ model, prompt: 'a' })).data;
	const type = 'image_generation_error';
	expect(summary(await ended(failing.id))).toEqual({
		status: 200,
		data: {
			id: failing.id,
			status: 'failed',
			model,
			error: { message: 'The model failed on this request', type, code: 'generation_failed' },
		},
	});
	expect(summary(await ended(moderated.id))).toEqual({
		status: 200,
		data: {
			id: moderated.id,
			status: 'failed',
			model,
			error: { message: 'The request was flagged', type, code: 'content_policy_violation' },
		},
	});
	aheadBy((week + 2) * 1000);
	expect((await get(`/v1/jobs/${failing.id}`)).data).toEqual({
		id: failing.id,
		status: 'expired',
		model,
		expires_at: failing.expires_at,
	});
});

test('a cancelled job, which no request brings about, can be injected', async () => {
	const { data } = await generate({ model, prompt: 'a' });
	const body = { id: data.id, status: 'cancelled', model };
	held.emulator.inject({ provider: 'theRouter', stage: 'status', kind: 'status', status: 200, body });
	expect(summary(await get(`/v1/jobs/${data.id}`))).toEqual({ status: 200, data: body });
});
