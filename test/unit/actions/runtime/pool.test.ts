import fc from 'fast-check';

import { runPool } from '../../../../nodes/FluxKontext/actions/runtime/pool';

const never = new AbortController().signal;

/** Tasks that end when they are told to, so that their order is the test's. */
function held(count: number) {
	const begun: number[] = [];
	const ends: Array<() => void> = [];
	const tasks = Array.from({ length: count }, (_, index) => async () => {
		begun.push(index);
		await new Promise<void>((resolve) => (ends[index] = resolve));
		return index;
	});
	const end = async (index: number): Promise<void> => {
		ends[index]?.();
		await new Promise((resolve) => setImmediate(resolve));
	};
	return { tasks, begun, end };
}

it('gives results in the order of the tasks, whichever ends first', async () => {
	const { tasks, end } = held(3);
	const all = runPool(tasks, 3, never);
	for (const index of [2, 0, 1]) await end(index);
	expect(await all).toEqual([0, 1, 2]);
});

it('begins tasks in order, and the next one as soon as one has ended', async () => {
	const { tasks, begun, end } = held(4);
	const all = runPool(tasks, 2, never);
	expect(begun).toEqual([0, 1]);
	await end(1);
	expect(begun).toEqual([0, 1, 2]);
	await end(2);
	expect(begun).toEqual([0, 1, 2, 3]);
	await end(0);
	await end(3);
	expect(await all).toEqual([0, 1, 2, 3]);
});

it('never runs more at a time than allowed', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 0, max: 25 }),
			fc.integer({ min: 1, max: 8 }),
			fc.array(fc.nat(4), { minLength: 25, maxLength: 25 }),
			async (count, concurrency, turns) => {
				let running = 0;
				let most = 0;
				const tasks = Array.from({ length: count }, (_, index) => async () => {
					running += 1;
					most = Math.max(most, running);
					for (let turn = turns[index] ?? 0; turn >= 0; turn -= 1) await Promise.resolve();
					running -= 1;
					return index;
				});
				expect(await runPool(tasks, concurrency, never)).toEqual(tasks.map((_, index) => index));
				expect(most).toBe(Math.min(count, concurrency));
			},
		),
	);
});

it('begins nothing more once it is halted, and waits for what runs', async () => {
	const { tasks, begun, end } = held(5);
	const halt = new AbortController();
	const all = runPool(tasks, 2, halt.signal);
	halt.abort();
	await end(1);
	await end(0);
	expect(await all).toEqual([0, 1, undefined, undefined, undefined]);
	expect(begun).toEqual([0, 1]);
});

it('begins nothing if it is halted from the start', async () => {
	const { tasks, begun } = held(2);
	expect(await runPool(tasks, 2, AbortSignal.abort())).toEqual([undefined, undefined]);
	expect(begun).toEqual([]);
});

it('has no results for no tasks', async () => {
	expect(await runPool([], 3, never)).toEqual([]);
});
