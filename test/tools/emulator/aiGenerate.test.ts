import sharp from 'sharp';
import {
	aheadBy,
	bearer,
	drawNothing,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	slow,
	summary,
	until,
	useEmulator,
} from './support';

const held = useEmulator();

const slug = 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k';
const api = () => held.emulator.providers.aiGenerate;
const keyed = () => bearer(held.emulator, 'aiGenerate');
const post = async (path: string, body: unknown) =>
	await http.post(`${api().baseUrl}/api/v1${path}`, body, keyed());
const generate = async (body: object) => await post('/flux/kontext/generate', { prompt: 'a fox', ...body });
const create = async (input: object = {}, more: object = {}) =>
	await post('/jobs/createTask', { model: slug, input: { prompt: 'a fox', ...input }, ...more });

interface Told {
	code: number;
	data: {
		taskId: string;
		successFlag: number;
		errorMessage: string;
		response: { resultImageUrl: string } | null;
		state: string;
		resultJson: string | null;
	};
}
const get = async (path: string, headers = keyed()) =>
	await http.get<Told>(`${api().baseUrl}/api/v1${path}`, headers);
const kontextRecord = async (id: string) => await get(`/flux/kontext/record-info?taskId=${id}`);
const taskRecord = async (id: string) => await get(`/jobs/recordInfo?taskId=${id}`);
const idOf = ({ data }: { data: unknown }): string => (data as Told).data.taskId;
const kontextEnd = async (id: string) =>
	(
		await until(
			async () => await kontextRecord(id),
			({ data }) => data.data.successFlag !== 0,
		)
	).data.data;
const taskEnd = async (id: string) =>
	(
		await until(
			async () => await taskRecord(id),
			({ data }) => !['queuing', 'generating'].includes(data.data.state),
		)
	).data.data;
const refused = (code: number, msg: unknown, status = 200) => ({ status, data: { code, msg, data: null } });

test('the base URL is the origin, and the key begins with sk-aig-', () => {
	expect(api().baseUrl).toBe(`${held.emulator.origin}/aiGenerate`);
	expect(api().apiKey).toMatch(/^sk-aig-[\da-f]{40}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
])('%s is refused at every endpoint', async (_, headers) => {
	const [with_, base] = [{ headers: headers() }, `${api().baseUrl}/api/v1`];
	const answers = await Promise.all([
		http.post(`${base}/flux/kontext/generate`, { prompt: 'a' }, with_),
		http.post(`${base}/jobs/createTask`, { model: slug, input: { prompt: 'a' } }, with_),
		http.get(`${base}/flux/kontext/record-info?taskId=x`, with_),
		http.get(`${base}/jobs/recordInfo?taskId=x`, with_),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(refused(401, 'You do not have access permissions', 401));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('a Kontext task goes from 0 to 1, and its credits are told in a header', async () => {
	Object.assign(held.emulator.timing, slow);
	const submitted = await generate({ model: 'flux-kontext-max', aspectRatio: '4:3', outputFormat: 'png' });
	expect(summary(submitted)).toEqual({
		status: 200,
		data: { code: 200, data: { taskId: like.matching(/^[\da-f]{32}$/) } },
	});
	expect(headerOf(submitted, 'x-ai-credits-charged')).toBe('10');
	const id = idOf(submitted);
	expect((await kontextRecord(id)).data).toMatchObject({
		code: 200,
		msg: 'success',
		data: { taskId: id, successFlag: 0, errorMessage: '', response: null },
	});
	aheadBy(120_000);
	const { response } = await kontextEnd(id);
	const url = response?.resultImageUrl ?? '';
	expect(url).toContain(`${held.emulator.filesOrigin}/aiGenerate/${id}/0.png?X-Amz-`);
	expect(await sharp(await fetchImage(url)).metadata()).toMatchObject({
		format: 'png',
		width: 1184,
		height: 880,
	});
});

test('what is not said is a JPEG in 16:9 from Kontext pro', async () => {
	const submitted = await generate({});
	expect(headerOf(submitted, 'x-ai-credits-charged')).toBe('5');
	const { response } = await kontextEnd(idOf(submitted));
	expect(await sharp(await fetchImage(response?.resultImageUrl ?? '')).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1360,
		height: 768,
	});
});

test('an edit takes the URL of an image, and keeps its shape', async () => {
	const { url } = held.emulator.sampleImage;
	const { response } = await kontextEnd(idOf(await generate({ inputImage: url, safetyTolerance: 2 })));
	expect(await sharp(await fetchImage(response?.resultImageUrl ?? '')).metadata()).toMatchObject({
		width: 1184,
		height: 880,
	});
	expect(held.emulator.jobs).toMatchObject([{ operation: 'edit', model: 'flux-kontext-pro' }]);
});

test('a task of a slug goes queuing, generating, success; its links are JSON in a text', async () => {
	Object.assign(held.emulator.timing, slow);
	const submitted = await create();
	expect(summary(submitted)).toEqual({
		status: 200,
		data: { code: 200, msg: 'success', data: { taskId: like.text } },
	});
	const id = idOf(submitted);
	expect((await taskRecord(id)).data.data).toMatchObject({
		state: 'queuing',
		resultJson: null,
		model: slug,
	});
	aheadBy(60_000);
	expect((await taskRecord(id)).data.data.state).toBe('generating');
	aheadBy(120_000);
	const { resultJson } = await taskEnd(id);
	const { resultUrls } = JSON.parse(resultJson ?? '') as { resultUrls: [string] };
	expect(await sharp(await fetchImage(resultUrls[0])).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1024,
		height: 1024,
	});
});

test('a slug may be given images, a ratio and a resolution', async () => {
	const { url } = held.emulator.sampleImage;
	const { resultJson } = await taskEnd(
		idOf(await create({ input_urls: [url, url], aspect_ratio: '16:9', resolution: '1K' })),
	);
	const { resultUrls } = JSON.parse(resultJson ?? '') as { resultUrls: [string] };
	expect(await sharp(await fetchImage(resultUrls[0])).metadata()).toMatchObject({
		width: 1360,
		height: 768,
	});
});

test.each<[object, unknown]>([
	[{ prompt: '' }, like.containing('prompt: ')],
	[{ width: 5 }, "Unrecognized key(s) in object: 'width'"],
	[{ seed: 5 }, "Unrecognized key(s) in object: 'seed'"],
	[{ model: 'flux-kontext-dev' }, like.containing('model: Invalid enum value')],
	[{ aspectRatio: '3:2' }, like.containing('aspectRatio: Invalid enum value')],
	[{ outputFormat: 'webp' }, like.containing('outputFormat: Invalid enum value')],
	[{ safetyTolerance: 7 }, like.containing('safetyTolerance: ')],
	[
		{ safetyTolerance: 3, inputImage: 'https://example.com/a.png' },
		'safetyTolerance: must be 0 to 2 with an input image',
	],
	[{ inputImage: 'aGVsbG8=' }, 'inputImage: must be the URL of an image'],
	[{ inputImage: 'data:image/png;base64,aGVsbG8=' }, 'inputImage: must be the URL of an image'],
	[{ promptUpsampling: 'yes' }, like.containing('promptUpsampling: ')],
])('%j is refused with 200 and the code 422', async (body, message) => {
	expect(summary(await generate(body))).toEqual(refused(422, message));
	expect(held.emulator.jobs).toHaveLength(0);
});

test.each<[object, object]>([
	[{ width: 5 }, {}],
	[{ input_urls: [] }, {}],
	[{ input_urls: ['aGVsbG8='] }, {}],
	[{ aspect_ratio: '5:1' }, {}],
	[{}, { model: 'A Model' }],
	[{}, { seed: 1 }],
])('a task of %j and %j is refused', async (input, more) => {
	expect(summary(await create(input, more))).toEqual(refused(422, like.text));
	expect(held.emulator.jobs).toHaveLength(0);
});

test('an image that cannot be had is the code 451', async () => {
	const inputImage = `${held.emulator.filesOrigin}/samples/none.png`;
	expect(summary(await generate({ inputImage }))).toEqual(refused(451, 'Failed to fetch the image', 451));
});

test('anything but JSON is refused', async () => {
	const answer = await http.post(
		`${api().baseUrl}/api/v1/flux/kontext/generate`,
		formOf({ prompt: 'a' }),
		keyed(),
	);
	expect(summary(answer)).toEqual(refused(422, 'Content-Type must be application/json'));
});

test('an unknown task is the code 404, and so is a slug at the path of Kontext', async () => {
	drawNothing(held.emulator);
	const missing = refused(404, 'The task does not exist');
	const id = idOf(await create());
	expect(
		[await kontextRecord('nobody'), await taskRecord('nobody'), await kontextRecord(id)].map(summary),
	).toEqual([missing, missing, missing]);
	expect(summary(await get('/jobs/recordInfo'))).toEqual(refused(422, 'taskId is required'));
	expect(summary(await get('/veo/generate'))).toEqual(refused(404, 'Not Found'));
});

test('a job may fail with either number, and may be moderated', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	held.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
	const failed = [await kontextEnd(idOf(await generate({}))), await kontextEnd(idOf(await generate({})))];
	expect(failed.map(({ successFlag }) => successFlag).sort()).toEqual([2, 3]);
	expect(failed[0]).toMatchObject({
		errorCode: 500,
		errorMessage: 'The model failed on this request',
		response: null,
	});
	expect(await kontextEnd(idOf(await generate({})))).toMatchObject({
		successFlag: 3,
		errorCode: 400,
		errorMessage: 'The image we created may violate our content policies.',
	});
	expect(await taskEnd(idOf(await create()))).toMatchObject({
		state: 'fail',
		failCode: '400',
		failMsg: 'The image we created may violate our content policies.',
	});
});

test('more than 20 generations in ten seconds are too many, whatever their path', async () => {
	drawNothing(held.emulator);
	for (let count = 0; count < 10; count += 1)
		expect([(await generate({})).status, (await create()).status]).toEqual([200, 200]);
	const tooMany = refused(429, 'Too many requests', 429);
	expect([summary(await generate({})), summary(await create())]).toEqual([tooMany, tooMany]);
	expect(held.emulator.jobs).toHaveLength(20);
	aheadBy(10_001);
	expect((await generate({})).status).toBe(200);
});
