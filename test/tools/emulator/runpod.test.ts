import sharp from 'sharp';
import {
	aheadBy,
	bearer,
	fetchImage,
	formOf,
	http,
	like,
	slow,
	summary,
	until,
	useEmulator,
} from './support';

const held = useEmulator();

const runpod = () => held.emulator.providers.runpod;
const endpoint = () => `${runpod().baseUrl}/black-forest-labs-flux-1-kontext-dev`;
const keyed = () => bearer(held.emulator, 'runpod');
const input = (fields: object = {}) => ({
	prompt: 'make it night',
	image: held.emulator.sampleImage.url,
	...fields,
});
const run = async (body: unknown) => await http.post(`${endpoint()}/run`, body, keyed());
const status = async (id: string) => await http.get(`${endpoint()}/status/${id}`, keyed());
const cancel = async (id: string) => await http.post(`${endpoint()}/cancel/${id}`, undefined, keyed());
const ended = async (id: string) =>
	await until(
		async () => await status(id),
		({ data }) => !['IN_QUEUE', 'IN_PROGRESS'].includes(data.status),
	);
const accepted = async (body: unknown = { input: input() }): Promise<string> => (await run(body)).data.id;
const error = (code: number, message: string) => ({ status: code, data: { error: message } });

test('the base URL ends in /v2, as the real one, and the key begins with rpa_', () => {
	expect(runpod().baseUrl).toBe(`${held.emulator.origin}/runpod/v2`);
	expect(runpod().apiKey).toMatch(/^rpa_[\dA-F]{44}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: runpod().apiKey })],
	[
		'the key of another provider',
		() => ({ authorization: `Bearer ${held.emulator.providers.theRouter.apiKey}` }),
	],
])('%s is refused at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${endpoint()}/run`, { input: input() }, { headers: headers() }),
		http.get(`${endpoint()}/status/x`, { headers: headers() }),
		http.post(`${endpoint()}/cancel/x`, undefined, { headers: headers() }),
		http.get(`${endpoint()}/health`, { headers: headers() }),
	]);
	for (const answer of answers) expect(summary(answer)).toEqual(error(401, 'Unauthorized'));
});

test('an edit goes IN_QUEUE, IN_PROGRESS, COMPLETED', async () => {
	Object.assign(held.emulator.timing, slow);
	const submitted = await run({ input: input({ size: '1280*768', seed: 5, output_format: 'jpeg' }) });
	const { id } = submitted.data;
	expect(summary(submitted)).toEqual({
		status: 200,
		data: { id: like.matching(/^[\da-f-]{36}$/), status: 'IN_QUEUE' },
	});
	expect(summary(await status(id))).toEqual({ status: 200, data: { id, status: 'IN_QUEUE' } });
	aheadBy(60_000);
	const running = await status(id);
	const workerId = like.matching(/^[\da-f]{14}$/);
	expect(summary(running)).toEqual({
		status: 200,
		data: { id, status: 'IN_PROGRESS', delayTime: 60_000, workerId },
	});
	aheadBy(120_000);
	const completed = await ended(id);
	const image_url = like.containing(`${held.emulator.filesOrigin}/runpod/${id}/0.jpeg?X-Amz-`);
	expect(summary(completed)).toEqual({
		status: 200,
		data: {
			id,
			status: 'COMPLETED',
			delayTime: 60_000,
			executionTime: 60_000,
			workerId,
			output: { image_url, cost: 0.029491 },
		},
	});
	const bytes = await fetchImage(completed.data.output.image_url);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 768 });
	expect(held.emulator.jobs).toMatchObject([
		{ provider: 'runpod', operation: 'edit', seed: 5, state: 'succeeded' },
	]);
});

test('without a size it is 1024 by 1024, at the documented cost', async () => {
	const { data } = await ended(await accepted());
	expect(data.output.cost).toBe(0.031457);
	expect(await sharp(await fetchImage(data.output.image_url)).metadata()).toMatchObject({
		format: 'png',
		width: 1024,
		height: 1024,
	});
});

test('an image may be a data URI, and seed -1 is a random one', async () => {
	const image = `data:image/png;base64,${held.emulator.sampleImage.bytes.toString('base64')}`;
	const { data } = await ended(await accepted({ input: input({ image, seed: -1 }) }));
	expect(data.status).toBe('COMPLETED');
	expect(held.emulator.jobs[0]?.seed).toBeGreaterThanOrEqual(0);
});

test('all documented options are taken', async () => {
	const options = {
		negative_prompt: '',
		num_inference_steps: 50,
		guidance: 0,
		enable_safety_checker: false,
	};
	const policy = { executionTimeout: 300_000, ttl: 3_600_000, lowPriority: true };
	expect((await run({ input: input(options), policy })).status).toBe(200);
});

test.each<[string, () => unknown, string]>([
	['no input', () => ({}), 'input: Required'],
	['no body', () => Buffer.alloc(0), 'Expected object, received null'],
	['a text as body', () => 'hello', 'Expected object, received string'],
	['no image', () => ({ input: { prompt: 'a' } }), 'input: image: Required'],
	['no prompt', () => ({ input: { image: 'https://example.com/a.png' } }), 'input: prompt: Required'],
	[
		'bare base64',
		() => ({ input: input({ image: 'aGVsbG8=' }) }),
		'input: image: must be the URL or a data URI of an image',
	],
	['an unknown field', () => ({ input: input(), sync: true }), "Unrecognized key(s) in object: 'sync'"],
	[
		'an unknown input',
		() => ({ input: input({ width: 5 }) }),
		"input: Unrecognized key(s) in object: 'width'",
	],
	[
		'an unknown policy',
		() => ({ input: input(), policy: { retries: 1 } }),
		"policy: Unrecognized key(s) in object: 'retries'",
	],
	[
		'a size with an x',
		() => ({ input: input({ size: '1024x1024' }) }),
		'input: size: must be W*H, each side from 256 to 2048',
	],
	[
		'a size too large',
		() => ({ input: input({ size: '4096*4096' }) }),
		'input: size: must be W*H, each side from 256 to 2048',
	],
	[
		'too many steps',
		() => ({ input: input({ num_inference_steps: 51 }) }),
		'input: num_inference_steps: Number must be less than or equal to 50',
	],
	[
		'too much guidance',
		() => ({ input: input({ guidance: 10.5 }) }),
		'input: guidance: Number must be less than or equal to 10',
	],
	[
		'a broken seed',
		() => ({ input: input({ seed: 0.5 }) }),
		'input: seed: Expected integer, received float',
	],
	[
		'a WebP output',
		() => ({ input: input({ output_format: 'webp' }) }),
		"input: output_format: Invalid enum value. Expected 'png' | 'jpeg', received 'webp'",
	],
	[
		'a short ttl',
		() => ({ input: input(), policy: { ttl: 9_999 } }),
		'policy: ttl: Number must be greater than or equal to 10000',
	],
	['a webhook that is no URL', () => ({ input: input(), webhook: 'me' }), 'webhook: must be a URL'],
])('%s is refused', async (_, body, message) => {
	const headers = { ...keyed().headers, 'content-type': 'application/json' };
	expect(summary(await http.post(`${endpoint()}/run`, body(), { headers }))).toEqual(error(400, message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('anything but JSON is refused', async () => {
	const answer = await http.post(`${endpoint()}/run`, formOf({ input: 'x' }), keyed());
	expect(summary(answer)).toEqual(error(400, 'Content-Type must be application/json'));
});

test('a body of more than 10 MB is too large', async () => {
	const image = `data:image/png;base64,${'A'.repeat(10_000_000)}`;
	expect(summary(await run({ input: input({ image }) }))).toEqual(error(413, 'The request is too large'));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('an image that cannot be had fails the job, not the request, with 200 and with 400', async () => {
	const image = `${held.emulator.filesOrigin}/samples/none.png`;
	const first = await accepted({ input: input({ image }) });
	const second = await accepted({ input: input({ image: 'data:image/png;base64,aGVsbG8=' }) });
	const failed = (id: string) => ({ id, status: 'FAILED', error: 'Invalid image URL' });
	const answers = [await ended(first), await ended(second)];
	expect(answers.map(({ data }) => data as unknown)).toEqual([failed(first), failed(second)]);
	expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
});

test('a job may fail and may be moderated', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail' });
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	const [failing, moderated] = [await accepted(), await accepted()];
	expect((await ended(failing)).data).toEqual({
		id: failing,
		status: 'FAILED',
		error: 'The model failed on this request',
	});
	expect((await ended(moderated)).data).toEqual({
		id: moderated,
		status: 'FAILED',
		error: 'The image was flagged by the safety checker',
	});
});

test('a job is cancelled while it is active, and not afterwards', async () => {
	held.emulator.timing.runMs = 60_000;
	const active = await accepted();
	expect(summary(await cancel(active))).toEqual({ status: 200, data: { id: active, status: 'CANCELLED' } });
	expect(summary(await status(active))).toEqual({ status: 200, data: { id: active, status: 'CANCELLED' } });
	held.emulator.timing.runMs = 0;
	const quick = await accepted();
	await ended(quick);
	expect(summary(await cancel(quick))).toEqual({ status: 200, data: { id: quick, status: 'COMPLETED' } });
	expect((await status(quick)).data.status).toBe('COMPLETED');
	expect(held.emulator.jobs.map(({ state }) => state)).toEqual(['cancelled', 'succeeded']);
});

test('a job is TIMED_OUT when it runs longer than its policy allows', async () => {
	held.emulator.inject({ stage: 'job', kind: 'never' });
	const id = await accepted({ input: input(), policy: { executionTimeout: 5_000 } });
	aheadBy(5_100);
	expect(summary(await status(id))).toEqual({ status: 200, data: { id, status: 'TIMED_OUT' } });
});

test('a result is kept for half an hour, and no job longer than its ttl', async () => {
	const id = await accepted();
	const short = await accepted({ input: input(), policy: { ttl: 10_000 } });
	aheadBy(11_000);
	expect((await status(id)).data.status).toBe('COMPLETED');
	expect(summary(await status(short))).toEqual(error(404, 'job not found'));
	aheadBy(1_801_000);
	expect(summary(await status(id))).toEqual(error(404, 'job not found'));
	expect(summary(await cancel(id))).toEqual(error(404, 'job not found'));
});

test('an unknown job, /runsync and another endpoint are not found', async () => {
	expect(summary(await status('nobody'))).toEqual(error(404, 'job not found'));
	expect(summary(await cancel('nobody'))).toEqual(error(404, 'job not found'));
	const notFound = error(404, 'Not Found');
	expect(summary(await http.post(`${endpoint()}/runsync`, { input: input() }, keyed()))).toEqual(notFound);
	expect(summary(await http.post(`${runpod().baseUrl}/other/run`, { input: input() }, keyed()))).toEqual(
		notFound,
	);
});

test('the health counts the jobs', async () => {
	held.emulator.inject({ stage: 'job', kind: 'never', times: 2 });
	const [never] = [await accepted(), await accepted()];
	await cancel(never);
	await ended(await accepted());
	held.emulator.timing.queueMs = 60_000;
	await accepted();
	expect(summary(await http.get(`${endpoint()}/health`, keyed()))).toEqual({
		status: 200,
		data: {
			jobs: { completed: 1, failed: 0, inProgress: 1, inQueue: 1, retried: 0 },
			workers: { idle: 1, running: 1 },
		},
	});
});

test('more than 100 cancellations in ten seconds are too many', async () => {
	const answers = await Promise.all(Array.from({ length: 101 }, async () => await cancel('nobody')));
	expect(answers.filter((answer) => answer.status === 404)).toHaveLength(100);
	expect(answers.filter((answer) => answer.status === 429).map(summary)).toEqual([
		error(429, 'Too many requests'),
	]);
	aheadBy(10_001);
	expect((await cancel('nobody')).status).toBe(404);
});
