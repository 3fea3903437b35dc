import sharp from 'sharp';
import { fetchImage, formOf, headerOf, http, like, setClockAhead, slowTiming, summary } from '../../support';
import { edits, error, generations, imagesBodyOf, model, urlOf, useLumenfall } from './support';

const { fixture, lumenfall, withKey, generate, edit, sample } = useLumenfall();

test("the base URL has no path beyond the provider's, and the key has two parts", () => {
	expect(lumenfall().baseUrl).toBe(`${fixture.emulator.origin}/lumenfall`);
	expect(lumenfall().apiKey).toMatch(/^lmnfl_[\da-f]{12}\.[\da-f]{32}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: lumenfall().apiKey })],
])('refuses %s at every endpoint', async (_, headers) => {
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

test('returns the balance and the models for a valid key', async () => {
	expect(summary(await http.get(`${lumenfall().baseUrl}/v1/balance`, withKey()))).toEqual({
		status: 200,
		data: { object: 'balance', billing_type: 'prepaid', available: { amount: 12.5, currency: 'usd' } },
	});
	expect((await http.get(`${lumenfall().baseUrl}/openai/v1/models`, withKey())).data).toMatchObject({
		data: [{ id: model }, {}, {}, {}, {}],
	});
});

test('responds to a prompt with the image, its cost and the request id', async () => {
	const answer = await generate({ size: '1183x887', seed: 7 });
	const [job] = fixture.emulator.jobs;
	expect(headerOf(answer, 'x-lumenfall-request-id')).toBe(job?.id);
	expect(summary(answer)).toEqual({
		status: 200,
		data: {
			created: like.number,
			size: '1183x887',
			data: [
				{
					url: like.containing(`${fixture.emulator.filesOrigin}/lumenfall/`),
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

test('responds when the image is ready and not earlier', async () => {
	const before = Date.now();
	await generate({});
	expect(Date.now() - before).toBeGreaterThanOrEqual(85);
});

test('an image URL is valid for an hour', async () => {
	const url = urlOf(await generate({}));
	await fetchImage(url);
	setClockAhead(3_601_000);
	expect((await http.get(url)).status).toBe(403);
});

test('creates several images in one request, as base64 if requested', async () => {
	const answer = await generate({
		n: 3,
		response_format: 'b64_json',
		output_format: 'webp',
		output_compression: 50,
	});
	const { data } = imagesBodyOf(answer);
	expect(data).toHaveLength(3);
	expect(answer.data).toMatchObject({ metadata: { cost: 0.075 } });
	for (const { b64_json } of data)
		expect(await sharp(Buffer.from(b64_json, 'base64')).metadata()).toMatchObject({
			format: 'webp',
			width: 1024,
		});
	expect(fixture.emulator.jobs).toHaveLength(1);
});

test.each([
	[{ size: '16:9' }, '1365x768'],
	[{ aspect_ratio: '9:21', resolution: '1K' }, '670x1564'],
	[{ aspect_ratio: '7:1' }, '1563x670'],
	[{ size: '512x512', aspect_ratio: '16:9' }, '512x512'],
	[{ size: '4096x2048' }, '2048x1024'],
	[{ size: 'auto' }, '1024x1024'],
])('a generation with %j has the size %s', async (fields, size) => {
	expect(imagesBodyOf(await generate(fields)).size).toBe(size);
});

test.each<[Record<string, string>, string]>([
	[{ size: 'auto' }, '1184x880'],
	[{ size: '3:2' }, '1254x836'],
	[{}, '1024x1024'],
	[{ model: 'fal/flux.1-kontext-dev-edit', resolution_mode: 'match_input' }, '1184x880'],
	[{ model: 'fal/flux.1-kontext-dev-edit', resolution_mode: '5:4' }, '1145x916'],
])('an edit with %j has the size %s', async (fields, size) => {
	expect(imagesBodyOf(await edit({ ...fields, 'image[]': sample() })).size).toBe(size);
});

test('an edit is a form with up to four files and text fields', async () => {
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
		size: fixture.emulator.sampleImage.bytes.length,
	};
	expect(fixture.emulator.jobs[0]).toMatchObject({
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

test('a dry run validates and prices a request without creating a job', async () => {
	const answer = {
		status: 200,
		data: { estimated: true, model, provider: 'fal', total_cost_micros: 50_000, currency: 'USD' },
	};
	expect(await generate({ n: 2 }, `${generations}?dryRun=true`)).toMatchObject(answer);
	expect(await edit({ n: '2', image: sample() }, `${edits}?dryRun=true`)).toMatchObject(answer);
	expect(summary(await generate({ n: 11 }, `${generations}?dryRun=true`))).toEqual(
		error(400, 'n: Number must be less than or equal to 10'),
	);
	expect(fixture.emulator.jobs).toHaveLength(0);
	expect(fixture.emulator.requests.map(({ stage }) => stage)).toEqual(['other', 'other', 'submit']);
});

test('a failed job is reported with the status 502 or as an error with the status 200', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	const text = 'The model failed on this request';
	const answers = [summary(await generate({})), summary(await generate({}))];
	expect(answers).toContainEqual(error(502, text, 'ALL_PROVIDERS_EXHAUSTED', 'api_error'));
	expect(answers).toContainEqual(error(200, text, 'UPSTREAM_ERROR', 'api_error'));
});

test('refuses a moderated prompt with a code', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await generate({}))).toEqual(
		error(400, 'The prompt was refused: violence', 'CONTENT_POLICY_VIOLATION'),
	);
});

test.each([
	[402, 'INSUFFICIENT_BALANCE', 'insufficient_quota'],
	[429, 'RATE_LIMITED', 'rate_limit_error'],
	[500, 'UPSTREAM_ERROR', 'api_error'],
])('an injected status %i has the code %s', async (status, code, type) => {
	fixture.emulator.inject({ stage: 'submit', kind: 'status', status });
	expect(await generate({})).toMatchObject({ status, data: { error: { code, type } } });
});

test('stops holding a request when its client disconnects', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	await expect(
		http.post(
			`${lumenfall().baseUrl}${generations}`,
			{ model, prompt: 'a' },
			{ ...withKey(), timeout: 200 },
		),
	).rejects.toThrow('timeout');
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'queued' }]);
});
