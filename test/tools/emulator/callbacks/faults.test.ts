import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallbackFaultKind, Fault } from '../../../../tools/emulator/index';
import { headerOf, http, like, listenForCalls, pause, slow, until, useEmulator } from '../support';
import { answered, calls, jsonOf, keyOf, reporting, submit } from './support';

const held = useEmulator();
const inject = (kind: CallbackFaultKind, more: Partial<Fault> = {}) =>
	held.emulator.inject({ stage: 'callback', kind, ...more });

test('lost: the callback is never sent, only that of the next job', async () => {
	const hook = await listenForCalls();
	inject('lost');
	const lost = await submit(held.emulator, 'blackForestLabs', hook.url);
	const sent = await submit(held.emulator, 'blackForestLabs', hook.url);
	await calls(hook, 1);
	await hook.close();
	expect(hook.calls.map(jsonOf)).toMatchObject([{ id: sent.data.id, status: 'Ready' }]);
	expect(held.emulator.jobs.map(({ id, state }) => [id, state])).toEqual([
		[lost.data.id, 'succeeded'],
		[sent.data.id, 'succeeded'],
	]);
});

test.each(reporting)('twice: %s sends the same call two times', async (provider) => {
	const hook = await listenForCalls();
	inject('twice', { provider });
	await submit(held.emulator, provider, hook.url);
	const [first, second] = await calls(hook, 2);
	expect(await answered(held.emulator, 2)).toEqual([200, 200]);
	await hook.close();
	expect(second?.raw).toBe(first?.raw);
	expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
});

test.each(reporting)(
	'forged: the first call of %s is not what it has signed, and its links lead elsewhere',
	async (provider) => {
		const hook = await listenForCalls(401);
		Object.assign(held.emulator.timing, { queueMs: 0, runMs: 0 });
		inject('forged');
		await submit(held.emulator, provider, hook.url);
		const [call] = await calls(hook, 1);
		expect(await answered(held.emulator, 1)).toEqual([401]);
		await hook.close();
		expect(call?.raw).not.toContain(held.emulator.filesOrigin);
		expect(call?.raw).toContain('http://127.0.0.1:9');
	},
);

test('forged: the true call comes when the forged one was refused', async () => {
	const hook = await listenForCalls(401);
	inject('forged');
	await submit(held.emulator, 'blackForestLabs', hook.url);
	const [, genuine] = await calls(hook, 2);
	expect(await answered(held.emulator, 2)).toEqual([401, 200]);
	await hook.close();
	expect(genuine?.raw).toContain(held.emulator.filesOrigin);
});

test.each(reporting)(
	'early: %s has called before it answers the submit, and the job has ended',
	async (provider) => {
		const hook = await listenForCalls();
		Object.assign(held.emulator.timing, slow);
		inject('early');
		const { status } = await submit(held.emulator, provider, hook.url);
		expect(status).toBeLessThan(300);
		expect(hook.calls).toHaveLength(1);
		expect(held.emulator.callbacks.map(({ status: answer }) => answer)).toEqual([200]);
		expect(held.emulator.jobs).toMatchObject([{ state: 'succeeded' }]);
		await hook.close();
	},
);

test('early: who is called may ask for the job before answering', async () => {
	const { emulator } = held;
	const told: unknown[] = [];
	const server = createServer((_, response) => {
		const [job] = emulator.jobs;
		const url = `${emulator.providers.blackForestLabs.baseUrl}/v1/get_result?id=${job?.id}`;
		void http.get(url, keyOf(emulator, 'blackForestLabs')).then(({ data }) => {
			told.push(data.status);
			response.writeHead(200).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	inject('early');
	await submit(emulator, 'blackForestLabs', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	expect(told).toEqual(['Ready']);
	await new Promise((resolve) => server.close(resolve));
});

test('early: an answer that is lost after that leaves the call where it is', async () => {
	const hook = await listenForCalls();
	inject('early');
	held.emulator.inject({ stage: 'submit', kind: 'lostAnswer' });
	await expect(submit(held.emulator, 'runpod', hook.url)).rejects.toThrow();
	expect(hook.calls).toHaveLength(1);
	await hook.close();
});

test('late: the call of the first job comes after that of the second', async () => {
	const hook = await listenForCalls();
	inject('late', { ms: 2_500 });
	const first = await submit(held.emulator, 'runpod', hook.url);
	const second = await submit(held.emulator, 'runpod', hook.url);
	await calls(hook, 2);
	await hook.close();
	expect(hook.calls.map((call) => jsonOf(call)['id'])).toEqual([second.data.id, first.data.id]);
	const [, late] = held.emulator.callbacks;
	expect((late?.at ?? 0) - (held.emulator.jobs[0]?.endsAt ?? 0)).toBeGreaterThanOrEqual(2_490);
});

test('late: of several messages of a job the first is held back, so that they come out of order', async () => {
	const hook = await listenForCalls();
	inject('late', { ms: 2_500 });
	await submit(held.emulator, 'replicate', hook.url, { webhook_events_filter: ['start', 'completed'] });
	await calls(hook, 2);
	await hook.close();
	expect(hook.calls.map((call) => jsonOf(call)['status'])).toEqual(['succeeded', 'starting']);
});

test('late: a minute, where nothing else is said', async () => {
	const hook = await listenForCalls();
	inject('late');
	await submit(held.emulator, 'fal', hook.url);
	await until(
		() => held.emulator.jobs[0]?.state,
		(state) => state === 'succeeded',
	);
	await pause(300);
	expect(hook.calls).toEqual([]);
	await hook.close();
});

test('a fault of callbacks is met by jobs that have one, so many times, at the provider that it names', async () => {
	const hook = await listenForCalls();
	inject('lost', { provider: 'fal', times: 2 });
	await submit(held.emulator, 'blackForestLabs', hook.url);
	for (let count = 0; count < 3; count += 1) await submit(held.emulator, 'fal', hook.url);
	await calls(hook, 2);
	await pause(300);
	await hook.close();
	const { jobs, callbacks } = held.emulator;
	expect(callbacks.map(({ jobId }) => jobId)).toEqual([jobs[0]?.id, jobs[3]?.id]);
});

test.each([
	['callback', 'status'],
	['callback', 'never'],
	['submit', 'lost'],
	['job', 'early'],
] as Array<[Fault['stage'], Fault['kind']]>)(
	'at the stage %s the fault %s is refused',
	async (stage, kind) => {
		expect(() => held.emulator.inject({ stage, kind })).toThrow('cannot happen at the stage');
		const answer = await http.post(`${held.emulator.origin}/__emulator/faults`, { stage, kind });
		expect([answer.status, headerOf(answer, 'content-type')]).toEqual([400, like.containing('json')]);
	},
);
