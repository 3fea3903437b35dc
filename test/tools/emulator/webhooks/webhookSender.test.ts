import { type Emulator, startEmulator } from '../../../../tools/emulator/index';
import { VirtualClock } from '../../../support/virtualClock';
import { http, keepJobsActive, pause, startWebhookReceiver, waitUntil } from '../support';
import { authHeaders, submit, waitForDeliveries, webhookProviders } from './support';

// Retries are minutes apart; on a virtual clock they take no real time.
const clock = new VirtualClock();
const fixture = {} as { emulator: Emulator };
beforeAll(async () => {
	fixture.emulator = await startEmulator({ clock, timing: { queueMs: 1_000, runMs: 9_000 } });
});
beforeEach(() => fixture.emulator.clear());
afterAll(async () => await fixture.emulator.close());

const always = (status: number) => Array.from({ length: 20 }, () => status);
const [second, minute] = [1_000, 60_000];
const doubled = (first: number, count: number) =>
	Array.from({ length: count }, (_, index) => first * 2 ** index);

const schedules = {
	aiGenerate: [minute, 5 * minute, 15 * minute],
	blackForestLabs: [second, 5 * second, 30 * second],
	fal: doubled(7 * second, 10),
	replicate: doubled(4 * second, 4),
	runpod: [10 * second, 10 * second],
};
const timeouts = {
	aiGenerate: 15_000,
	blackForestLabs: 30_000,
	fal: 15_000,
	replicate: 10_000,
	runpod: 30_000,
};

/** Resolves when no timer and no request is left, so that nothing more will be sent. */
async function waitForIdle(): Promise<void> {
	await waitUntil(
		() => clock.open(),
		({ timers, calls: requests }) => timers === 0 && requests === 0,
	);
}

test.each(webhookProviders)(
	'%s sends one request when the job has ended, and the request is recorded',
	async (provider) => {
		const receiver = await startWebhookReceiver(204);
		await submit(fixture.emulator, provider, receiver.url);
		await waitForDeliveries(receiver, 1);
		await waitForIdle();
		await receiver.close();
		const [job] = fixture.emulator.jobs;
		expect(receiver.deliveries).toHaveLength(1);
		expect(receiver.deliveries[0]?.headers['content-type']).toBe('application/json');
		expect(fixture.emulator.callbacks).toEqual([
			{ provider, jobId: job?.id, url: receiver.url, status: 204, at: job?.endsAt },
		]);
	},
);

test.each(webhookProviders)(
	'%s retries a refused request with the same body and gives up after the last retry',
	async (provider) => {
		const receiver = await startWebhookReceiver(...always(500));
		await submit(fixture.emulator, provider, receiver.url);
		await waitForDeliveries(receiver, schedules[provider].length + 1);
		await waitForIdle();
		await receiver.close();
		const { callbacks, jobs } = fixture.emulator;
		const times = callbacks.map(({ at }) => at);
		expect(times[0]).toBe(jobs[0]?.endsAt);
		expect(times.slice(1).map((at, index) => at - (times[index] ?? 0))).toEqual(schedules[provider]);
		expect(callbacks.map(({ status }) => status)).toEqual(times.map(() => 500));
		expect(new Set(receiver.deliveries.map(({ raw }) => raw)).size).toBe(1);
	},
);

test.each(webhookProviders)('%s stops at the first successful response', async (provider) => {
	const receiver = await startWebhookReceiver(503, 404, 202);
	await submit(fixture.emulator, provider, receiver.url);
	await waitForDeliveries(receiver, 3);
	await waitForIdle();
	await receiver.close();
	expect(fixture.emulator.callbacks.map(({ status }) => status)).toEqual([503, 404, 202]);
});

test.each(webhookProviders)('%s follows no redirect and does not retry after one', async (provider) => {
	const receiver = await startWebhookReceiver(302);
	await submit(fixture.emulator, provider, receiver.url);
	await waitForDeliveries(receiver, 1);
	await waitForIdle();
	await receiver.close();
	expect(fixture.emulator.callbacks.map(({ status }) => status)).toEqual([302]);
});

test.each(webhookProviders)('%s retries when no response comes in time', async (provider) => {
	const receiver = await startWebhookReceiver(0);
	await submit(fixture.emulator, provider, receiver.url);
	const [first] = await waitForDeliveries(receiver, 1);
	clock.stuck(Number(first?.headers['x-test-call']), 'sent');
	await waitForDeliveries(receiver, 2);
	await waitForIdle();
	await receiver.close();
	const [lost, next] = fixture.emulator.callbacks;
	expect([lost?.status, next?.status]).toEqual([0, 200]);
	expect((next?.at ?? 0) - (lost?.at ?? 0)).toBe(timeouts[provider] + (schedules[provider][0] ?? 0));
});

test('retries when the connection is refused', async () => {
	const receiver = await startWebhookReceiver();
	await receiver.close();
	await submit(fixture.emulator, 'runpod', receiver.url);
	await waitUntil(
		() => fixture.emulator.callbacks.length,
		(count) => count === 3,
	);
	await waitForIdle();
	expect(fixture.emulator.callbacks.map(({ status }) => status)).toEqual([0, 0, 0]);
});

test.each(webhookProviders)(
	'%s sends nothing to another machine, and uses up no fault for it',
	async (provider) => {
		fixture.emulator.inject({ stage: 'callback', kind: 'twice' });
		const { status } = await submit(fixture.emulator, provider, 'https://example.com/hook');
		expect(status).toBeLessThan(300);
		await waitForIdle();
		expect(fixture.emulator.callbacks).toEqual([]);
		const receiver = await startWebhookReceiver();
		await submit(fixture.emulator, provider, receiver.url);
		await waitForDeliveries(receiver, 2);
		await receiver.close();
	},
);

test('does not report a job that never ends', async () => {
	keepJobsActive(fixture.emulator);
	const receiver = await startWebhookReceiver();
	await submit(fixture.emulator, 'blackForestLabs', receiver.url);
	await waitForIdle();
	await receiver.close();
	expect(receiver.deliveries).toEqual([]);
});

test.each(['clear', 'close'] as const)('sends no retry after %s', async (end) => {
	const other = await startEmulator({ timing: { queueMs: 0, runMs: 0 } });
	const receiver = await startWebhookReceiver(0);
	await submit(other, 'blackForestLabs', receiver.url);
	await waitForDeliveries(receiver, 1);
	await other[end]();
	// The first retry is due after a second.
	await pause(1_500);
	await receiver.close();
	expect(receiver.deliveries).toHaveLength(1);
	await other.close();
});

test('lists the sent requests over HTTP and clears them', async () => {
	const receiver = await startWebhookReceiver();
	await submit(fixture.emulator, 'fal', receiver.url);
	await waitForDeliveries(receiver, 1);
	await waitForIdle();
	await receiver.close();
	const { data } = await http.get<unknown>(
		`${fixture.emulator.origin}/__emulator/callbacks`,
		authHeaders(fixture.emulator, 'fal'),
	);
	expect(data).toEqual(fixture.emulator.callbacks);
	fixture.emulator.clear();
	expect(fixture.emulator.callbacks).toEqual([]);
});
