import fc from 'fast-check';

import { runPool } from '../../../../nodes/FluxKontext/actions/runtime/pool';

const neverAborted = new AbortController().signal;

/** Creates tasks that end when the test says so, which decides their order. */
function createControlledTasks(count: number) {
	const started: number[] = [];
	const ends: Array<() => void> = [];
	const tasks = Array.from({ length: count }, (_, index) => async () => {
		started.push(index);
		await new Promise<void>((resolve) => (ends[index] = resolve));
		return index;
	});
	const end = async (index: number): Promise<void> => {
		ends[index]?.();
		await new Promise((resolve) => setImmediate(resolve));
	};
	return { tasks, started, end };
}

it('returns results in the order of the tasks, whichever ends first', async () => {
	const { tasks, end } = createControlledTasks(3);
	const all = runPool(tasks, 3, neverAborted);
	for (const index of [2, 0, 1]) await end(index);
	expect(await all).toEqual([0, 1, 2]);
});

it('starts tasks in order, the next one as soon as one has ended', async () => {
	const { tasks, started, end } = createControlledTasks(4);
	const all = runPool(tasks, 2, neverAborted);
	expect(started).toEqual([0, 1]);
	await end(1);
	expect(started).toEqual([0, 1, 2]);
	await end(2);
	expect(started).toEqual([0, 1, 2, 3]);
	await end(0);
	await end(3);
	expect(await all).toEqual([0, 1, 2, 3]);
});

it('never runs more tasks at a time than allowed', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 0, max: 25 }),
			fc.integer({ min: 1, max: 8 }),
			fc.array(fc.nat(4), { minLength: 25, maxLength: 25 }),
			async (count, concurrency, turns) => {
				let running = 0;
				let maxRunning = 0;
				const tasks = Array.from({ length: count }, (_, index) => async () => {
					running += 1;
					maxRunning = Math.max(maxRunning, running);
					for (let turn = turns[index] ?? 0; turn >= 0; turn -= 1) await Promise.resolve();
					running -= 1;
					return index;
				});
				expect(await runPool(tasks, concurrency, neverAborted)).toEqual(
					tasks.map((_, index) => index),
				);
				expect(maxRunning).toBe(Math.min(count, concurrency));
			},
		),
	);
});

it('starts no further task once it is aborted, and waits for the running ones', async () => {
	const { tasks, started, end } = createControlledTasks(5);
	const controller = new AbortController();
	const all = runPool(tasks, 2, controller.signal);
	controller.abort();
	await end(1);
	await end(0);
	expect(await all).toEqual([0, 1, undefined, undefined, undefined]);
	expect(started).toEqual([0, 1]);
});

it('starts nothing if it is aborted from the start', async () => {
	const { tasks, started } = createControlledTasks(2);
	expect(await runPool(tasks, 2, AbortSignal.abort())).toEqual([undefined, undefined]);
	expect(started).toEqual([]);
});

it('returns no results for no tasks', async () => {
	expect(await runPool([], 3, neverAborted)).toEqual([]);
});

it('ends with its last worker when a task rejects, and starts no further one', async () => {
	const { tasks, started, end } = createControlledTasks(5);
	const rejecting = [async () => await Promise.reject(new Error('boom')), ...tasks];
	let ended = false;
	const all = runPool(rejecting, 3, neverAborted).finally(() => (ended = true));
	const settled = expect(all).rejects.toThrow('boom');
	await end(0);
	expect(ended).toBe(false);
	await end(1);
	await settled;
	expect(started).toEqual([0, 1]);
});
