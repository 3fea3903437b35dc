import { once } from 'node:events';
import type { Readable } from 'node:stream';
import sharp from 'sharp';
import type { Fault } from '../../../tools/emulator/index';
import { readImage } from '../../../tools/emulator/picture';
import { bearer, codeOf, fetchImage, headerOf, http, like, pause, until, useEmulator } from './support';

const held = useEmulator();

const base = () => held.emulator.providers.blackForestLabs.baseUrl;
const keyed = () => ({ headers: { 'x-key': held.emulator.providers.blackForestLabs.apiKey } });
const submit = async (prompt = 'a fox') =>
	await http.post(`${base()}/v1/flux-kontext-pro`, { prompt, output_format: 'jpeg' }, keyed());
const status = async (id = 'x') => await http.get(`${base()}/v1/get_result?id=${id}`, keyed());
const credits = async () => await http.get(`${base()}/v1/credits`, keyed());
const inject = (fault: Fault) => held.emulator.inject(fault);
const record = (index: number) => held.emulator.requests.at(index);

async function finished(): Promise<{ id: string; url: string }> {
	const { id } = (await submit()).data;
	const { data } = await until(
		async () => await status(id),
		(answer) => answer.data.status === 'Ready',
	);
	return { id, url: data.result.sample };
}

test('status: an answer of one own instead of the handler; the job is not accepted', async () => {
	const body = { detail: 'slow down' };
	inject({ stage: 'submit', kind: 'status', status: 429, headers: { 'retry-after': '2' }, body });
	const answer = await submit();
	expect(answer.status).toBe(429);
	expect(headerOf(answer, 'retry-after')).toBe('2');
	expect(answer.data).toEqual(body);
	expect(held.emulator.jobs).toHaveLength(0);
	expect(record(0)).toMatchObject({ status: 429, body: { prompt: 'a fox' } });
	expect((await submit()).status).toBe(200);
});

test('status: a text as body, or none, which is then the error of the provider', async () => {
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

test('redirect: another location instead of the handler', async () => {
	inject({ stage: 'submit', kind: 'redirect', location: 'http://127.0.0.1:9/' });
	const answer = await submit();
	expect([answer.status, headerOf(answer, 'location')]).toEqual([302, 'http://127.0.0.1:9/']);
	expect(held.emulator.jobs).toHaveLength(0);
});

test('reset: the connection breaks before anything is handled; nothing is billed', async () => {
	inject({ stage: 'submit', kind: 'reset' });
	expect(await codeOf(submit())).toBe('ECONNRESET');
	expect(held.emulator.jobs).toHaveLength(0);
	expect(record(0)).toMatchObject({ stage: 'submit', status: 0, body: null });
});

test('lostAnswer: the job is accepted and billed, the answer never arrives', async () => {
	inject({ stage: 'submit', kind: 'lostAnswer' });
	expect(await codeOf(submit())).toBe('ECONNRESET');
	expect(held.emulator.jobs).toMatchObject([{ prompt: 'a fox' }]);
	expect(record(0)).toMatchObject({
		stage: 'submit',
		status: 0,
		body: { prompt: 'a fox', output_format: 'jpeg' },
	});
});

test('hang: the job is accepted, and the client waits in vain', async () => {
	inject({ stage: 'submit', kind: 'hang' });
	const answer = http.post(`${base()}/v1/flux-kontext-pro`, { prompt: 'a' }, { ...keyed(), timeout: 200 });
	expect(await codeOf(answer)).toBe('ECONNABORTED');
	await until(
		() => held.emulator.jobs.length,
		(count) => count === 1,
	);
	expect(record(0)?.status).toBe(0);
});

test('stall: the first half of the body and then nothing', async () => {
	const { url } = await finished();
	inject({ stage: 'download', kind: 'stall' });
	const answer = await http.get<Readable>(url, { responseType: 'stream' });
	expect(answer.status).toBe(200);
	const received: Buffer[] = [];
	answer.data.on('data', (chunk: Buffer) => received.push(chunk));
	const half = Number(headerOf(answer, 'content-length')) >> 1;
	await until(
		() => Buffer.concat(received).length,
		(length) => length === half,
	);
	await pause(100);
	expect(Buffer.concat(received)).toHaveLength(half);
	expect(answer.data.readableEnded).toBe(false);
	answer.data.destroy();
});

test('truncate: the full length is declared, half of it comes, the connection ends', async () => {
	const { url } = await finished();
	inject({ stage: 'download', kind: 'truncate' });
	const answer = await http.get<Readable>(url, { responseType: 'stream' });
	const received: Buffer[] = [];
	answer.data.on('data', (chunk: Buffer) => received.push(chunk));
	const [error] = (await once(answer.data, 'error')) as [NodeJS.ErrnoException];
	expect(error.code).toBe('ECONNRESET');
	expect(Buffer.concat(received)).toHaveLength(Number(headerOf(answer, 'content-length')) >> 1);
});

test('truncate and stall at an answer in JSON', async () => {
	inject({ stage: 'status', kind: 'truncate' });
	inject({ stage: 'status', kind: 'stall' });
	expect(await codeOf(status())).toBe('ERR_BAD_RESPONSE');
	expect(await codeOf(http.get(`${base()}/v1/get_result?id=x`, { ...keyed(), timeout: 150 }))).toBe(
		'ECONNABORTED',
	);
});

test('html: a page with 200 instead of the answer; the job is accepted all the same', async () => {
	inject({ stage: 'submit', kind: 'html' });
	const answer = await submit();
	expect([answer.status, headerOf(answer, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
	expect(answer.data).toContain('<!DOCTYPE html>');
	expect(held.emulator.jobs).toHaveLength(1);
});

test('empty: 200 and no body', async () => {
	inject({ stage: 'status', kind: 'empty' });
	const answer = await status();
	expect([answer.status, answer.data, headerOf(answer, 'content-length')]).toEqual([200, '', '0']);
});

test('unknownStatus: a pending answer with a word nobody knows, at every provider', async () => {
	const { baseUrl } = held.emulator.providers.theRouter;
	const router = bearer(held.emulator, 'theRouter');
	const runpod = bearer(held.emulator, 'runpod');
	const endpoint = `${held.emulator.providers.runpod.baseUrl}/black-forest-labs-flux-1-kontext-dev`;
	const { id } = await finished();
	const model = 'black-forest-labs/flux-kontext-dev';
	const routed = await http.post(
		`${baseUrl}/v1/images/generations?async=true`,
		{ model, prompt: 'a' },
		router,
	);
	const input = { prompt: 'a', image: held.emulator.sampleImage.url };
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

test('expired: what the storage says of a link whose time is over', async () => {
	const { url } = await finished();
	inject({ stage: 'download', kind: 'expired' });
	const answer = await http.get(url);
	expect([answer.status, answer.data]).toEqual([403, like.containing('<Code>AuthenticationFailed</Code>')]);
	expect((await http.get(url)).status).toBe(200);
});

test('notAnImage: an HTML page under the name of an image', async () => {
	const { url } = await finished();
	inject({ stage: 'download', kind: 'notAnImage' });
	const answer = await http.get(url);
	expect([answer.status, headerOf(answer, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
	expect(answer.data).toContain('<!DOCTYPE html>');
});

test('corrupt: the first half of the image, declared as if it were all of it', async () => {
	const { url } = await finished();
	const whole = await fetchImage(url);
	inject({ stage: 'download', kind: 'corrupt' });
	const half = await fetchImage(url);
	expect(half.equals(whole.subarray(0, whole.length >> 1))).toBe(true);
	expect((await sharp(half).metadata()).format).toBe('jpeg');
	expect(await readImage(half)).toBeUndefined();
});

test('never: the job stays pending, and has its place among the active ones', async () => {
	inject({ stage: 'job', kind: 'never' });
	const { id } = (await submit()).data;
	await pause(200);
	expect((await status(id)).data.status).toBe('Pending');
	expect(held.emulator.jobs).toMatchObject([{ state: 'running', endsAt: Infinity }]);
});

test('faults wait for their provider and stage, are used in order, and as often as they say', async () => {
	inject({ provider: 'runpod', stage: 'credentialTest', kind: 'status', status: 500 });
	inject({ stage: 'credentialTest', kind: 'status', status: 503, times: 2 });
	inject({ stage: 'credentialTest', kind: 'status', status: 504 });
	const codes = [];
	for (let count = 0; count < 4; count += 1) codes.push((await credits()).status);
	expect(codes).toEqual([503, 503, 504, 200]);
	const { baseUrl } = held.emulator.providers.runpod;
	const health = `${baseUrl}/black-forest-labs-flux-1-kontext-dev/health`;
	expect((await http.get(health, bearer(held.emulator, 'runpod'))).status).toBe(500);
});

test('a fault may last for ever, until everything is cleared', async () => {
	inject({ stage: 'credentialTest', kind: 'status', status: 503, times: Infinity });
	for (let count = 0; count < 5; count += 1) expect((await credits()).status).toBe(503);
	held.emulator.clear();
	expect((await credits()).status).toBe(200);
});

test('the faults of a download wait for the images of their provider', async () => {
	const { url } = await finished();
	inject({ provider: 'runpod', stage: 'download', kind: 'expired' });
	inject({ provider: 'blackForestLabs', stage: 'download', kind: 'status', status: 500 });
	expect((await http.get(url)).status).toBe(500);
	expect((await http.get(url)).status).toBe(200);
});

test('a fault for a download does not hit the input images that the emulator fetches itself', async () => {
	const { url } = await finished();
	inject({ stage: 'download', kind: 'reset' });
	const body = { prompt: 'again', input_image: url };
	expect((await http.post(`${base()}/v1/flux-kontext-pro`, body, keyed())).status).toBe(200);
	expect(await codeOf(http.get(url))).toBe('ECONNRESET');
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
])('%j could never happen and is refused', (fault) => {
	expect(() => inject(fault)).toThrow();
});
