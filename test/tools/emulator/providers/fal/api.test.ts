import sharp from 'sharp';
import {
	bearer,
	fetchImage,
	headerOf,
	http,
	keepJobsActive,
	like,
	setClockAhead,
	slowTiming,
	summary,
} from '../../support';
import { dev, edit, type Result, type Submitted, useFal } from './support';

const { fixture, generate, api, post, get, put, accepted, completed, resultOf, image } = useFal();

test("the base URL has no path beyond the provider's, and the key has two parts", () => {
	expect(api().baseUrl).toBe(`${fixture.emulator.origin}/fal`);
	expect(api().apiKey).toMatch(/^[\da-f-]{36}:[\da-f]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Key wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
	['another scheme', () => bearer(fixture.emulator, 'fal').headers],
])('refuses %s at every endpoint', async (_, headers) => {
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

const submitBody = () => ({
	status: 'IN_QUEUE',
	request_id: like.matching(/^[\da-f-]{36}$/),
	response_url: like.containing(`${api().baseUrl}/fal-ai/flux-pro/`),
	status_url: like.matching(/\/status$/),
	cancel_url: like.matching(/\/cancel$/),
	queue_position: 0,
});

const resultBody = (requestId: string) => {
	const url = like.containing(`${fixture.emulator.filesOrigin}/fal/${requestId}/0.png?X-Amz-`);
	return {
		images: [{ url, width: 1248, height: 832, content_type: 'image/png' }],
		timings: {},
		seed: 7,
		has_nsfw_concepts: [false],
		prompt: 'a red fox',
	};
};

test('creates an image from a prompt: IN_QUEUE, IN_PROGRESS, COMPLETED, then the result', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
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
	expect(data).toEqual(submitBody());
	expect((await get(status_url)).data).toMatchObject({ status: 'IN_QUEUE', request_id, queue_position: 0 });
	setClockAhead(60_000);
	expect((await get(status_url)).data).toMatchObject({ status: 'IN_PROGRESS', logs: null });
	expect(summary(await get(response_url))).toEqual({
		status: 400,
		data: { detail: 'Request is still in progress' },
	});
	setClockAhead(120_000);
	expect((await completed(data)).data).toMatchObject({
		status: 'COMPLETED',
		metrics: { inference_time: 60 },
	});
	const result = await get<Result>(response_url);
	expect(summary(result)).toEqual({ status: 200, data: resultBody(request_id) });
	expect(await sharp(await fetchImage(result.data.images[0]?.url ?? '')).metadata()).toMatchObject({
		format: 'png',
		width: 1248,
		height: 832,
	});
});

test('a job is found at both forms of its URL, and a pending status answers 200 or 202', async () => {
	keepJobsActive(fixture.emulator);
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
		for (const prefix of ['fal-ai/flux-pro', generate])
			expect(
				(
					await get<{ request_id: string }>(
						`${api().baseUrl}/${prefix}/requests/${request_id}/status`,
					)
				).data.request_id,
			).toBe(request_id);
});

test('an edit keeps the aspect ratio of its input and can create several images', async () => {
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
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'edit', model: dev }]);
});

test('accepts several input images as URLs or data URIs', async () => {
	const uri = `data:image/png;base64,${fixture.emulator.sampleImage.bytes.toString('base64')}`;
	const { data } = await resultOf(
		await accepted('fal-ai/flux-pro/kontext/max/multi', { image_urls: [image(), uri] }),
	);
	expect(data.images).toHaveLength(1);
});

test('an image that cannot be loaded is reported by the result of the job', async () => {
	const submitted = await accepted(edit, { image_url: `${fixture.emulator.filesOrigin}/samples/none.png` });
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

test('a failed job is reported by the status or by the result', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
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

test('a job is refused before processing or flagged after it', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
	expect(summary(await resultOf(await accepted()))).toMatchObject({
		status: 422,
		data: { detail: [{ type: 'content_policy_violation' }] },
	});
	expect(summary(await resultOf(await accepted(edit, { image_url: image() })))).toMatchObject({
		status: 200,
		data: { has_nsfw_concepts: [true] },
	});
});

test('cancels an active job and leaves an ended one as it is', async () => {
	fixture.emulator.timing.runMs = 60_000;
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
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});

test('returns the price for a valid key', async () => {
	expect(summary(await get(`${api().baseUrl}/v1/models/pricing?endpoint_id=${edit}`))).toEqual({
		status: 200,
		data: {
			prices: [{ endpoint_id: edit, unit_price: 0.04, unit: 'image', currency: 'USD' }],
			has_more: false,
		},
	});
});

test('an undocumented status can be injected', async () => {
	fixture.emulator.inject({ provider: 'fal', stage: 'status', kind: 'unknownStatus' });
	expect((await get((await accepted()).status_url)).data).toMatchObject({ status: 'DAYDREAMING' });
});
