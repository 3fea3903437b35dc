import { createSharedWork } from '../../../../nodes/FluxKontext/core/base/sharedWork';

/** Work that a test ends. */
function createWork() {
	let runs = 0;
	let end: (value: string) => void = () => undefined;
	let fail: (error: Error) => void = () => undefined;
	const work = async () => {
		runs += 1;
		return await new Promise<string>((resolve, reject) => {
			end = resolve;
			fail = reject;
		});
	};
	return {
		work,
		runs: () => runs,
		end: (value: string) => end(value),
		fail: (error: Error) => fail(error),
	};
}

it('runs once for all callers that ask for it while it is under way', async () => {
	const shared = createSharedWork<string>();
	const { work, runs, end } = createWork();
	const results = Promise.all([shared.run('a', work), shared.run('a', work), shared.run('a', work)]);
	end('done');
	expect(await results).toEqual(['done', 'done', 'done']);
	expect(runs()).toBe(1);
});

it('runs again after it has ended or failed', async () => {
	const shared = createSharedWork<string>();
	const { work, runs, end, fail } = createWork();
	const failing = shared.run('a', work);
	fail(new Error('no'));
	await expect(failing).rejects.toThrow('no');
	const second = shared.run('a', work);
	end('yes');
	expect(await second).toBe('yes');
	expect(runs()).toBe(2);
});

it('is separate for each key', async () => {
	const shared = createSharedWork<string>();
	const results = await Promise.all(
		['a', 'b'].map(async (key) => await shared.run(key, async () => await Promise.resolve(key))),
	);
	expect(results).toEqual(['a', 'b']);
});
