import { randomInt } from 'node:crypto';
import { basename } from 'node:path';

import fc, { type IAsyncProperty, type IProperty } from 'fast-check';

/** Any seed finds something else; `FUZZ_SEED` repeats a run and `FUZZ_RUNS` multiplies it, to search for longer than a check may take. */
const { FUZZ_SEED, FUZZ_RUNS = '1' } = process.env;
const seed = Number(FUZZ_SEED ?? randomInt(2 ** 31));

beforeAll(() => {
	const file = basename(expect.getState().testPath ?? '');
	process.stderr.write(`FUZZ_SEED=${seed} repeats this run of ${file}\n`);
});

/** Fails with the seed and the smallest counterexample that can be found for it. */
export async function holds<T>(property: IAsyncProperty<T> | IProperty<T>, runs: number): Promise<void> {
	// A failure is shrunk no longer than somebody would wait for it.
	await fc.assert(property as IAsyncProperty<T>, {
		seed,
		numRuns: Math.ceil(runs * Number(FUZZ_RUNS)),
		interruptAfterTimeLimit: 240_000,
		markInterruptAsFailure: false,
	});
}
