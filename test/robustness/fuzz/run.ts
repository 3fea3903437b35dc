import fc from 'fast-check';

import type { Provider } from '../../../index';
import { withFuzzFixture, type FuzzFixture } from './fuzzFixture';
import { scripts } from './mutations';
import { misreadings, recordResponses } from './responses';
import { violations } from './rules';
import { holds } from './seed';

/** Scripts of runs in virtual time. */
export const anyScript = scripts({ withHangs: true });

/** Provides one fixture for the tests of a block. */
export function useFuzzFixture(provider: Provider): FuzzFixture {
	const started = {} as FuzzFixture;
	let end: () => void = () => undefined;
	let ended: Promise<void> = Promise.resolve();
	beforeAll(async () => {
		await new Promise<void>((ready, fail) => {
			ended = withFuzzFixture(provider, async (fixture) => {
				Object.assign(started, fixture);
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
	return started;
}

/** Defines the tests of jobs from the submit to the image under mutated responses. */
export function fuzzRuns(fixture: FuzzFixture, runs: number): void {
	it('ends every job in time with its image or a typed error', async () => {
		const property = fc.asyncProperty(anyScript, async (script) => {
			expect(await violations(fixture, await fixture.submit(script))).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);

	it('parses responses with any change at any position into valid values, without throwing', async () => {
		const { responses, handle } = await recordResponses(fixture);
		expect(responses.map(({ stage }) => stage)).toContain('submit');
		expect(responses.map((response) => misreadings(fixture, response, handle))).toEqual(
			responses.map(() => ({})),
		);
	});
}
