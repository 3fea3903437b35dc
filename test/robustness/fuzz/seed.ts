import { randomInt } from 'node:crypto';
import { basename } from 'node:path';

import fc, { type IAsyncProperty, type IProperty } from 'fast-check';

// Every seed tests other values. `FUZZ_SEED` repeats a run; `FUZZ_RUNS` multiplies the number of values.
const { FUZZ_SEED, FUZZ_RUNS = '1' } = process.env;
const seed = Number(FUZZ_SEED ?? randomInt(2 ** 31));

/** Milliseconds after which the search for a smaller counterexample ends. */
const MAX_SEARCH_MS = 240_000;

beforeAll(() => {
	const file = basename(expect.getState().testPath ?? '');
	process.stderr.write(`FUZZ_SEED=${seed} repeats this run of ${file}\n`);
});

/** Checks a property. Rejects with the seed and the smallest counterexample that was found. */
export async function holds<T>(property: IAsyncProperty<T> | IProperty<T>, runs: number): Promise<void> {
	await fc.assert(property as IAsyncProperty<T>, {
		seed,
		numRuns: Math.ceil(runs * Number(FUZZ_RUNS)),
		interruptAfterTimeLimit: MAX_SEARCH_MS,
		markInterruptAsFailure: false,
	});
}
