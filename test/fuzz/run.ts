import fc from 'fast-check';

import type { Provider } from '../../index';
import { scripts } from './mutations';
import { genuineReadings, spoilt } from './readings';
import { inWorld, type World } from './rig';
import { breaches } from './rules';
import { holds } from './seed';

export const script = scripts({ patient: true });

/** One world for the tests of a block. */
export function useWorld(provider: Provider): World {
	const held = {} as World;
	let end: () => void = () => undefined;
	let ended: Promise<void> = Promise.resolve();
	beforeAll(async () => {
		await new Promise<void>((ready, fail) => {
			ended = inWorld(provider, async (world) => {
				Object.assign(held, world);
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
export function fuzzRuns(world: World, runs: number): void {
	it('ends a job in time with its image or with a typed error, whatever is answered', async () => {
		const property = fc.asyncProperty(script, async (each) => {
			expect(await breaches(world, await world.submit(each))).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);

	it('reads every change at every place of each of its answers, without throwing, into something of the contract', async () => {
		const { readings, handle } = await genuineReadings(world);
		expect(readings.map(({ stage }) => stage)).toContain('submit');
		expect(readings.map((reading) => spoilt(world, reading, handle))).toEqual(readings.map(() => ({})));
	});
}
