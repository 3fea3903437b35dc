import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallbackFaultKind, Fault } from '../../../../tools/emulator/index';
import {
	headerOf,
	http,
	like,
	pause,
	slowTiming,
	startWebhookReceiver,
	useEmulator,
	waitUntil,
} from '../support';
import { authHeaders, jsonOf, submit, waitForAnswers, waitForDeliveries, webhookProviders } from './support';

const fixture = useEmulator();
const inject = (kind: CallbackFaultKind, more: Partial<Fault> = {}) =>
	fixture.emulator.inject({ stage: 'callback', kind, ...more });

test('lost: never sends the webhook of one job, and sends that of the next', async () => {
	const receiver = await startWebhookReceiver();
	inject('lost');
	const lost = await submit(fixture.emulator, 'blackForestLabs', receiver.url);
	const sent = await submit(fixture.emulator, 'blackForestLabs', receiver.url);
	await waitForDeliveries(receiver, 1);
	await receiver.close();
	expect(receiver.deliveries.map(jsonOf)).toMatchObject([{ id: sent.data.id, status: 'Ready' }]);
	expect(fixture.emulator.jobs.map(({ id, state }) => [id, state])).toEqual([
		[lost.data.id, 'succeeded'],
		[sent.data.id, 'succeeded'],
	]);
});

test.each(webhookProviders)('twice: %s sends the same request two times', async (provider) => {
	const receiver = await startWebhookReceiver();
	inject('twice', { provider });
	await submit(fixture.emulator, provider, receiver.url);
	const [first, second] = await waitForDeliveries(receiver, 2);
	expect(await waitForAnswers(fixture.emulator, 2)).toEqual([200, 200]);
	await receiver.close();
	expect(second?.raw).toBe(first?.raw);
	expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
});

test.each(webhookProviders)(
	'forged: the first request of %s has another body than was signed, with links that lead elsewhere',
	async (provider) => {
		const receiver = await startWebhookReceiver(401);
		Object.assign(fixture.emulator.timing, { queueMs: 0, runMs: 0 });
		inject('forged');
		await submit(fixture.emulator, provider, receiver.url);
		const [delivery] = await waitForDeliveries(receiver, 1);
		expect(await waitForAnswers(fixture.emulator, 1)).toEqual([401]);
		await receiver.close();
		expect(delivery?.raw).not.toContain(fixture.emulator.filesOrigin);
		expect(delivery?.raw).toContain('http://127.0.0.1:9');
	},
);

test('forged: retries with the genuine body when the forged one was refused', async () => {
	const receiver = await startWebhookReceiver(401);
	inject('forged');
	await submit(fixture.emulator, 'blackForestLabs', receiver.url);
	const [, genuine] = await waitForDeliveries(receiver, 2);
	expect(await waitForAnswers(fixture.emulator, 2)).toEqual([401, 200]);
	await receiver.close();
	expect(genuine?.raw).toContain(fixture.emulator.filesOrigin);
});

test.each(webhookProviders)(
	'early: %s sends the webhook of an ended job before it responds to the submit',
	async (provider) => {
		const receiver = await startWebhookReceiver();
		Object.assign(fixture.emulator.timing, slowTiming);
		inject('early');
		const { status } = await submit(fixture.emulator, provider, receiver.url);
		expect(status).toBeLessThan(300);
		expect(receiver.deliveries).toHaveLength(1);
		expect(fixture.emulator.callbacks.map(({ status: answer }) => answer)).toEqual([200]);
		expect(fixture.emulator.jobs).toMatchObject([{ state: 'succeeded' }]);
		await receiver.close();
	},
);

test('early: the receiver can request the status of the job before it answers', async () => {
	const { emulator } = fixture;
	const statuses: unknown[] = [];
	const server = createServer((_, response) => {
		const [job] = emulator.jobs;
		const url = `${emulator.providers.blackForestLabs.baseUrl}/v1/get_result?id=${job?.id}`;
		void http.get(url, authHeaders(emulator, 'blackForestLabs')).then(({ data }) => {
			statuses.push(data.status);
			response.writeHead(200).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	inject('early');
	await submit(emulator, 'blackForestLabs', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	expect(statuses).toEqual(['Ready']);
	await new Promise((resolve) => server.close(resolve));
});

test('early: the webhook was sent even if the response to the submit is lost', async () => {
	const receiver = await startWebhookReceiver();
	inject('early');
	fixture.emulator.inject({ stage: 'submit', kind: 'lostAnswer' });
	await expect(submit(fixture.emulator, 'runpod', receiver.url)).rejects.toThrow();
	expect(receiver.deliveries).toHaveLength(1);
	await receiver.close();
});

test('late: sends the webhook of the first job after that of the second', async () => {
	const receiver = await startWebhookReceiver();
	inject('late', { ms: 2_500 });
	const first = await submit(fixture.emulator, 'runpod', receiver.url);
	const second = await submit(fixture.emulator, 'runpod', receiver.url);
	await waitForDeliveries(receiver, 2);
	await receiver.close();
	expect(receiver.deliveries.map((delivery) => jsonOf(delivery)['id'])).toEqual([
		second.data.id,
		first.data.id,
	]);
	const [, late] = fixture.emulator.callbacks;
	expect((late?.at ?? 0) - (fixture.emulator.jobs[0]?.endsAt ?? 0)).toBeGreaterThanOrEqual(2_490);
});

test('late: delays the first of several messages of a job, so that they arrive out of order', async () => {
	const receiver = await startWebhookReceiver();
	inject('late', { ms: 2_500 });
	await submit(fixture.emulator, 'replicate', receiver.url, {
		webhook_events_filter: ['start', 'completed'],
	});
	await waitForDeliveries(receiver, 2);
	await receiver.close();
	expect(receiver.deliveries.map((delivery) => jsonOf(delivery)['status'])).toEqual([
		'succeeded',
		'starting',
	]);
});

test('late: does not send the webhook soon after the end of the job by default', async () => {
	const receiver = await startWebhookReceiver();
	inject('late');
	await submit(fixture.emulator, 'fal', receiver.url);
	await waitUntil(
		() => fixture.emulator.jobs[0]?.state,
		(state) => state === 'succeeded',
	);
	await pause(300);
	expect(receiver.deliveries).toEqual([]);
	await receiver.close();
});

test('a webhook fault applies to jobs with a webhook, as often as it says, at its provider', async () => {
	const receiver = await startWebhookReceiver();
	inject('lost', { provider: 'fal', times: 2 });
	await submit(fixture.emulator, 'blackForestLabs', receiver.url);
	for (let count = 0; count < 3; count += 1) await submit(fixture.emulator, 'fal', receiver.url);
	await waitForDeliveries(receiver, 2);
	await pause(300);
	await receiver.close();
	const { jobs, callbacks } = fixture.emulator;
	expect(callbacks.map(({ jobId }) => jobId)).toEqual([jobs[0]?.id, jobs[3]?.id]);
});

test.each([
	['callback', 'status'],
	['callback', 'never'],
	['submit', 'lost'],
	['job', 'early'],
] as Array<[Fault['stage'], Fault['kind']]>)('refuses at the stage %s the fault %s', async (stage, kind) => {
	expect(() => fixture.emulator.inject({ stage, kind })).toThrow('cannot happen at the stage');
	const answer = await http.post(`${fixture.emulator.origin}/__emulator/faults`, { stage, kind });
	expect([answer.status, headerOf(answer, 'content-type')]).toEqual([400, like.containing('json')]);
});
