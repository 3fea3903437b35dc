import sharp from 'sharp';
import { fetchImage, http, keepJobsActive, like, setClockAhead, slowTiming, summary } from '../../support';
import { imageOf, owner, useReplicate } from './support';

const { fixture, api, withKey, create, get, cancel, ended, accepted, image } = useReplicate();

test('the base URL ends in /v1 like the real one, and the key begins with r8_', () => {
	expect(api().baseUrl).toBe(`${fixture.emulator.origin}/replicate/v1`);
	expect(api().apiKey).toMatch(/^r8_[\w-]+$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the old scheme', () => ({ authorization: `Token ${api().apiKey}` })],
])('refuses %s at every endpoint', async (_, headers) => {
	const { baseUrl } = api();
	const answers = await Promise.all([
		http.post(
			`${baseUrl}/models/${owner}/flux-kontext-pro/predictions`,
			{ input: { prompt: 'a' } },
			{ headers: headers() },
		),
		http.get(`${baseUrl}/predictions/x`, { headers: headers() }),
		http.post(`${baseUrl}/predictions/x/cancel`, undefined, { headers: headers() }),
		http.get(`${baseUrl}/account`, { headers: headers() }),
	]);
	const detail = 'You did not pass a valid authentication token';
	for (const answer of answers)
		expect(summary(answer)).toEqual({
			status: 401,
			data: { title: 'Unauthenticated', detail, status: 401 },
		});
});

/** Fields of a prediction that do not change with its status. */
const constantFields = (id: string, input: object) => {
	const url = `${api().baseUrl}/predictions/${id}`;
	return {
		id,
		model: `${owner}/flux-kontext-pro`,
		version: 'hidden',
		input,
		error: null,
		logs: '',
		source: 'api',
		created_at: like.text,
		urls: { get: url, cancel: `${url}/cancel`, web: `https://replicate.com/p/${id}` },
		data_removed: false,
	};
};

test('creates an image from a prompt: 202, starting, processing, succeeded', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const input = {
		prompt: 'a red fox',
		aspect_ratio: '3:2',
		seed: 7,
		output_format: 'jpg',
		safety_tolerance: 6,
		prompt_upsampling: false,
	};
	const submitted = await create(input);
	const { id } = submitted.data;
	const common = constantFields(id, input);
	const active = { ...common, output: null, completed_at: null, metrics: {} };
	expect(summary(submitted)).toEqual({
		status: 202,
		data: { ...active, status: 'starting', started_at: null },
	});
	setClockAhead(60_000);
	expect(summary(await get(id))).toEqual({
		status: 200,
		data: { ...active, status: 'processing', started_at: like.text },
	});
	setClockAhead(120_000);
	const { data } = await ended(id);
	expect(data).toEqual({
		...common,
		status: 'succeeded',
		output: data.output,
		started_at: like.text,
		completed_at: like.text,
		metrics: { predict_time: 60, total_time: 120 },
	});
	expect(imageOf(data)).toContain(`${fixture.emulator.filesOrigin}/replicate/${id}/0.jpeg?X-Amz-`);
	expect(await sharp(await fetchImage(imageOf(data))).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1248,
		height: 832,
	});
});

test('the output is one URL or a list of URLs', async () => {
	const outputs = [
		(await ended(await accepted())).data.output,
		(await ended(await accepted())).data.output,
	];
	expect(outputs.map((output) => Array.isArray(output)).sort()).toEqual([false, true]);
});

test('`Prefer: wait` answers 201 with the image, or 202 when the time is over', async () => {
	expect(await create({ prompt: 'a fox' }, undefined, {}, 'wait')).toMatchObject({
		status: 201,
		data: { status: 'succeeded' },
	});
	fixture.emulator.timing.runMs = 60_000;
	const before = Date.now();
	expect(await create({ prompt: 'a fox' }, undefined, {}, 'wait=1')).toMatchObject({
		status: 202,
		data: { status: 'processing' },
	});
	expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
	for (const prefer of ['wait=0', 'wait=61', 'wait=', 'later'])
		expect(await create({ prompt: 'a fox' }, undefined, {}, prefer)).toMatchObject({ status: 422 });
});

test('an edit keeps the aspect ratio of its input, which is a URL or a data URI', async () => {
	const uri = `data:image/png;base64,${fixture.emulator.sampleImage.bytes.toString('base64')}`;
	for (const input_image of [image(), uri]) {
		const { data } = await ended(
			await accepted({ input_image, aspect_ratio: 'match_input_image', safety_tolerance: 2 }),
		);
		expect(await sharp(await fetchImage(imageOf(data))).metadata()).toMatchObject({
			format: 'png',
			width: 1184,
			height: 880,
		});
	}
});

test('dev accepts its own options and creates a WebP', async () => {
	const options = {
		num_inference_steps: 4,
		guidance: 0,
		go_fast: false,
		output_quality: 0,
		disable_safety_checker: true,
	};
	const { data } = await ended(await accepted({ input_image: image(), ...options }, 'flux-kontext-dev'));
	expect(await sharp(await fetchImage(imageOf(data))).metadata()).toMatchObject({ format: 'webp' });
});

test('a job fails, is moderated, or fails on an input that is not an image', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const [failing, moderated] = [await accepted(), await accepted()];
	const unreadable = await accepted({ input_image: `${fixture.emulator.filesOrigin}/samples/none.png` });
	expect((await ended(failing)).data).toMatchObject({
		status: 'failed',
		output: null,
		error: 'The model failed on this request',
	});
	expect((await ended(moderated)).data).toMatchObject({
		status: 'failed',
		error:
			'The input or output was flagged as sensitive. Please try again with different inputs. ' +
			`(E005) (${moderated})`,
	});
	expect((await ended(unreadable)).data).toMatchObject({
		status: 'failed',
		error: 'The input image could not be read',
	});
});

test('cancels an active job and leaves an ended one as it is', async () => {
	fixture.emulator.timing.runMs = 60_000;
	const running = await accepted();
	expect(await cancel(running)).toMatchObject({ status: 200, data: { id: running, status: 'canceled' } });
	expect((await get(running)).data).toMatchObject({ status: 'canceled', output: null, error: null });
	fixture.emulator.timing.runMs = 0;
	const finished = await accepted();
	await ended(finished);
	expect(await cancel(finished)).toMatchObject({ status: 200, data: { status: 'succeeded' } });
});

test('removes the output after an hour', async () => {
	const id = await accepted();
	await ended(id);
	setClockAhead(3_601_000);
	expect((await get(id)).data).toMatchObject({
		status: 'succeeded',
		input: {},
		output: null,
		data_removed: true,
	});
});

test('limits predictions to 600 in a minute', async () => {
	keepJobsActive(fixture.emulator);
	const answers = await Promise.all(Array.from({ length: 601 }, async () => await create({})));
	expect(answers.filter(({ status }) => status === 422)).toHaveLength(600);
	const detail = 'Request was throttled. Your rate limit resets in ~30s.';
	expect(answers.filter(({ status }) => status === 429).map(summary)).toEqual([
		{ status: 429, data: { detail } },
	]);
});

test('returns the account for a valid key', async () => {
	expect(summary(await http.get(`${api().baseUrl}/account`, withKey()))).toEqual({
		status: 200,
		data: { type: 'user', username: 'emulator', name: 'Emulator', github_url: null, avatar_url: null },
	});
});

test('an aborted job, which no request produces, can be injected', async () => {
	const id = await accepted();
	const body = { id, status: 'aborted', output: null, error: null };
	fixture.emulator.inject({ provider: 'replicate', stage: 'status', kind: 'status', status: 200, body });
	expect(summary(await get(id))).toEqual({ status: 200, data: body });
});
