import sharp from 'sharp';
import {
	fetchImage,
	formOf,
	headerOf,
	http,
	keepJobsActive,
	like,
	setClockAhead,
	slowTiming,
	summary,
} from '../../support';
import { edits, error, generations, imageOf, model, useTheRouter, week } from './support';

const { fixture, router, get, generate, edit, sample, ended } = useTheRouter();

test("the base URL has no path beyond the provider's, and the key has the format of a tenant key", () => {
	expect(router().baseUrl).toBe(`${fixture.emulator.origin}/theRouter`);
	expect(router().apiKey).toMatch(/^sk-[\da-f]{48}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: router().apiKey })],
	['the key in x-key', () => ({ 'x-key': router().apiKey })],
])('refuses %s at every endpoint', async (_, headers) => {
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

test('returns the models and the keys for a valid key', async () => {
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

test('creates an image from a prompt: 202, queued, in_progress, succeeded', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
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
	setClockAhead(60_000);
	expect((await get(`/v1/jobs/${id}`)).data).toEqual({ ...pending, status: 'in_progress' });
	setClockAhead(120_000);
	const succeeded = await ended(id);
	expect(succeeded).toMatchObject({ status: 200, data: { id, status: 'succeeded' } });
	expect(imageOf(succeeded.data)).toContain(
		`${fixture.emulator.filesOrigin}/theRouter/${id}/0.png?X-Amz-Algorithm=`,
	);
	const metadata = await sharp(await fetchImage(imageOf(succeeded.data))).metadata();
	expect(metadata).toMatchObject({ format: 'png', width: 768, height: 512 });
});

test('a succeeded job alternates between the two documented forms', async () => {
	const submitted = [
		(await generate({ model, prompt: 'first' })).data,
		(await generate({ model, prompt: 'second' })).data,
	];
	const url = like.containing(fixture.emulator.filesOrigin);
	for (const [index, { id, expires_at }] of submitted.entries()) {
		const { data } = await ended(id);
		const odd = (fixture.emulator.jobs[index]?.number ?? 0) % 2 === 1;
		const formA = { id, status: 'succeeded', model, unsigned_urls: [url] };
		const formB = { id, status: 'succeeded', result: { data: [{ url }] }, expires_at };
		expect(data).toEqual(odd ? formA : formB);
		const metadata = await sharp(await fetchImage(imageOf(data))).metadata();
		expect(metadata).toMatchObject({ width: 1024, height: 1024 });
	}
});

test('the content of a job redirects to the stored image once the job has succeeded', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const { data } = await generate({ model, prompt: 'a fox' });
	expect(summary(await get(`/v1/jobs/${data.id}/content`))).toEqual(
		error(404, 'The job has no content', 'not_found'),
	);
	setClockAhead(120_000);
	const succeeded = await ended(data.id);
	const content = await get(`/v1/jobs/${data.id}/content`);
	expect(content.status).toBe(302);
	expect(headerOf(content, 'location')).toBe(imageOf(succeeded.data));
});

test('an edit is a form with one file', async () => {
	const { status, data } = await edit({ model, prompt: 'make it night', seed: '7', image: sample() });
	expect(status).toBe(202);
	expect(fixture.emulator.jobs[0]).toMatchObject({
		operation: 'edit',
		seed: 7,
		body: {
			fields: { model, prompt: 'make it night', seed: '7' },
			files: [
				{
					field: 'image',
					fileName: 'blob',
					mimeType: 'image/png',
					size: fixture.emulator.sampleImage.bytes.length,
				},
			],
		},
	});
	const url = imageOf((await ended(data.id)).data);
	expect(await sharp(await fetchImage(url)).metadata()).toMatchObject({ width: 1184, height: 880 });
});

test.each(['1024x1024', '1024x1536', '1536x1024', 'auto'])('an edit accepts the size %s', async (size) => {
	keepJobsActive(fixture.emulator);
	expect((await edit({ model, prompt: 'edit', size, n: '1', user: 'me', image: sample() })).status).toBe(
		202,
	);
	const [width, height] = size === 'auto' ? [1184, 880] : size.split('x').map(Number);
	expect(fixture.emulator.jobs[0]).toMatchObject({ width, height });
});

test('accepts JPEG and WebP input images', async () => {
	keepJobsActive(fixture.emulator);
	for (const format of ['jpeg', 'webp'] as const) {
		const bytes = new Uint8Array(
			await sharp(fixture.emulator.sampleImage.bytes).toFormat(format).toBuffer(),
		);
		const image = new Blob([bytes], { type: `image/${format}` });
		expect((await edit({ model, prompt: 'edit', image })).status).toBe(202);
	}
});

test('a job fails or is moderated, and expires after a week', async () => {
	fixture.emulator.inject({ provider: 'theRouter', stage: 'job', kind: 'fail' });
	fixture.emulator.inject({ provider: 'theRouter', stage: 'job', kind: 'moderate' });
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
	setClockAhead((week + 2) * 1000);
	expect((await get(`/v1/jobs/${failing.id}`)).data).toEqual({
		id: failing.id,
		status: 'expired',
		model,
		expires_at: failing.expires_at,
	});
});

test('a cancelled job, which no request produces, can be injected', async () => {
	const { data } = await generate({ model, prompt: 'a' });
	const body = { id: data.id, status: 'cancelled', model };
	fixture.emulator.inject({ provider: 'theRouter', stage: 'status', kind: 'status', status: 200, body });
	expect(summary(await get(`/v1/jobs/${data.id}`))).toEqual({ status: 200, data: body });
});
