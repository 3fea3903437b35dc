import type { Readable } from 'node:stream';
import type { Fault } from '../../../tools/emulator/index';
import { headerOf, http, useEmulator, waitUntil } from './support';

const fixture = useEmulator();

const base = () => fixture.emulator.providers.blackForestLabs.baseUrl;
const withKey = () => ({ headers: { 'x-key': fixture.emulator.providers.blackForestLabs.apiKey } });
const submit = async () => await http.post(`${base()}/v1/flux-kontext-pro`, { prompt: 'a fox' }, withKey());
const status = async (id: string) => await http.get(`${base()}/v1/get_result?id=${id}`, withKey());
const inject = (fault: Fault) => fixture.emulator.inject(fault);

async function finishedJob(): Promise<string> {
	const { id } = (await submit()).data;
	await waitUntil(
		async () => await status(id),
		(answer) => answer.data.status === 'Ready',
	);
	return id;
}

test('held: sends the first half of an error without accepting a job, and counts the open connection', async () => {
	inject({ stage: 'submit', kind: 'held', status: 503, body: { detail: 'overloaded' } });
	const answer = await http.post(
		`${base()}/v1/flux-kontext-pro`,
		{ prompt: 'a' },
		{ ...withKey(), responseType: 'stream' },
	);
	expect([answer.status, headerOf(answer, 'content-length'), fixture.emulator.jobs.length]).toEqual([
		503,
		String(JSON.stringify({ detail: 'overloaded' }).length),
		0,
	]);
	expect(fixture.emulator.unansweredConnections()).toBe(1);
	(answer.data as unknown as Readable).destroy();
	await waitUntil(fixture.emulator.unansweredConnections, (count) => count === 0);
});

test('large and bomb: send more than a client should read of a status', async () => {
	const id = await finishedJob();
	inject({ stage: 'status', kind: 'large' });
	inject({ stage: 'status', kind: 'bomb' });
	const large = await status(id);
	expect([large.data.status, Number(headerOf(large, 'content-length')) > 30_000_000]).toEqual([
		'Ready',
		true,
	]);
	const bomb = await http.get<Buffer>(`${base()}/v1/get_result?id=${id}`, {
		...withKey(),
		responseType: 'arraybuffer',
		decompress: false,
	});
	expect([headerOf(bomb, 'content-encoding'), bomb.data.length < 100_000]).toEqual(['gzip', true]);
	expect(fixture.emulator.pendingFaults()).toBe(0);
});

test('noImage: waits for the answer with the image and takes the image out of it', async () => {
	inject({ provider: 'blackForestLabs', stage: 'answer', kind: 'noImage' });
	const { id } = (await submit()).data;
	const { data } = await waitUntil(
		async () => await status(id),
		(answer) => answer.data.status === 'Ready',
	);
	expect(data.result).toMatchObject({ sample: null, prompt: 'a fox' });
	expect((await status(id)).data.result.sample).toContain(fixture.emulator.filesOrigin);
});

test('a fault of an input applies to the sample image, where a client reads it', async () => {
	inject({ stage: 'input', kind: 'status', status: 404 });
	expect((await http.get(fixture.emulator.sampleImage.url)).status).toBe(404);
	expect((await http.get(fixture.emulator.sampleImage.url)).status).toBe(200);
	expect(fixture.emulator.requests.map(({ stage }) => stage)).toEqual(['input', 'input']);
});
