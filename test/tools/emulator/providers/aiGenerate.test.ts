import sharp from 'sharp';
import {
	bearer,
	fetchImage,
	formOf,
	headerOf,
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

const slug = 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k';
const api = () => fixture.emulator.providers.aiGenerate;
const withKey = () => bearer(fixture.emulator, 'aiGenerate');
const post = async (path: string, body: unknown) =>
	await http.post(`${api().baseUrl}/api/v1${path}`, body, withKey());
const generate = async (body: object) => await post('/flux/kontext/generate', { prompt: 'a fox', ...body });
const create = async (input: object = {}, more: object = {}) =>
	await post('/jobs/createTask', { model: slug, input: { prompt: 'a fox', ...input }, ...more });

interface RecordBody {
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
const get = async (path: string, headers = withKey()) =>
	await http.get<RecordBody>(`${api().baseUrl}/api/v1${path}`, headers);
const kontextRecord = async (id: string) => await get(`/flux/kontext/record-info?taskId=${id}`);
const taskRecord = async (id: string) => await get(`/jobs/recordInfo?taskId=${id}`);
const idOf = ({ data }: { data: unknown }): string => (data as RecordBody).data.taskId;
const endedKontextRecord = async (id: string) =>
	(
		await waitUntil(
			async () => await kontextRecord(id),
			({ data }) => data.data.successFlag !== 0,
		)
	).data.data;
const endedTaskRecord = async (id: string) =>
	(
		await waitUntil(
			async () => await taskRecord(id),
			({ data }) => !['queuing', 'generating'].includes(data.data.state),
		)
	).data.data;
const refused = (code: number, msg: unknown, status = 200) => ({ status, data: { code, msg, data: null } });

test("the base URL has no path beyond the provider's, and the key begins with sk-aig-", () => {
	expect(api().baseUrl).toBe(`${fixture.emulator.origin}/aiGenerate`);
	expect(api().apiKey).toMatch(/^sk-aig-[\da-f]{40}$/);
});

test.each([
	['no key', () => ({})],
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['the bare key', () => ({ authorization: api().apiKey })],
])('refuses %s at every endpoint', async (_, headers) => {
	const config = { headers: headers() };
	const base = `${api().baseUrl}/api/v1`;
	const answers = await Promise.all([
		http.post(`${base}/flux/kontext/generate`, { prompt: 'a' }, config),
		http.post(`${base}/jobs/createTask`, { model: slug, input: { prompt: 'a' } }, config),
		http.get(`${base}/flux/kontext/record-info?taskId=x`, config),
		http.get(`${base}/jobs/recordInfo?taskId=x`, config),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(refused(401, 'You do not have access permissions', 401));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('the flag of a Kontext task goes from 0 to 1, and a header reports the credits', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
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
	setClockAhead(120_000);
	const { response } = await endedKontextRecord(id);
	const url = response?.resultImageUrl ?? '';
	expect(url).toContain(`${fixture.emulator.filesOrigin}/aiGenerate/${id}/0.png?X-Amz-`);
	expect(await sharp(await fetchImage(url)).metadata()).toMatchObject({
		format: 'png',
		width: 1184,
		height: 880,
	});
});

test('the defaults are Kontext pro, 16:9 and JPEG', async () => {
	const submitted = await generate({});
	expect(headerOf(submitted, 'x-ai-credits-charged')).toBe('5');
	const { response } = await endedKontextRecord(idOf(submitted));
	expect(await sharp(await fetchImage(response?.resultImageUrl ?? '')).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1360,
		height: 768,
	});
});

test('an edit accepts the URL of an image and keeps its aspect ratio', async () => {
	const { url } = fixture.emulator.sampleImage;
	const { response } = await endedKontextRecord(
		idOf(await generate({ inputImage: url, safetyTolerance: 2 })),
	);
	expect(await sharp(await fetchImage(response?.resultImageUrl ?? '')).metadata()).toMatchObject({
		width: 1184,
		height: 880,
	});
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'edit', model: 'flux-kontext-pro' }]);
});

test('a task of a slug is queuing, generating and success, and its links are JSON in a string', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
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
	setClockAhead(60_000);
	expect((await taskRecord(id)).data.data.state).toBe('generating');
	setClockAhead(120_000);
	const { resultJson } = await endedTaskRecord(id);
	const { resultUrls } = JSON.parse(resultJson ?? '') as { resultUrls: [string] };
	expect(await sharp(await fetchImage(resultUrls[0])).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1024,
		height: 1024,
	});
});

test('a task of a slug accepts images, an aspect ratio and a resolution', async () => {
	const { url } = fixture.emulator.sampleImage;
	const { resultJson } = await endedTaskRecord(
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
])('refuses %j with the HTTP status 200 and the code 422', async (body, message) => {
	expect(summary(await generate(body))).toEqual(refused(422, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test.each<[object, object]>([
	[{ width: 5 }, {}],
	[{ input_urls: [] }, {}],
	[{ input_urls: ['aGVsbG8='] }, {}],
	[{ aspect_ratio: '5:1' }, {}],
	[{}, { model: 'A Model' }],
	[{}, { seed: 1 }],
])('refuses a task with the input %j and the fields %j', async (input, more) => {
	expect(summary(await create(input, more))).toEqual(refused(422, like.text));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('answers the code 451 for an image that cannot be fetched', async () => {
	const inputImage = `${fixture.emulator.filesOrigin}/samples/none.png`;
	expect(summary(await generate({ inputImage }))).toEqual(refused(451, 'Failed to fetch the image', 451));
});

test('refuses a body that is not JSON', async () => {
	const answer = await http.post(
		`${api().baseUrl}/api/v1/flux/kontext/generate`,
		formOf({ prompt: 'a' }),
		withKey(),
	);
	expect(summary(answer)).toEqual(refused(422, 'Content-Type must be application/json'));
});

test('answers the code 404 for an unknown task and for a task of a slug at the Kontext path', async () => {
	keepJobsActive(fixture.emulator);
	const missing = refused(404, 'The task does not exist');
	const id = idOf(await create());
	expect(
		[await kontextRecord('nobody'), await taskRecord('nobody'), await kontextRecord(id)].map(summary),
	).toEqual([missing, missing, missing]);
	expect(summary(await get('/jobs/recordInfo'))).toEqual(refused(422, 'taskId is required'));
	expect(summary(await get('/veo/generate'))).toEqual(refused(404, 'Not Found'));
});

test('a task fails with one of two flags, or is moderated', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
	fixture.emulator.inject({ stage: 'job', kind: 'moderate', times: 2 });
	const failed = [
		await endedKontextRecord(idOf(await generate({}))),
		await endedKontextRecord(idOf(await generate({}))),
	];
	expect(failed.map(({ successFlag }) => successFlag).sort()).toEqual([2, 3]);
	expect(failed[0]).toMatchObject({
		errorCode: 500,
		errorMessage: 'The model failed on this request',
		response: null,
	});
	expect(await endedKontextRecord(idOf(await generate({})))).toMatchObject({
		successFlag: 3,
		errorCode: 400,
		errorMessage: 'The image we created may violate our content policies.',
	});
	expect(await endedTaskRecord(idOf(await create()))).toMatchObject({
		state: 'fail',
		failCode: '400',
		failMsg: 'The image we created may violate our content policies.',
	});
});

test('limits generations to 20 in ten seconds over both paths', async () => {
	keepJobsActive(fixture.emulator);
	for (let count = 0; count < 10; count += 1)
		expect([(await generate({})).status, (await create()).status]).toEqual([200, 200]);
	const tooMany = refused(429, 'Too many requests', 429);
	expect([summary(await generate({})), summary(await create())]).toEqual([tooMany, tooMany]);
	expect(fixture.emulator.jobs).toHaveLength(20);
	setClockAhead(10_001);
	expect((await generate({})).status).toBe(200);
});
