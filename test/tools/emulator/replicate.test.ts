import sharp from 'sharp';
import {
	aheadBy,
	bearer,
	drawNothing,
	fetchImage,
	formOf,
	http,
	like,
	slow,
	summary,
	until,
	useEmulator,
} from './support';

interface Prediction {
	id: string;
	status: string;
	output: string | string[] | null;
	error: string | null;
	data_removed: boolean;
}

const held = useEmulator();
const owner = 'black-forest-labs';

const api = () => held.emulator.providers.replicate;
const keyed = () => bearer(held.emulator, 'replicate');
const create = async (input: unknown, model = 'flux-kontext-pro', more: object = {}, prefer?: string) =>
	await http.post(
		`${api().baseUrl}/models/${owner}/${model}/predictions`,
		{ input, ...more },
		{ headers: { ...keyed().headers, ...(prefer && { prefer }) } },
	);
const get = async (id: string) => await http.get<Prediction>(`${api().baseUrl}/predictions/${id}`, keyed());
const cancel = async (id: string) =>
	await http.post(`${api().baseUrl}/predictions/${id}/cancel`, undefined, keyed());
const ended = async (id: string) =>
	await until(
		async () => await get(id),
		({ data }) => !['starting', 'processing'].includes(data.status),
	);
const accepted = async (input: object = {}, model?: string): Promise<string> =>
	(await create({ prompt: 'a fox', ...input }, model)).data.id;
const imageOf = ({ output }: Prediction): string => [output].flat()[0] ?? '';
const image = () => held.emulator.sampleImage.url;
const missing = {
	status: 404,
	data: { title: 'Not Found', detail: 'The requested resource could not be found.', status: 404 },
};

test('the base URL ends in /v1, as the real one, and the key begins with r8_', () => {
	expect(api().baseUrl).toBe(`${held.emulator.origin}/replicate/v1`);
	expect(api().apiKey).toMatch(/^r8_[\w-]+$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the old scheme', () => ({ authorization: `Token ${api().apiKey}` })],
])('%s is refused at every endpoint', async (_, headers) => {
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

test('a prompt becomes an image: 202, starting, processing, succeeded', async () => {
	Object.assign(held.emulator.timing, slow);
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
	const at = `${api().baseUrl}/predictions/${id}`;
	const same = {
		id,
		model: `${owner}/flux-kontext-pro`,
		version: 'hidden',
		input,
		error: null,
		logs: '',
		source: 'api',
		created_at: like.text,
		urls: { get: at, cancel: `${at}/cancel`, web: `https://replicate.com/p/${id}` },
		data_removed: false,
	};
	const open = { ...same, output: null, completed_at: null, metrics: {} };
	expect(summary(submitted)).toEqual({
		status: 202,
		data: { ...open, status: 'starting', started_at: null },
	});
	aheadBy(60_000);
	expect(summary(await get(id))).toEqual({
		status: 200,
		data: { ...open, status: 'processing', started_at: like.text },
	});
	aheadBy(120_000);
	const { data } = await ended(id);
	expect(data).toEqual({
		...same,
		status: 'succeeded',
		output: data.output,
		started_at: like.text,
		completed_at: like.text,
		metrics: { predict_time: 60, total_time: 120 },
	});
	expect(imageOf(data)).toContain(`${held.emulator.filesOrigin}/replicate/${id}/0.jpeg?X-Amz-`);
	expect(await sharp(await fetchImage(imageOf(data))).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1248,
		height: 832,
	});
});

test('the output is one address or a list of them', async () => {
	const outputs = [
		(await ended(await accepted())).data.output,
		(await ended(await accepted())).data.output,
	];
	expect(outputs.map((output) => Array.isArray(output)).sort()).toEqual([false, true]);
});

test('who prefers to wait is answered with the image, 201, or after that time with 202', async () => {
	expect(await create({ prompt: 'a fox' }, undefined, {}, 'wait')).toMatchObject({
		status: 201,
		data: { status: 'succeeded' },
	});
	held.emulator.timing.runMs = 60_000;
	const before = Date.now();
	expect(await create({ prompt: 'a fox' }, undefined, {}, 'wait=1')).toMatchObject({
		status: 202,
		data: { status: 'processing' },
	});
	expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
	for (const prefer of ['wait=0', 'wait=61', 'wait=', 'later'])
		expect(await create({ prompt: 'a fox' }, undefined, {}, prefer)).toMatchObject({ status: 422 });
});

test('an edit takes its shape from the image, an address or a data URI', async () => {
	const uri = `data:image/png;base64,${held.emulator.sampleImage.bytes.toString('base64')}`;
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

test('dev takes its own options, and makes a WebP', async () => {
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

test('a value that there is not is refused in the documented words', async () => {
	const answer = await create({ prompt: 'a', output_format: 'jpeg' });
	const description = "Invalid enum value. Expected 'jpg' | 'png', received 'jpeg'";
	expect(summary(answer)).toEqual({
		status: 422,
		data: {
			detail: `- input.output_format: ${description}\n`,
			status: 422,
			title: 'Input validation failed',
			invalid_fields: [{ type: 'enum', field: 'input.output_format', description }],
		},
	});
	expect(held.emulator.jobs).toHaveLength(0);
});

test.each<[string, string, () => unknown, object, string]>([
	['no prompt', 'flux-kontext-pro', () => ({}), {}, 'input.prompt'],
	['no input', 'flux-kontext-pro', () => undefined, {}, 'input'],
	['a version', 'flux-kontext-pro', () => ({ prompt: 'a' }), { version: 'x' }, ''],
	['an unknown input', 'flux-kontext-pro', () => ({ prompt: 'a', image: image() }), {}, 'input'],
	['steps of pro', 'flux-kontext-pro', () => ({ prompt: 'a', num_inference_steps: 4 }), {}, 'input'],
	[
		'bare base64',
		'flux-kontext-pro',
		() => ({ prompt: 'a', input_image: 'aGVsbG8=' }),
		{},
		'input.input_image',
	],
	[
		'more tolerance than an image may have',
		'flux-kontext-pro',
		() => ({ prompt: 'a', input_image: image(), safety_tolerance: 3 }),
		{},
		'input.safety_tolerance',
	],
	[
		'a tolerance as text',
		'flux-kontext-max',
		() => ({ prompt: 'a', safety_tolerance: '2' }),
		{},
		'input.safety_tolerance',
	],
	[
		'an unknown ratio',
		'flux-kontext-max',
		() => ({ prompt: 'a', aspect_ratio: '7:3' }),
		{},
		'input.aspect_ratio',
	],
	['dev without an image', 'flux-kontext-dev', () => ({ prompt: 'a' }), {}, 'input.input_image'],
	[
		'too few steps',
		'flux-kontext-dev',
		() => ({ prompt: 'a', input_image: image(), num_inference_steps: 3 }),
		{},
		'input.num_inference_steps',
	],
	[
		'too much guidance',
		'flux-kontext-dev',
		() => ({ prompt: 'a', input_image: image(), guidance: 10.5 }),
		{},
		'input.guidance',
	],
])('%s is refused', async (_, model, input, more, field) => {
	expect(await create(input(), model, more)).toMatchObject({
		status: 422,
		data: { title: 'Input validation failed', invalid_fields: [{ field }] },
	});
	expect(held.emulator.jobs).toHaveLength(0);
});

test('anything but JSON is refused', async () => {
	const answer = await http.post(
		`${api().baseUrl}/models/${owner}/flux-kontext-pro/predictions`,
		formOf({ input: 'x' }),
		keyed(),
	);
	expect(answer).toMatchObject({
		status: 422,
		data: { detail: '- : Content-Type must be application/json\n' },
	});
});

test('a job may fail, be moderated or have an input that is no image', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail' });
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	const [failing, moderated] = [await accepted(), await accepted()];
	const unreadable = await accepted({ input_image: `${held.emulator.filesOrigin}/samples/none.png` });
	expect((await ended(failing)).data).toMatchObject({
		status: 'failed',
		output: null,
		error: 'The model failed on this request',
	});
	expect((await ended(moderated)).data).toMatchObject({
		status: 'failed',
		error: `The input or output was flagged as sensitive. Please try again with different inputs. (E005) (${moderated})`,
	});
	expect((await ended(unreadable)).data).toMatchObject({
		status: 'failed',
		error: 'The input image could not be read',
	});
});

test('a job is cancelled while it is active, and not afterwards', async () => {
	held.emulator.timing.runMs = 60_000;
	const active = await accepted();
	expect(await cancel(active)).toMatchObject({ status: 200, data: { id: active, status: 'canceled' } });
	expect((await get(active)).data).toMatchObject({ status: 'canceled', output: null, error: null });
	held.emulator.timing.runMs = 0;
	const quick = await accepted();
	await ended(quick);
	expect(await cancel(quick)).toMatchObject({ status: 200, data: { status: 'succeeded' } });
});

test('after an hour the output is removed', async () => {
	const id = await accepted();
	await ended(id);
	aheadBy(3_601_000);
	expect((await get(id)).data).toMatchObject({
		status: 'succeeded',
		input: {},
		output: null,
		data_removed: true,
	});
});

test('another model, an unknown job and an unknown path are not found', async () => {
	expect(summary(await create({ prompt: 'a' }, 'flux-dev'))).toEqual(missing);
	expect(summary(await get('nobody'))).toEqual(missing);
	expect(summary(await cancel('nobody'))).toEqual(missing);
	expect(summary(await http.get(`${api().baseUrl}/models`, keyed()))).toMatchObject({ status: 404 });
});

test('more than 600 predictions in a minute are throttled', async () => {
	drawNothing(held.emulator);
	const answers = await Promise.all(Array.from({ length: 601 }, async () => await create({})));
	expect(answers.filter(({ status }) => status === 422)).toHaveLength(600);
	const detail = 'Request was throttled. Your rate limit resets in ~30s.';
	expect(answers.filter(({ status }) => status === 429).map(summary)).toEqual([
		{ status: 429, data: { detail } },
	]);
});

test('a good key is shown the account', async () => {
	expect(summary(await http.get(`${api().baseUrl}/account`, keyed()))).toEqual({
		status: 200,
		data: { type: 'user', username: 'emulator', name: 'Emulator', github_url: null, avatar_url: null },
	});
});

test('an aborted job, which no request brings about, can be injected', async () => {
	const id = await accepted();
	const body = { id, status: 'aborted', output: null, error: null };
	held.emulator.inject({ provider: 'replicate', stage: 'status', kind: 'status', status: 200, body });
	expect(summary(await get(id))).toEqual({ status: 200, data: body });
});
