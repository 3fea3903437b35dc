import fc from 'fast-check';

import type { Provider } from '../../../index';
import { scripts } from './mutations';
import { genuineReadings, spoilt } from './readings';
import { withFuzzFixture, type FuzzFixture } from './fuzzFixture';
import { breaches } from './rules';
import { holds } from './seed';

export const script = scripts({ patient: true });

/** One fixture for the tests of a block. */
export function useWorld(provider: Provider): FuzzFixture {
	const held = {} as FuzzFixture;
	let end: () => void = () => undefined;
	let ended: Promise<void> = Promise.resolve();
	beforeAll(async () => {
		await new Promise<void>((ready, fail) => {
			ended = withFuzzFixture(provider, async (fixture) => {
				Object.assign(held, fixture);
				ready();
				await new Promise<void>((resolve) => {
					end = resolve;
				});
			});
			ended.catch(fail);
		});
	});
	afterAll(async () => {
		end();
		await ended;
	});
	return held;
}

/** Jobs from submit to image, whatever is answered. */
export function fuzzRuns(fixture: FuzzFixture, runs: number): void {
	it('ends a job in time with its image or with a typed error, whatever is answered', async () => {
		const property = fc.asyncProperty(script, async (each) => {
			expect(await breaches(fixture, await fixture.submit(each))).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);

	it('reads every change at every place of each of its answers, without throwing, into something of the contract', async () => {
		const { readings, handle } = await genuineReadings(fixture);
		expect(readings.map(({ stage }) => stage)).toContain('submit');
		expect(readings.map((reading) => spoilt(fixture, reading, handle))).toEqual(readings.map(() => ({})));
	});
}
