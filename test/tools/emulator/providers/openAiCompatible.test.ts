import sharp from 'sharp';
import {
	bearer,
	fetchImage,
	formOf,
	headerOf,
	http,
	like,
	type Parts,
	summary,
	useEmulator,
} from '../support';

const fixture = useEmulator();
const model = 'flux.1-kontext-dev';

const server = () => fixture.emulator.providers.openAiCompatible;
const withKey = () => bearer(fixture.emulator, 'openAiCompatible');
const generate = async (body: object, path = '/images/generations', config: object = withKey()) =>
	await http.post(`${server().baseUrl}${path}`, { model, prompt: 'a red fox', ...body }, config);
const edit = async (parts: Parts, path = '/images/edits') =>
	await http.post(
		`${server().baseUrl}${path}`,
		formOf({ model, prompt: 'make it night', ...parts }),
		withKey(),
	);
const sample = (type = 'image/png') =>
	new Blob([new Uint8Array(fixture.emulator.sampleImage.bytes)], { type });
const error = (
	status: number,
	message: string,
	code = 'invalid_request',
	type = 'invalid_request_error',
) => ({
	status,
	data: { error: { message, type, code } },
});
const imagesOf = ({ data }: { data: unknown }) =>
	(data as { data: Array<{ url: string; b64_json: string }> }).data;

test('the base URL ends in /v1', () => {
	expect(server().baseUrl).toBe(`${fixture.emulator.origin}/openAiCompatible/v1`);
	expect(server().apiKey).toMatch(/^sk-local-[\da-f]{32}$/);
});

test.each([
	['a wrong key', () => ({ authorization: 'Bearer wrong' })],
	['an empty key', () => ({ authorization: 'Bearer ' })],
	['an empty header', () => ({ authorization: '' })],
	['the bare key', () => ({ authorization: server().apiKey })],
])('refuses %s at every endpoint', async (_, headers) => {
	const answers = await Promise.all([
		generate({}, '/images/generations', { headers: headers() }),
		http.get(`${server().baseUrl}/models`, { headers: headers() }),
	]);
	for (const answer of answers)
		expect(summary(answer)).toEqual(
			error(401, 'Incorrect API key provided', 'invalid_api_key', 'authentication_error'),
		);
});

test('accepts a request without a key', async () => {
	const models = {
		status: 200,
		data: { object: 'list', data: [{ id: model, object: 'model', owned_by: 'local' }] },
	};
	expect(summary(await http.get(`${server().baseUrl}/models`, withKey()))).toEqual(models);
	expect(summary(await http.get(`${server().baseUrl}/models`))).toEqual(models);
	expect((await generate({}, '/images/generations', {})).status).toBe(200);
});

test('alternates between the response formats of different servers', async () => {
	const answers = [await generate({}), await generate({}), await generate({})];
	const [first, second, third] = answers
		.map(({ data }) => data as object)
		.sort((a, b) => Object.keys(b).length - Object.keys(a).length);
	expect([first, second]).toContainEqual({
		id: like.matching(/^req_/),
		created: like.number,
		data: [{ url: like.containing(fixture.emulator.filesOrigin) }],
		usage: {},
	});
	expect([first, second]).toContainEqual({
		created: like.number,
		output_format: 'png',
		size: '1024x1024',
		data: [{ b64_json: like.text }],
	});
	expect(third).toEqual({
		created: like.number,
		data: [{ url: like.matching(/^\/openAiCompatible\/v1\/images\/req_[\w-]+\/0\/content$/) }],
	});
	for (const image of answers.flatMap(imagesOf)) {
		const bytes = image.b64_json
			? Buffer.from(image.b64_json, 'base64')
			: await fetchImage(new URL(image.url, fixture.emulator.origin).href);
		expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 });
	}
	expect(headerOf(answers[0] as NonNullable<(typeof answers)[0]>, 'x-request-id')).toBe(
		fixture.emulator.jobs[0]?.id,
	);
});

test('`response_format` selects the form of the response', async () => {
	expect(imagesOf(await generate({ response_format: 'b64_json', n: 2 }))).toEqual([
		{ b64_json: like.text },
		{ b64_json: like.text },
	]);
	expect(imagesOf(await generate({ response_format: 'url' }))).toEqual([
		{ url: like.containing(fixture.emulator.filesOrigin) },
	]);
});

test('an edit is a form with one file named `image` or several named `image[]`', async () => {
	const one = await edit({
		image: sample(),
		seed: '7',
		size: '1248x832',
		output_format: 'jpeg',
		response_format: 'b64_json',
	});
	expect(fixture.emulator.jobs[0]).toMatchObject({
		operation: 'edit',
		seed: 7,
		width: 1248,
		height: 832,
		format: 'jpeg',
	});
	expect(await sharp(Buffer.from(imagesOf(one)[0]?.b64_json ?? '', 'base64')).metadata()).toMatchObject({
		format: 'jpeg',
		width: 1248,
	});
	expect((await edit({ 'image[]': [sample(), sample()] })).status).toBe(200);
});

test('an edit without a size has the size of its input', async () => {
	await edit({ image: sample() });
	expect(fixture.emulator.jobs[0]).toMatchObject({ width: 640, height: 480 });
});

test.each([
	[{ prompt: '' }, 'prompt: String must contain at least 1 character(s)'],
	[{ size: '1024*1024' }, 'size: must be WxH'],
	[{ size: '16:9' }, 'size: must be WxH'],
	[{ n: 11 }, 'n: Number must be less than or equal to 10'],
	[{ n: '1' }, 'n: Expected number, received string'],
	[
		{ output_format: 'gif' },
		"output_format: Invalid enum value. Expected 'png' | 'jpeg' | 'webp', received 'gif'",
	],
	[{ aspect_ratio: '1:1' }, "Unrecognized key(s) in object: 'aspect_ratio'"],
])('refuses a generation with %j', async (fields, message) => {
	expect(summary(await generate(fields))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test.each<[string, () => Parts, string]>([
	['no image', () => ({}), 'image: is required'],
	[
		'two images of the same name',
		() => ({ image: [sample(), sample()] }),
		'image: is one file; several are image[]',
	],
	['another file', () => ({ image: sample(), mask: sample() }), 'mask: is not a known file'],
	['a wrong media type', () => ({ image: sample('image/jpeg') }), 'image: is image/png, not image/jpeg'],
	[
		'a file that is no image',
		() => ({ image: new Blob(['hello'], { type: 'image/png' }) }),
		'image: must be a PNG, JPEG or WebP image',
	],
])('refuses an edit with %s', async (_, parts, message) => {
	expect(summary(await edit(parts()))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('each endpoint refuses the content type of the other', async () => {
	expect(summary(await edit({ image: sample() }, '/images/generations'))).toEqual(
		error(400, 'Content-Type must be application/json'),
	);
	expect(summary(await generate({}, '/images/edits'))).toEqual(
		error(400, 'Content-Type must be multipart/form-data'),
	);
});

test('answers 404 for an unknown model and for an unknown path', async () => {
	expect(summary(await generate({ model: 'dall-e' }))).toEqual(
		error(404, 'The model dall-e does not exist', 'model_not_found'),
	);
	expect((await generate({}, '/images/variations')).status).toBe(404);
	expect((await http.get(`${server().baseUrl}/images/nobody/0/content`)).status).toBe(404);
});

test('alternates between the error formats of different servers', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 3 });
	const text = 'The model failed on this request';
	const answers = [summary(await generate({})), summary(await generate({})), summary(await generate({}))];
	for (const data of [{ error: text }, { error: 'server_error', message: text }, { detail: text }])
		expect(answers).toContainEqual({ status: 500, data });
});

test('refuses a moderated prompt with a code', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	expect(summary(await generate({}))).toEqual(
		error(400, 'The request was rejected by the safety system', 'content_policy_violation'),
	);
});
