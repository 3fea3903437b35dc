import { once } from 'node:events';
import type { Readable } from 'node:stream';
import sharp from 'sharp';
import type { Fault } from '../../../tools/emulator/index';
import { readImage } from '../../../tools/emulator/picture';
import {
	bearer,
	errorCodeOf,
	fetchImage,
	headerOf,
	http,
	like,
	pause,
	useEmulator,
	waitUntil,
} from './support';

const fixture = useEmulator();

const base = () => fixture.emulator.providers.blackForestLabs.baseUrl;
const withKey = () => ({ headers: { 'x-key': fixture.emulator.providers.blackForestLabs.apiKey } });
const submit = async (prompt = 'a fox') =>
	await http.post(`${base()}/v1/flux-kontext-pro`, { prompt, output_format: 'jpeg' }, withKey());
const status = async (id = 'x') => await http.get(`${base()}/v1/get_result?id=${id}`, withKey());
const credits = async () => await http.get(`${base()}/v1/credits`, withKey());
const inject = (fault: Fault) => fixture.emulator.inject(fault);
const record = (index: number) => fixture.emulator.requests.at(index);

async function finishedJob(): Promise<{ id: string; url: string }> {
	const { id } = (await submit()).data;
	const { data } = await waitUntil(
		async () => await status(id),
		(answer) => answer.data.status === 'Ready',
	);
	return { id, url: data.result.sample };
}

test('status: sends the given response, so that no job is accepted', async () => {
	const body = { detail: 'slow down' };
	inject({ stage: 'submit', kind: 'status', status: 429, headers: { 'retry-after': '2' }, body });
	const answer = await submit();
	expect(answer.status).toBe(429);
	expect(headerOf(answer, 'retry-after')).toBe('2');
	expect(answer.data).toEqual(body);
	expect(fixture.emulator.jobs).toHaveLength(0);
	expect(record(0)).toMatchObject({ status: 429, body: { prompt: 'a fox' } });
	expect((await submit()).status).toBe(200);
});

test("status: sends a text body as it is, and the provider's error body by default", async () => {
	inject({ stage: 'credentialTest', kind: 'status', status: 502, body: 'Bad gateway' });
	inject({ stage: 'credentialTest', kind: 'status', status: 402 });
	const text = await credits();
	expect([text.status, text.data, headerOf(text, 'content-type')]).toEqual([
		502,
		'Bad gateway',
		'text/plain',
	]);
	const own = await credits();
	expect([own.status, own.data]).toEqual([402, { detail: 'Payment Required' }]);
});

test('redirect: redirects to the given location instead of running the handler', async () => {
	inject({ stage: 'submit', kind: 'redirect', location: 'http://127.0.0.1:9/' });
	const answer = await submit();
	expect([answer.status, headerOf(answer, 'location')]).toEqual([302, 'http://127.0.0.1:9/']);
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('reset: breaks the connection before the handler runs, so that nothing is billed', async () => {
	inject({ stage: 'submit', kind: 'reset' });
	expect(await errorCodeOf(submit())).toBe('ECONNRESET');
	expect(fixture.emulator.jobs).toHaveLength(0);
	expect(record(0)).toMatchObject({ stage: 'submit', status: 0, body: null });
});

test('lostAnswer: accepts and bills the job, then breaks the connection without a response', async () => {
	inject({ stage: 'submit', kind: 'lostAnswer' });
	expect(await errorCodeOf(submit())).toBe('ECONNRESET');
	expect(fixture.emulator.jobs).toMatchObject([{ prompt: 'a fox' }]);
	expect(record(0)).toMatchObject({
		stage: 'submit',
		status: 0,
		body: { prompt: 'a fox', output_format: 'jpeg' },
	});
});

test('hang: accepts the job and never responds', async () => {
	inject({ stage: 'submit', kind: 'hang' });
	const answer = http.post(
		`${base()}/v1/flux-kontext-pro`,
		{ prompt: 'a' },
		{ ...withKey(), timeout: 200 },
	);
	expect(await errorCodeOf(answer)).toBe('ECONNABORTED');
	await waitUntil(
		() => fixture.emulator.jobs.length,
		(count) => count === 1,
	);
	expect(record(0)?.status).toBe(0);
});

test('stall: sends the first half of the body and then nothing', async () => {
	const { url } = await finishedJob();
	inject({ stage: 'download', kind: 'stall' });
	const answer = await http.get<Readable>(url, { responseType: 'stream' });
	expect(answer.status).toBe(200);
	const received: Buffer[] = [];
	answer.data.on('data', (chunk: Buffer) => received.push(chunk));
	const half = Number(headerOf(answer, 'content-length')) >> 1;
	await waitUntil(
		() => Buffer.concat(received).length,
		(length) => length === half,
	);
	await pause(100);
	expect(Buffer.concat(received)).toHaveLength(half);
	expect(answer.data.readableEnded).toBe(false);
	answer.data.destroy();
});

test('truncate: declares the full length, sends the first half and closes the connection', async () => {
	const { url } = await finishedJob();
	inject({ stage: 'download', kind: 'truncate' });
	const answer = await http.get<Readable>(url, { responseType: 'stream' });
	const received: Buffer[] = [];
	answer.data.on('data', (chunk: Buffer) => received.push(chunk));
	const [error] = (await once(answer.data, 'error')) as [NodeJS.ErrnoException];
	expect(error.code).toBe('ECONNRESET');
	expect(Buffer.concat(received)).toHaveLength(Number(headerOf(answer, 'content-length')) >> 1);
});

test('truncate and stall also apply to JSON responses', async () => {
	inject({ stage: 'status', kind: 'truncate' });
	inject({ stage: 'status', kind: 'stall' });
	expect(await errorCodeOf(status())).toBe('ERR_BAD_RESPONSE');
	expect(await errorCodeOf(http.get(`${base()}/v1/get_result?id=x`, { ...withKey(), timeout: 150 }))).toBe(
		'ECONNABORTED',
	);
});

test('html: accepts the job and responds with an HTML page and the status 200', async () => {
	inject({ stage: 'submit', kind: 'html' });
	const answer = await submit();
	expect([answer.status, headerOf(answer, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
	expect(answer.data).toContain('<!DOCTYPE html>');
	expect(fixture.emulator.jobs).toHaveLength(1);
});

test('empty: responds with the status 200 and no body', async () => {
	inject({ stage: 'status', kind: 'empty' });
	const answer = await status();
	expect([answer.status, answer.data, headerOf(answer, 'content-length')]).toEqual([200, '', '0']);
});

test('unknownStatus: reports an active job with an undocumented status, at every provider', async () => {
	const { baseUrl } = fixture.emulator.providers.theRouter;
	const router = bearer(fixture.emulator, 'theRouter');
	const runpod = bearer(fixture.emulator, 'runpod');
	const endpoint = `${fixture.emulator.providers.runpod.baseUrl}/black-forest-labs-flux-1-kontext-dev`;
	const { id } = await finishedJob();
	const model = 'black-forest-labs/flux-kontext-dev';
	const routed = await http.post(
		`${baseUrl}/v1/images/generations?async=true`,
		{ model, prompt: 'a' },
		router,
	);
	const input = { prompt: 'a', image: fixture.emulator.sampleImage.url };
	const ran = await http.post(`${endpoint}/run`, { input }, runpod);
	inject({ stage: 'status', kind: 'unknownStatus', times: 3 });
	expect((await status(id)).data).toMatchObject({ id, status: 'Dreaming', result: null });
	const { data } = routed;
	expect((await http.get(data.polling_url, router)).data).toEqual({
		id: data.id,
		status: 'daydreaming',
		model,
		created_at: data.created_at,
		expires_at: data.expires_at,
	});
	expect((await http.get(`${endpoint}/status/${ran.data.id}`, runpod)).data).toEqual({
		id: ran.data.id,
		status: 'DAYDREAMING',
	});
	expect((await status(id)).data.status).toBe('Ready');
});

test('expired: responds as the storage does to an expired link', async () => {
	const { url } = await finishedJob();
	inject({ stage: 'download', kind: 'expired' });
	const answer = await http.get(url);
	expect([answer.status, answer.data]).toEqual([403, like.containing('<Code>AuthenticationFailed</Code>')]);
	expect((await http.get(url)).status).toBe(200);
});

test('notAnImage: serves an HTML page at the URL of an image', async () => {
	const { url } = await finishedJob();
	inject({ stage: 'download', kind: 'notAnImage' });
	const answer = await http.get(url);
	expect([answer.status, headerOf(answer, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
	expect(answer.data).toContain('<!DOCTYPE html>');
});

test('corrupt: sends the first half of the image and declares it as the whole', async () => {
	const { url } = await finishedJob();
	const whole = await fetchImage(url);
	inject({ stage: 'download', kind: 'corrupt' });
	const half = await fetchImage(url);
	expect(half.equals(whole.subarray(0, whole.length >> 1))).toBe(true);
	expect((await sharp(half).metadata()).format).toBe('jpeg');
	expect(await readImage(half)).toBeUndefined();
});

test('never: the job stays active', async () => {
	inject({ stage: 'job', kind: 'never' });
	const { id } = (await submit()).data;
	await pause(200);
	expect((await status(id)).data.status).toBe('Pending');
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'running', endsAt: Infinity }]);
});

test('faults apply to their provider and stage in the order of injection, as often as they say', async () => {
	inject({ provider: 'runpod', stage: 'credentialTest', kind: 'status', status: 500 });
	inject({ stage: 'credentialTest', kind: 'status', status: 503, times: 2 });
	inject({ stage: 'credentialTest', kind: 'status', status: 504 });
	const codes = [];
	for (let count = 0; count < 4; count += 1) codes.push((await credits()).status);
	expect(codes).toEqual([503, 503, 504, 200]);
	const { baseUrl } = fixture.emulator.providers.runpod;
	const health = `${baseUrl}/black-forest-labs-flux-1-kontext-dev/health`;
	expect((await http.get(health, bearer(fixture.emulator, 'runpod'))).status).toBe(500);
});

test('a fault with infinite `times` lasts until everything is cleared', async () => {
	inject({ stage: 'credentialTest', kind: 'status', status: 503, times: Infinity });
	for (let count = 0; count < 5; count += 1) expect((await credits()).status).toBe(503);
	fixture.emulator.clear();
	expect((await credits()).status).toBe(200);
});

test('a download fault applies to the images of its provider only', async () => {
	const { url } = await finishedJob();
	inject({ provider: 'runpod', stage: 'download', kind: 'expired' });
	inject({ provider: 'blackForestLabs', stage: 'download', kind: 'status', status: 500 });
	expect((await http.get(url)).status).toBe(500);
	expect((await http.get(url)).status).toBe(200);
});

test('a download fault does not apply to input images that the emulator fetches itself', async () => {
	const { url } = await finishedJob();
	inject({ stage: 'download', kind: 'reset' });
	const body = { prompt: 'again', input_image: url };
	expect((await http.post(`${base()}/v1/flux-kontext-pro`, body, withKey())).status).toBe(200);
	expect(await errorCodeOf(http.get(url))).toBe('ECONNRESET');
});

test('a request with a wrong key uses up no fault', async () => {
	inject({ stage: 'credentialTest', kind: 'status', status: 503 });
	expect((await http.get(`${base()}/v1/credits`, { headers: { 'x-key': 'wrong' } })).status).toBe(403);
	expect((await credits()).status).toBe(503);
});

test.each<Fault>([
	{ stage: 'submit', kind: 'expired' },
	{ stage: 'submit', kind: 'unknownStatus' },
	{ stage: 'status', kind: 'never' },
	{ stage: 'job', kind: 'reset' },
	{ stage: 'status', kind: 'redirect' },
	{ stage: 'status', kind: 'status', times: 0 },
])('refuses %j, which could never occur', (fault) => {
	expect(() => inject(fault)).toThrow();
});
