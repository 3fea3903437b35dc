import sharp from 'sharp';
import {
	bearer,
	fetchImage,
	formOf,
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

const vtrix = () => fixture.emulator.providers.vtrix;
const withKey = () => bearer(fixture.emulator, 'vtrix');
const post = async (body: unknown) => await http.post(`${vtrix().baseUrl}/v1/generation`, body, withKey());
const submit = async (params: object = {}, model = 'flux_kontext_pro') =>
	await post({ model, input: [{ params: { prompt: 'a fox', ...params } }] });
interface Task {
	id: string;
	status: string;
	output: [{ content: [{ type: string; url: string }] }];
	usage: { cost: string };
}
const getStatus = async (id: string) =>
	await http.get<Task>(`${vtrix().baseUrl}/v1/generation/task/${id}`, withKey());
const ended = async (id: string) =>
	(
		await waitUntil(
			async () => await getStatus(id),
			({ data }) => !['pending', 'in_progress'].includes(data.status),
		)
	).data;
const imageOf = async (id: string) =>
	await sharp(await fetchImage((await ended(id)).output[0].content[0].url)).metadata();
const submitForId = async (params?: object, model?: string): Promise<string> =>
	(await submit(params, model)).data.id;
const base64 = () => fixture.emulator.sampleImage.bytes.toString('base64');
const refused = (message: unknown) => ({ status: 400, data: { message } });

test('the base URL ends in /model like the real one', () => {
	expect(vtrix().baseUrl).toBe(`${fixture.emulator.origin}/vtrix/model`);
	expect(vtrix().apiKey).toMatch(/^vx-[\da-f]{40}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the key under the scheme of another API', () => ({ authorization: `Key ${vtrix().apiKey}` })],
])('refuses %s at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		http.post(`${vtrix().baseUrl}/v1/generation`, {}, { headers: headers() }),
		http.get(`${vtrix().baseUrl}/v1/generation/task/x`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual({ status: 401, data: { message: 'API key is missing or invalid' } });
});

test('a task is pending, in_progress and completed, and its cost is a string', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const submitted = await submit({
		aspect_ratio: '16:9',
		seed: 5,
		output_format: 'png',
		safety_tolerance: 6,
		prompt_upsampling: true,
	});
	const { id } = submitted.data;
	const task = { id: like.matching(/^[\da-z]{20}$/), model: 'flux_kontext_pro', created_at: like.number };
	expect(summary(submitted)).toEqual({
		status: 200,
		data: { ...task, status: 'in_progress', progress: 0 },
	});
	expect(summary(await getStatus(id))).toEqual({ status: 200, data: { ...task, status: 'pending' } });
	setClockAhead(90_000);
	expect((await getStatus(id)).data).toEqual({
		...task,
		status: 'in_progress',
		progress: expect.closeTo(0.5, 1) as number,
	});
	setClockAhead(120_000);
	const url = like.containing(`${fixture.emulator.filesOrigin}/vtrix/${id}/0.png?X-Amz-`);
	expect(await ended(id)).toEqual({
		...task,
		status: 'completed',
		output: [{ content: [{ type: 'image', url }] }],
		usage: { cost: '0.04', discount: 1 },
		metadata: {},
	});
	expect(await imageOf(id)).toMatchObject({ format: 'png', width: 1360, height: 768 });
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'generate', seed: 5 }]);
});

test('max accepts its own options, and the default format is JPEG', async () => {
	const id = await submitForId(
		{ safety_tolerance: 0, steps: 50, guidance_scale: 10, negative_prompt: 'blur' },
		'flux_kontext_max',
	);
	expect((await ended(id)).usage.cost).toBe('0.08');
	expect(await imageOf(id)).toMatchObject({ format: 'jpeg', width: 1024, height: 1024 });
});

test('an edit accepts up to four images as URLs or base64 and keeps the first aspect ratio', async () => {
	const { url } = fixture.emulator.sampleImage;
	const id = await submitForId({
		input_image: base64(),
		input_image_2: url,
		input_image_3: base64(),
		input_image_4: url,
	});
	expect(await imageOf(id)).toMatchObject({ width: 1184, height: 880 });
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'edit' }]);
});

test.each([
	['a data URI', () => `data:image/png;base64,${base64()}`],
	['base64 of something else', () => 'aGVsbG8='],
	['a URL with nothing behind it', () => `${fixture.emulator.filesOrigin}/samples/none.png`],
])('refuses %s as an input image', async (_, image) => {
	expect(summary(await submit({ input_image_2: image() }))).toEqual(
		refused('input_image_2: is neither an image as base64 nor the URL of one'),
	);
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test.each<[object, string, string]>([
	[{ prompt: '' }, 'flux_kontext_pro', 'prompt: String must contain at least 1 character(s)'],
	[{ width: 5 }, 'flux_kontext_pro', "Unrecognized key(s) in object: 'width'"],
	[{ steps: 5 }, 'flux_kontext_pro', "Unrecognized key(s) in object: 'steps'"],
	[
		{ safety_tolerance: 0 },
		'flux_kontext_pro',
		'safety_tolerance: Number must be greater than or equal to 1',
	],
	[{ safety_tolerance: 7 }, 'flux_kontext_max', 'safety_tolerance: Number must be less than or equal to 6'],
	[{ steps: 51 }, 'flux_kontext_max', 'steps: Number must be less than or equal to 50'],
	[
		{ guidance_scale: 0.5 },
		'flux_kontext_max',
		'guidance_scale: Number must be greater than or equal to 1',
	],
	[{ aspect_ratio: '22:9' }, 'flux_kontext_pro', 'aspect_ratio: must be between 21:9 and 9:21'],
	[
		{ output_format: 'webp' },
		'flux_kontext_pro',
		"output_format: Invalid enum value. Expected 'jpeg' | 'png', received 'webp'",
	],
	[{ seed: 1.5 }, 'flux_kontext_pro', 'seed: Expected integer, received float'],
])('refuses %j for the model %s', async (params, model, message) => {
	expect(summary(await submit(params, model))).toEqual(refused(message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a flat body, an unknown model and a body that is not JSON', async () => {
	expect(summary(await post({ model: 'flux_kontext_pro', prompt: 'a fox' }))).toEqual(
		refused("input: Required; Unrecognized key(s) in object: 'prompt'"),
	);
	expect(summary(await submit({}, 'flux_2_pro'))).toEqual({
		status: 404,
		data: { error: 'Model flux_2_pro does not exist' },
	});
	expect(summary(await post(formOf({ model: 'x' })))).toEqual(
		refused('Content-Type must be application/json'),
	);
});

test('answers 404 for an unknown task', async () => {
	expect(summary(await getStatus('nobody'))).toEqual({ status: 404, data: { error: 'task not found' } });
});

test('an error is a string, or an object with its text under one of two names', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const errors = [await ended(await submitForId()), await ended(await submitForId())].map(
		(task) => (task as unknown as { error: unknown }).error,
	);
	expect(errors).toContainEqual('The model failed on this request');
	expect(errors).toContainEqual({ code: '002014001', message: 'The model failed on this request' });
	expect(await ended(await submitForId())).toMatchObject({
		status: 'failed',
		error: { code: 400, error_message: 'The request was flagged by the content policy' },
	});
});

test('accepts null as the seed', async () => {
	keepJobsActive(fixture.emulator);
	expect((await submit({ seed: null })).status).toBe(200);
});
