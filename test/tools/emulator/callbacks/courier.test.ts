import { VirtualClock } from '../../../support/virtualClock';
import { type Emulator, startEmulator } from '../../../../tools/emulator/index';
import { drawNothing, http, listenForCalls, pause, until } from '../support';
import { calls, keyOf, reporting, submit } from './support';

// Retries are minutes apart: here they take no time.
const clock = new VirtualClock();
const held = {} as { emulator: Emulator };
beforeAll(async () => {
	held.emulator = await startEmulator({ clock, timing: { queueMs: 1_000, runMs: 9_000 } });
});
beforeEach(() => held.emulator.clear());
afterAll(async () => await held.emulator.close());

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

/** When nothing comes any more: no more than what is due can be waiting. */
async function quiet(): Promise<void> {
	await until(
		() => clock.open(),
		({ timers, calls: open }) => timers === 0 && open === 0,
	);
}

test.each(reporting)(
	'%s is called when its job has ended, once, and the call is recorded',
	async (provider) => {
		const hook = await listenForCalls(204);
		await submit(held.emulator, provider, hook.url);
		await calls(hook, 1);
		await quiet();
		await hook.close();
		const [job] = held.emulator.jobs;
		expect(hook.calls).toHaveLength(1);
		expect(hook.calls[0]?.headers['content-type']).toBe('application/json');
		expect(held.emulator.callbacks).toEqual([
			{ provider, jobId: job?.id, url: hook.url, status: 204, at: job?.endsAt },
		]);
	},
);

test.each(reporting)(
	'%s calls again as long as it is refused, the same body, and gives up',
	async (provider) => {
		const hook = await listenForCalls(...always(500));
		await submit(held.emulator, provider, hook.url);
		await calls(hook, schedules[provider].length + 1);
		await quiet();
		await hook.close();
		const { callbacks, jobs } = held.emulator;
		const times = callbacks.map(({ at }) => at);
		expect(times[0]).toBe(jobs[0]?.endsAt);
		expect(times.slice(1).map((at, index) => at - (times[index] ?? 0))).toEqual(schedules[provider]);
		expect(callbacks.map(({ status }) => status)).toEqual(times.map(() => 500));
		expect(new Set(hook.calls.map(({ raw }) => raw)).size).toBe(1);
	},
);

test.each(reporting)('%s is content with the first answer that is a success', async (provider) => {
	const hook = await listenForCalls(503, 404, 202);
	await submit(held.emulator, provider, hook.url);
	await calls(hook, 3);
	await quiet();
	await hook.close();
	expect(held.emulator.callbacks.map(({ status }) => status)).toEqual([503, 404, 202]);
});

test.each(reporting)('%s follows no redirect and does not try again', async (provider) => {
	const hook = await listenForCalls(302);
	await submit(held.emulator, provider, hook.url);
	await calls(hook, 1);
	await quiet();
	await hook.close();
	expect(held.emulator.callbacks.map(({ status }) => status)).toEqual([302]);
});

test.each(reporting)('%s takes no answer in time for a failure', async (provider) => {
	const hook = await listenForCalls(0);
	await submit(held.emulator, provider, hook.url);
	const [first] = await calls(hook, 1);
	clock.stuck(Number(first?.headers['x-test-call']), 'sent');
	await calls(hook, 2);
	await quiet();
	await hook.close();
	const [lost, next] = held.emulator.callbacks;
	expect([lost?.status, next?.status]).toEqual([0, 200]);
	expect((next?.at ?? 0) - (lost?.at ?? 0)).toBe(timeouts[provider] + (schedules[provider][0] ?? 0));
});

test('nobody there is a failure', async () => {
	const hook = await listenForCalls();
	await hook.close();
	await submit(held.emulator, 'runpod', hook.url);
	await until(
		() => held.emulator.callbacks.length,
		(count) => count === 3,
	);
	await quiet();
	expect(held.emulator.callbacks.map(({ status }) => status)).toEqual([0, 0, 0]);
});

test.each(reporting)('%s calls nobody but this machine, and uses up no fault for it', async (provider) => {
	held.emulator.inject({ stage: 'callback', kind: 'twice' });
	const { status } = await submit(held.emulator, provider, 'https://example.com/hook');
	expect(status).toBeLessThan(300);
	await quiet();
	expect(held.emulator.callbacks).toEqual([]);
	const hook = await listenForCalls();
	await submit(held.emulator, provider, hook.url);
	await calls(hook, 2);
	await hook.close();
});

test('a job that does not end is not reported', async () => {
	drawNothing(held.emulator);
	const hook = await listenForCalls();
	await submit(held.emulator, 'blackForestLabs', hook.url);
	await quiet();
	await hook.close();
	expect(hook.calls).toEqual([]);
});

test.each(['clear', 'close'] as const)('after %s nothing is tried again', async (end) => {
	const other = await startEmulator({ timing: { queueMs: 0, runMs: 0 } });
	const hook = await listenForCalls(0);
	await submit(other, 'blackForestLabs', hook.url);
	await calls(hook, 1);
	await other[end]();
	// The next try would come after a second.
	await pause(1_500);
	await hook.close();
	expect(hook.calls).toHaveLength(1);
	await other.close();
});

test('callbacks are among what the emulator tells of itself', async () => {
	const hook = await listenForCalls();
	await submit(held.emulator, 'fal', hook.url);
	await calls(hook, 1);
	await quiet();
	await hook.close();
	const { data } = await http.get<unknown>(
		`${held.emulator.origin}/__emulator/callbacks`,
		keyOf(held.emulator, 'fal'),
	);
	expect(data).toEqual(held.emulator.callbacks);
	held.emulator.clear();
	expect(held.emulator.callbacks).toEqual([]);
});
