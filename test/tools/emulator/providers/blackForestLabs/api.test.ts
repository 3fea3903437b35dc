import sharp from 'sharp';
import type { EmulatedJob } from '../../../../../tools/emulator/index';
import {
	fetchImage,
	headerOf,
	http,
	keepJobsActive,
	like,
	setClockAhead,
	slowTiming,
	summary,
} from '../../support';
import { detail, useBlackForestLabs } from './support';

const { fixture, bfl, withKey, post, get, ended, bareSample } = useBlackForestLabs();

test("the base URL has no path beyond the provider's, and the key is a UUID", () => {
	expect(bfl().baseUrl).toBe(`${fixture.emulator.origin}/blackForestLabs`);
	expect(bfl().apiKey).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ 'x-key': 'wrong' })],
	['the key as a Bearer token', () => ({ authorization: `Bearer ${bfl().apiKey}` })],
])('refuses %s at every endpoint', async (_, headers) => {
	const { baseUrl } = bfl();
	const answers = await Promise.all([
		http.post(`${baseUrl}/v1/flux-kontext-pro`, { prompt: 'a fox' }, { headers: headers() }),
		http.post(`${baseUrl}/v1/flux-kontext-max`, { prompt: 'a fox' }, { headers: headers() }),
		http.get(`${baseUrl}/v1/get_result?id=x`, { headers: headers() }),
		http.get(`${baseUrl}/v1/credits`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual({ status: 403, data: { detail: 'Not authenticated' } });
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('reports the remaining credits', async () => {
	keepJobsActive(fixture.emulator);
	await post({ prompt: 'a fox' });
	await post({ prompt: 'a fox' }, 'flux-kontext-max');
	expect(summary(await get('/v1/credits'))).toEqual({ status: 200, data: { credits: 99_988 } });
});

const readyBody = (id: string, job: EmulatedJob | undefined) => ({
	id,
	status: 'Ready',
	result: {
		sample: like.containing(`${fixture.emulator.filesOrigin}/blackForestLabs/${id}/0.png?se=`),
		prompt: 'a red fox',
		seed: 42,
		start_time: (job?.startsAt ?? 0) / 1000,
		end_time: (job?.endsAt ?? 0) / 1000,
		duration: 60,
	},
	progress: null,
	details: null,
	preview: null,
});

test('creates an image from a prompt: submit, Pending, Ready, download', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
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
	expect(summary(await http.get(data.polling_url, withKey()))).toEqual({
		status: 200,
		data: { id, status: 'Pending', result: null, progress: null, details: null, preview: null },
	});

	const [job] = fixture.emulator.jobs;
	setClockAhead(120_000);
	const ready = await ended(data.polling_url);
	expect(summary(ready)).toEqual({ status: 200, data: readyBody(id, job) });
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
	'an image with the aspect ratio %s as %s has about one megapixel',
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

test('an edit accepts bare base64 and keeps the aspect ratio of its input', async () => {
	const { data } = await post({ prompt: 'make it night', input_image: bareSample() }, 'flux-kontext-max');
	expect(data).toMatchObject({ cost: 8, input_mp: 0.31, output_mp: 1.04 });
	const { sample } = (await ended(data.polling_url)).data.result;
	expect(await sharp(await fetchImage(sample)).metadata()).toMatchObject({ width: 1184, height: 880 });
	expect(fixture.emulator.jobs[0]).toMatchObject({ operation: 'edit', model: 'flux-kontext-max' });
});

test('an edit accepts URLs, up to four images and another aspect ratio', async () => {
	const { url } = fixture.emulator.sampleImage;
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
	expect(fixture.emulator.requests.filter(({ provider }) => provider === 'files')).toMatchObject([
		{ stage: 'other', status: 200 },
		{ stage: 'other', status: 200 },
		{ stage: 'other', status: 200 },
	]);
});

const flux2 = ['flux-2-pro', 'flux-2-max', 'flux-2-flex'];

test.each(flux2)(
	'%s accepts width and height instead of an aspect ratio, and creates a JPEG by default',
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

test('FLUX.2 edits up to eight images, keeps the aspect ratio of the first and charges more', async () => {
	const others = Object.fromEntries(
		[2, 3, 4, 5, 6, 7, 8].map((index) => [`input_image_${index}`, fixture.emulator.sampleImage.url]),
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

test('a failed task has the status Error', async () => {
	fixture.emulator.inject({ provider: 'blackForestLabs', stage: 'job', kind: 'fail' });
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

test('a moderated prompt and a moderated edit have different statuses', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
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

test('a task that has ended no longer counts as active', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never', times: 23 });
	Object.assign(fixture.emulator.timing, slowTiming);
	for (let count = 0; count < 23; count += 1) await post({ prompt: 'a' });
	const { data } = await post({ prompt: 'a' });
	expect((await post({ prompt: 'a' })).status).toBe(429);
	setClockAhead(120_000);
	await ended(data.polling_url);
	expect((await post({ prompt: 'a' })).status).toBe(200);
});

test('refuses a task beyond 24 active ones, or 6 of kontext-max, without billing it', async () => {
	keepJobsActive(fixture.emulator);
	const limit = {
		status: 429,
		data: { detail: 'You must wait until one of your previous tasks has finished' },
	};
	for (let count = 0; count < 6; count += 1)
		expect((await post({ prompt: 'a' }, 'flux-kontext-max')).status).toBe(200);
	expect(summary(await post({ prompt: 'a' }, 'flux-kontext-max'))).toEqual(limit);
	for (let count = 0; count < 18; count += 1) expect((await post({ prompt: 'a' })).status).toBe(200);
	expect(summary(await post({ prompt: 'a' }))).toEqual(limit);
	expect(fixture.emulator.jobs).toHaveLength(24);
});

test('the link of an image expires after ten minutes', async () => {
	const { data } = await post({ prompt: 'a fox' });
	const { sample } = (await ended(data.polling_url)).data.result;
	setClockAhead(599_000);
	expect((await http.get(sample)).status).toBe(200);
	setClockAhead(601_000);
	const expired = await http.get(sample);
	expect(expired.status).toBe(403);
	expect(headerOf(expired, 'content-type')).toBe('application/xml');
	expect(expired.data).toBe(
		'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AuthenticationFailed</Code>' +
			'<Message>Signature not valid in the specified time frame</Message></Error>',
	);
});
