import sharp from 'sharp';
import {
	bearer,
	http,
	keepJobsActive,
	like,
	setClockAhead,
	slowTiming,
	summary,
	useEmulator,
	waitUntil,
} from '../support';

const fixture = useEmulator();

const server = () => fixture.emulator.providers.sdServer;
const withKey = () => bearer(fixture.emulator, 'sdServer');
const submit = async (body: object = {}, config: object = withKey()) =>
	await http.post(`${server().baseUrl}/sdcpp/v1/img_gen`, { prompt: 'a red fox', ...body }, config);
const accepted = async (body: object = {}): Promise<string> => (await submit(body)).data.id;
const getStatus = async (id: string) => await http.get(`${server().baseUrl}/sdcpp/v1/jobs/${id}`, withKey());
const cancel = async (id: string) =>
	await http.post(`${server().baseUrl}/sdcpp/v1/jobs/${id}/cancel`, undefined, withKey());
const ended = async (id: string) =>
	await waitUntil(
		async () => await getStatus(id),
		({ data }) => !['queued', 'generating'].includes(data.status),
	);
const base64 = () => fixture.emulator.sampleImage.bytes.toString('base64');
const imagesOf = ({ data }: { data: unknown }) =>
	(data as { result: { images: Array<{ index: number; b64_json: string }> } }).result.images;
const invalid = (message: string) => ({
	status: 400,
	data: { error: 'invalid generation parameters', message },
});
const error = (status: number, text: string) => ({ status, data: { error: text } });

test.each([
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['an empty key', () => ({ authorization: 'Bearer ' })],
	['an empty header', () => ({ authorization: '' })],
])('refuses %s like a proxy in front of the server', async (_, headers) => {
	expect(summary(await submit({}, { headers: headers() }))).toEqual(error(401, 'Unauthorized'));
	expect((await http.get(`${server().baseUrl}/sdcpp/v1/capabilities`, { headers: headers() })).status).toBe(
		401,
	);
});

test('accepts a request without a key', async () => {
	keepJobsActive(fixture.emulator);
	expect((await submit({}, {})).status).toBe(202);
	const { status, data } = await http.get(`${server().baseUrl}/sdcpp/v1/capabilities`);
	expect({ status, data }).toMatchObject({
		status: 200,
		data: {
			model: { name: 'flux1-kontext-dev-q8_0.gguf' },
			limits: {
				min_width: 64,
				max_width: 4096,
				min_height: 64,
				max_height: 4096,
				max_batch_count: 8,
				max_queue_size: 64,
			},
			features: { ref_images: true, cancel_queued: true, cancel_generating: false },
		},
	});
});

test('creates an image from a prompt: 202, queued, generating, completed', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const { status, data } = await submit({ width: 768, height: 512, seed: 7 });
	const { id } = data;
	const created = fixture.emulator.jobs[0]?.acceptedAt ?? 0;
	const common = { id, kind: 'img_gen', created: Math.floor(created / 1000) };
	expect(id).toMatch(/^job_[\da-f]{8}_[\da-f]{8}$/);
	expect({ status, data }).toEqual({
		status: 202,
		data: { ...common, status: 'queued', poll_url: `/sdcpp/v1/jobs/${id}` },
	});
	expect((await getStatus(id)).data).toEqual({
		...common,
		status: 'queued',
		started: null,
		completed: null,
		queue_position: 1,
		result: null,
		error: null,
	});
	setClockAhead(60_000);
	const started = Math.floor((created + 60_000) / 1000);
	expect((await getStatus(id)).data).toEqual({
		...common,
		status: 'generating',
		started,
		completed: null,
		queue_position: 0,
		result: null,
		error: null,
	});
	setClockAhead(120_000);
	const completed = await getStatus(id);
	expect(completed.data).toEqual({
		...common,
		status: 'completed',
		started,
		completed: Math.floor((created + 120_000) / 1000),
		queue_position: 0,
		result: { output_format: 'png', images: [{ index: 0, b64_json: like.text }] },
		error: null,
	});
	const metadata = await sharp(Buffer.from(imagesOf(completed)[0]?.b64_json ?? '', 'base64')).metadata();
	expect(metadata).toMatchObject({ format: 'png', width: 768, height: 512 });
});

test('uses the defaults of the server for an absent size and seed', async () => {
	keepJobsActive(fixture.emulator);
	await submit();
	expect(fixture.emulator.jobs[0]).toMatchObject({ width: 512, height: 512, seed: 42 });
	await submit({ seed: -1, width: 1024 });
	expect(fixture.emulator.jobs[1]).toMatchObject({ width: 1024, height: 512, seed: like.number });
});

test('creates several images in one job', async () => {
	const images = imagesOf(
		await ended(
			await accepted({
				batch_count: 2,
				output_format: 'webp',
				output_compression: 40,
				width: 256,
				height: 256,
			}),
		),
	);
	expect(images.map(({ index }) => index)).toEqual([0, 1]);
	for (const { b64_json } of images)
		expect(await sharp(Buffer.from(b64_json, 'base64')).metadata()).toMatchObject({
			format: 'webp',
			width: 256,
		});
});

test('an edit is a prompt with reference images, as bare base64 or data URIs', async () => {
	keepJobsActive(fixture.emulator);
	expect(
		(
			await submit({
				ref_images: [base64(), `data:image/png;base64,${base64()}`],
				width: 1184,
				height: 880,
			})
		).status,
	).toBe(202);
	expect(fixture.emulator.jobs[0]).toMatchObject({ operation: 'edit', width: 1184, height: 880 });
});

test('accepts the sampling parameters of the command line as objects', async () => {
	keepJobsActive(fixture.emulator);
	const sample_params = {
		sample_method: 'euler',
		sample_steps: 28,
		guidance: { txt_cfg: 1, distilled_guidance: 2.5 },
	};
	expect((await submit({ negative_prompt: 'blur', init_image: null, sample_params })).status).toBe(202);
});

test.each([
	[{ prompt: '' }, 'prompt: String must contain at least 1 character(s)'],
	[{ width: 32 }, 'width: Number must be greater than or equal to 64'],
	[{ height: 5000 }, 'height: Number must be less than or equal to 4096'],
	[{ seed: '7' }, 'seed: Expected number, received string'],
	[{ batch_count: 9 }, 'batch_count: Number must be less than or equal to 8'],
	[
		{ output_format: 'gif' },
		"output_format: Invalid enum value. Expected 'png' | 'jpeg' | 'webp', received 'gif'",
	],
	[
		{ sample_params: { sample_steps: 0 } },
		'sample_params: sample_steps: Number must be greater than or equal to 1',
	],
	[
		{ sample_params: { guidance: { cfg: 1 } } },
		"sample_params: guidance: Unrecognized key(s) in object: 'cfg'",
	],
	[{ model: 'flux' }, "Unrecognized key(s) in object: 'model'"],
	[{ ref_images: 'aGVsbG8=' }, 'ref_images: Expected array, received string'],
	[{ ref_images: ['aGVsbG8='] }, 'ref_images: holds what is no image as base64'],
	[{ ref_images: ['https://a.example/b.png'] }, 'ref_images: holds what is no image as base64'],
])('refuses a job with %j', async (fields, message) => {
	expect(summary(await submit(fields))).toEqual(invalid(message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a body that is not JSON', async () => {
	const headers = { ...withKey().headers, 'content-type': 'text/plain' };
	expect(summary(await submit({}, { headers }))).toEqual(invalid('Content-Type must be application/json'));
});

test('a failed job has an error', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const failed = (message: string) => ({
		status: 'failed',
		result: null,
		error: { code: 'generation_failed', message },
	});
	expect((await ended(await accepted())).data).toMatchObject(failed('The model failed on this request'));
	expect((await ended(await accepted())).data).toMatchObject(
		failed('generate_image returned empty results'),
	);
});

test('cancels a queued job, but neither a generating nor a completed one', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const [queued, generating] = [await accepted(), await accepted()];
	const cancelled = {
		id: queued,
		status: 'cancelled',
		result: null,
		error: { code: 'cancelled', message: 'job cancelled by client' },
	};
	expect(summary(await cancel(queued))).toMatchObject({ status: 200, data: cancelled });
	expect((await getStatus(queued)).data).toMatchObject(cancelled);
	setClockAhead(60_000);
	expect(summary(await cancel(generating))).toEqual(
		error(409, 'job is currently generating and cannot be interrupted yet'),
	);
	setClockAhead(120_000);
	expect(summary(await cancel(generating))).toMatchObject({ status: 200, data: { status: 'completed' } });
});

test('keeps a job for ten minutes and reports it as expired for ten more', async () => {
	const id = await accepted({ width: 64, height: 64 });
	await ended(id);
	setClockAhead(601_000);
	expect(summary(await getStatus(id))).toEqual(error(410, 'job expired'));
	expect(summary(await cancel(id))).toEqual(error(410, 'job expired'));
	setClockAhead(1_201_000);
	expect(summary(await getStatus(id))).toEqual(error(404, 'job not found'));
});

test('limits active jobs to 64', async () => {
	keepJobsActive(fixture.emulator);
	const answers = await Promise.all(Array.from({ length: 65 }, async () => await submit()));
	expect(answers.filter(({ status }) => status === 202)).toHaveLength(64);
	expect(answers.filter(({ status }) => status !== 202).map(summary)).toEqual([
		error(429, 'job queue is full'),
	]);
});

test('answers 404 for an unknown job and path, and an injected 500 has two texts', async () => {
	expect(summary(await getStatus('job_x'))).toEqual(error(404, 'job not found'));
	expect((await http.post(`${server().baseUrl}/sdcpp/v1/vid_gen`, {}, withKey())).status).toBe(404);
	fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 500 });
	expect(summary(await submit())).toEqual({
		status: 500,
		data: { error: 'server_error', message: 'Internal Server Error' },
	});
});
