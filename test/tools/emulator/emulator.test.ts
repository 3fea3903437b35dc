import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import sharp from 'sharp';
import { startEmulator } from '../../../tools/emulator/index';
import {
	bearer,
	errorCodeOf,
	fetchImage,
	formOf,
	http,
	like,
	setClockAhead,
	slowTiming,
	summary,
	useEmulator,
	waitUntil,
} from './support';

const fixture = useEmulator();

const bfl = () => fixture.emulator.providers.blackForestLabs;
const withKey = () => ({ headers: { 'x-key': bfl().apiKey } });
const generate = async (prompt: string, seed = 1) => {
	const body = { prompt, seed, output_format: 'jpeg' };
	return (await http.post(`${bfl().baseUrl}/v1/flux-kontext-pro`, body, withKey())).data;
};
const ready = async (pollingUrl: string): Promise<string> => {
	const { data } = await waitUntil(
		async () => await http.get(pollingUrl, withKey()),
		(answer) => answer.data.status === 'Ready',
	);
	return data.result.sample;
};

test('the APIs and the images have different origins on the loopback interface', () => {
	const { origin, filesOrigin } = fixture.emulator;
	expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
	expect(filesOrigin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
	expect(filesOrigin).not.toBe(origin);
});

test('keys are random at each start unless they are passed in', async () => {
	const other = await startEmulator({ apiKeys: { runpod: 'rpa_MINE' } });
	expect(other.providers.runpod.apiKey).toBe('rpa_MINE');
	expect(other.providers.theRouter.apiKey).not.toBe(fixture.emulator.providers.theRouter.apiKey);
	expect(other.timing).toEqual({ queueMs: 30, runMs: 120 });
	await other.close();
});

test('serves the sample image, a valid PNG, at its URL', async () => {
	const { sampleImage, filesOrigin } = fixture.emulator;
	expect(sampleImage).toMatchObject({ mimeType: 'image/png', width: 640, height: 480 });
	expect(sampleImage.url.startsWith(filesOrigin)).toBe(true);
	const bytes = await fetchImage(sampleImage.url);
	expect(bytes.equals(sampleImage.bytes)).toBe(true);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 640, height: 480 });
});

test('an image is the same at every download and depends on the prompt and the seed', async () => {
	const submitted = await Promise.all([
		generate('a fox'),
		generate('a fox'),
		generate('an owl'),
		generate('a fox', 2),
	]);
	const links = await Promise.all(submitted.map(async ({ polling_url }) => await ready(polling_url)));
	const [first, same, prompt, seed] = await Promise.all(links.map(fetchImage));
	const [link = ''] = links;
	expect(first?.equals(await fetchImage(link))).toBe(true);
	expect(first?.equals(same ?? Buffer.alloc(0))).toBe(true);
	expect(first?.equals(prompt ?? Buffer.alloc(0))).toBe(false);
	expect(first?.equals(seed ?? Buffer.alloc(0))).toBe(false);
});

test('refuses to deliver an image to a request with a credential', async () => {
	const url = await ready((await generate('a fox')).polling_url);
	for (const address of [url, fixture.emulator.sampleImage.url])
		for (const name of ['authorization', 'x-key', 'cookie']) {
			const answer = await http.get(address, { headers: { [name]: 'secret' } });
			expect(answer.status).toBe(400);
			expect(answer.data).toContain('<Code>InvalidArgument</Code>');
			const headers = like.object({ [name]: 'secret' });
			const recorded = { provider: 'files', method: 'GET', headers, status: 400 };
			expect(fixture.emulator.requests.at(-1)).toMatchObject(recorded);
		}
});

test('refuses a link with a wrong signature, for another image or without a signature', async () => {
	const url = new URL(await ready((await generate('a fox')).polling_url));
	const forged = new URL(url);
	forged.searchParams.set('sig', 'AAAA');
	const answers = await Promise.all(
		[forged.href, url.origin + url.pathname, url.href.replace('/0.jpeg', '/1.jpeg')].map(
			async (address) => await http.get(address),
		),
	);
	for (const { status, data } of answers)
		expect({ status, data }).toEqual({ status: 403, data: like.containing('Signature did not match') });
});

test('answers 404 for an image that is not finished and for one that does not exist', async () => {
	Object.assign(fixture.emulator.timing, slowTiming);
	const { id } = await generate('a fox');
	for (const path of [`/blackForestLabs/${id}/0.jpeg`, '/runpod/nobody/0.png', '/nothing'])
		expect(await http.get(fixture.emulator.filesOrigin + path)).toMatchObject({
			status: 404,
			data: like.containing('<Code>NoSuchKey</Code>'),
		});
});

test('records every request in order, with its body and the status of the response', async () => {
	const { polling_url } = await generate('a fox');
	const url = await ready(polling_url);
	await http.get(url);
	await http.get(`${bfl().baseUrl}/v1/credits`);
	await http.get(`${bfl().baseUrl}/v2/x`, withKey());
	const { requests, filesOrigin, origin } = fixture.emulator;
	expect(requests[0]).toEqual({
		provider: 'blackForestLabs',
		stage: 'submit',
		method: 'POST',
		path: '/blackForestLabs/v1/flux-kontext-pro',
		headers: like.object({ 'x-key': bfl().apiKey, 'content-type': 'application/json' }),
		body: { prompt: 'a fox', seed: 1, output_format: 'jpeg' },
		status: 200,
		at: like.number,
	});
	expect(requests[1]).toMatchObject({
		stage: 'status',
		method: 'GET',
		path: polling_url.slice(origin.length),
		body: null,
	});
	expect(requests.slice(-3)).toMatchObject([
		{ provider: 'files', stage: 'download', path: url.slice(filesOrigin.length), status: 200 },
		{ provider: 'blackForestLabs', stage: 'credentialTest', status: 403 },
		{ provider: 'blackForestLabs', stage: 'other', status: 404 },
	]);
});

test('records the fields of a form and the properties of its files', async () => {
	const { baseUrl } = fixture.emulator.providers.theRouter;
	const image = new File(['hello'], 'in.png', { type: 'image/png' });
	const form = formOf({ prompt: 'a fox', image });
	await http.post(`${baseUrl}/v1/images/edits?async=true`, form, bearer(fixture.emulator, 'theRouter'));
	expect(fixture.emulator.requests).toMatchObject([
		{
			provider: 'theRouter',
			stage: 'submit',
			body: {
				fields: { prompt: 'a fox' },
				files: [{ field: 'image', fileName: 'in.png', mimeType: 'image/png', size: 5 }],
			},
			status: 400,
		},
	]);
});

test('a job is queued, running and succeeded by the clock; changed timing applies to new jobs', async () => {
	const { timing, jobs } = fixture.emulator;
	Object.assign(timing, slowTiming);
	await generate('slow');
	Object.assign(timing, { queueMs: 0, runMs: 0 });
	await generate('fast');
	expect(jobs.map(({ state }) => state)).toEqual(['queued', 'succeeded']);
	setClockAhead(60_000);
	expect(jobs[0]?.state).toBe('running');
	setClockAhead(120_000);
	expect(jobs[0]?.state).toBe('succeeded');
});

test('clear removes requests, jobs and faults, also from arrays that were read before', async () => {
	const { requests, jobs, inject, clear } = fixture.emulator;
	const { polling_url } = await generate('a fox');
	inject({ stage: 'status', kind: 'reset' });
	clear();
	expect([requests, jobs]).toEqual([[], []]);
	expect((await http.get(polling_url, withKey())).data.status).toBe('Task not found');
});

test('faults, requests and jobs are also accessible over HTTP', async () => {
	const control = `${fixture.emulator.origin}/__emulator`;
	const fault = { provider: 'blackForestLabs', stage: 'submit', kind: 'status', status: 503 };
	expect(summary(await http.post(`${control}/faults`, fault))).toEqual({ status: 201, data: fault });
	expect(
		(await http.post(`${control}/faults`, { ...fault, stage: 'status', times: 'Infinity' })).status,
	).toBe(201);
	await generate('refused');
	const { id } = await generate('a fox');
	for (let count = 0; count < 3; count += 1)
		expect((await http.get(`${bfl().baseUrl}/v1/get_result?id=${id}`, withKey())).status).toBe(503);
	expect((await http.get(`${control}/requests`)).data).toMatchObject([
		{ stage: 'submit', status: 503 },
		{ stage: 'submit', status: 200 },
		{ stage: 'status', status: 503 },
		{ stage: 'status', status: 503 },
		{ stage: 'status', status: 503 },
	]);
	expect((await http.get(`${control}/jobs`)).data).toMatchObject([
		{ id, prompt: 'a fox', state: like.text },
	]);
	expect((await http.delete(control)).status).toBe(204);
	expect((await http.get(`${control}/jobs`)).data).toEqual([]);
	expect((await http.get(`${bfl().baseUrl}/v1/credits`, withKey())).status).toBe(200);
});

test.each([
	[{ stage: 'submit' }],
	[{ stage: 'nowhere', kind: 'reset' }],
	[{ stage: 'submit', kind: 'reset', provider: 'nobody' }],
	[{ stage: 'submit', kind: 'reset', provider: 'toString' }],
	[{ stage: 'submit', kind: 'reset', more: 1 }],
])('refuses %j as a fault over HTTP', async (fault) => {
	const answer = await http.post(`${fixture.emulator.origin}/__emulator/faults`, fault);
	expect(answer).toMatchObject({ status: 400, data: { error: 'Not a fault' } });
});

test('close ends hanging requests at once', async () => {
	const other = await startEmulator();
	const { baseUrl, apiKey } = other.providers.blackForestLabs;
	other.inject({ stage: 'credentialTest', kind: 'hang' });
	const answer = errorCodeOf(http.get(`${baseUrl}/v1/credits`, { headers: { 'x-key': apiKey } }));
	await waitUntil(
		() => other.requests.length,
		(count) => count === 1,
	);
	const before = Date.now();
	await other.close();
	expect(Date.now() - before).toBeLessThan(2_000);
	expect(await answer).toBe('ECONNRESET');
});

test('runs as a process of its own, prints how to reach it and stops on SIGTERM', async () => {
	const cli = join(__dirname, '../../../tools/emulator/cli.ts');
	const flags = ['--port', '0', '--files-port', '0', '--queue-ms', '5', '--run-ms', '10'];
	const child = spawn(process.execPath, ['--import', 'tsx', cli, ...flags], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const exit = once(child, 'exit');
	const output: string[] = [];
	child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
	try {
		await waitUntil(
			() => output.join(''),
			(text) => text.includes('sample image'),
		);
		const lines = output.join('').trim().split('\n');
		const at = 'http://127\\.0\\.0\\.1:\\d+';
		const expected = [
			`fluxKontextBlackForestLabsApi  base URL ${at}/blackForestLabs  API key [\\da-f-]{36}`,
			`fluxKontextRunpodApi  base URL ${at}/runpod/v2  API key rpa_[\\dA-F]{44}`,
			`fluxKontextTheRouterApi  base URL ${at}/theRouter  API key sk-[\\da-f]{48}`,
			`sample image  ${at}/samples/landscape\\.png`,
		];
		expect(lines).toHaveLength(Object.keys(fixture.emulator.providers).length + 1);
		for (const line of expected) expect(lines).toContainEqual(like.matching(new RegExp(`^${line}$`)));
		expect((await http.get(lines.at(-1)?.split('  ')[1] ?? '')).status).toBe(200);
	} finally {
		child.kill('SIGTERM');
	}
	expect(await exit).toEqual([0, null]);
});
