import sharp from 'sharp';
import { fetchImage, http, like, setClockAhead, slowTiming, summary } from '../../support';
import { useRunpod } from './support';

const { fixture, runpod, endpoint, withKey, input, run, status, cancel, ended, accepted, error } =
	useRunpod();

test('the base URL ends in /v2 like the real one, and the key begins with rpa_', () => {
	expect(runpod().baseUrl).toBe(`${fixture.emulator.origin}/runpod/v2`);
	expect(runpod().apiKey).toMatch(/^rpa_[\dA-F]{44}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: runpod().apiKey })],
	[
		'the key of another provider',
		() => ({ authorization: `Bearer ${fixture.emulator.providers.theRouter.apiKey}` }),
	],
])('refuses %s at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${endpoint()}/run`, { input: input() }, { headers: headers() }),
		http.get(`${endpoint()}/status/x`, { headers: headers() }),
		http.post(`${endpoint()}/cancel/x`, undefined, { headers: headers() }),
		http.get(`${endpoint()}/health`, { headers: headers() }),
	]);
	for (const answer of answers) expect(summary(answer)).toEqual(error(401, 'Unauthorized'));
});

test('an edit is IN_QUEUE, IN_PROGRESS and COMPLETED', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const submitted = await run({ input: input({ size: '1280*768', seed: 5, output_format: 'jpeg' }) });
	const { id } = submitted.data;
	expect(summary(submitted)).toEqual({
		status: 200,
		data: { id: like.matching(/^[\da-f-]{36}$/), status: 'IN_QUEUE' },
	});
	expect(summary(await status(id))).toEqual({ status: 200, data: { id, status: 'IN_QUEUE' } });
	setClockAhead(60_000);
	const running = await status(id);
	const workerId = like.matching(/^[\da-f]{14}$/);
	expect(summary(running)).toEqual({
		status: 200,
		data: { id, status: 'IN_PROGRESS', delayTime: 60_000, workerId },
	});
	setClockAhead(120_000);
	const completed = await ended(id);
	const image_url = like.containing(`${fixture.emulator.filesOrigin}/runpod/${id}/0.jpeg?X-Amz-`);
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
	expect(fixture.emulator.jobs).toMatchObject([
		{ provider: 'runpod', operation: 'edit', seed: 5, state: 'succeeded' },
	]);
});

test('an image without a size is 1024 by 1024 pixels and has the documented cost', async () => {
	const { data } = await ended(await accepted());
	expect(data.output.cost).toBe(0.031457);
	expect(await sharp(await fetchImage(data.output.image_url)).metadata()).toMatchObject({
		format: 'png',
		width: 1024,
		height: 1024,
	});
});

test('accepts a data URI as the image and -1 for a random seed', async () => {
	const image = `data:image/png;base64,${fixture.emulator.sampleImage.bytes.toString('base64')}`;
	const { data } = await ended(await accepted({ input: input({ image, seed: -1 }) }));
	expect(data.status).toBe('COMPLETED');
	expect(fixture.emulator.jobs[0]?.seed).toBeGreaterThanOrEqual(0);
});

test('accepts all documented options', async () => {
	const options = {
		negative_prompt: '',
		num_inference_steps: 50,
		guidance: 0,
		enable_safety_checker: false,
	};
	const policy = { executionTimeout: 300_000, ttl: 3_600_000, lowPriority: true };
	expect((await run({ input: input(options), policy })).status).toBe(200);
});

test('an image that cannot be loaded fails the job, reported with the status 200 or 400', async () => {
	const image = `${fixture.emulator.filesOrigin}/samples/none.png`;
	const first = await accepted({ input: input({ image }) });
	const second = await accepted({ input: input({ image: 'data:image/png;base64,aGVsbG8=' }) });
	const failed = (id: string) => ({ id, status: 'FAILED', error: 'Invalid image URL' });
	const answers = [await ended(first), await ended(second)];
	expect(answers.map(({ data }) => data as unknown)).toEqual([failed(first), failed(second)]);
	expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
});

test('a job fails or is moderated', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
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

test('cancels an active job and leaves an ended one as it is', async () => {
	fixture.emulator.timing.runMs = 60_000;
	const running = await accepted();
	expect(summary(await cancel(running))).toEqual({
		status: 200,
		data: { id: running, status: 'CANCELLED' },
	});
	expect(summary(await status(running))).toEqual({
		status: 200,
		data: { id: running, status: 'CANCELLED' },
	});
	fixture.emulator.timing.runMs = 0;
	const finished = await accepted();
	await ended(finished);
	expect(summary(await cancel(finished))).toEqual({
		status: 200,
		data: { id: finished, status: 'COMPLETED' },
	});
	expect((await status(finished)).data.status).toBe('COMPLETED');
	expect(fixture.emulator.jobs.map(({ state }) => state)).toEqual(['cancelled', 'succeeded']);
});

test('a job is TIMED_OUT when it runs longer than its policy allows', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	const id = await accepted({ input: input(), policy: { executionTimeout: 5_000 } });
	setClockAhead(5_100);
	expect(summary(await status(id))).toEqual({ status: 200, data: { id, status: 'TIMED_OUT' } });
});

test('keeps a result for half an hour and a job for its ttl', async () => {
	const id = await accepted();
	const short = await accepted({ input: input(), policy: { ttl: 10_000 } });
	setClockAhead(11_000);
	expect((await status(id)).data.status).toBe('COMPLETED');
	expect(summary(await status(short))).toEqual(error(404, 'job not found'));
	setClockAhead(1_801_000);
	expect(summary(await status(id))).toEqual(error(404, 'job not found'));
	expect(summary(await cancel(id))).toEqual(error(404, 'job not found'));
});

test('the health endpoint counts the jobs', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never', times: 2 });
	const [never] = [await accepted(), await accepted()];
	await cancel(never);
	await ended(await accepted());
	fixture.emulator.timing.queueMs = 60_000;
	await accepted();
	expect(summary(await http.get(`${endpoint()}/health`, withKey()))).toEqual({
		status: 200,
		data: {
			jobs: { completed: 1, failed: 0, inProgress: 1, inQueue: 1, retried: 0 },
			workers: { idle: 1, running: 1 },
		},
	});
});

test('limits cancellations to 100 in ten seconds', async () => {
	const answers = await Promise.all(Array.from({ length: 101 }, async () => await cancel('nobody')));
	expect(answers.filter((answer) => answer.status === 404)).toHaveLength(100);
	expect(answers.filter((answer) => answer.status === 429).map(summary)).toEqual([
		error(429, 'Too many requests'),
	]);
	setClockAhead(10_001);
	expect((await cancel('nobody')).status).toBe(404);
});
