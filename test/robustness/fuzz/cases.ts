import { placesWith } from './edits';
import { retryAfters, statuses, type Mutation, type Script } from './mutations';
import { genuineReadings } from './readings';
import type { FuzzFixture } from './fuzzFixture';
import { breaches } from './rules';

const quiet: Script = { reroute: 'nothing', first: null, then: [], rest: null };
const changed = (more: Partial<Mutation>): Mutation => ({
	status: null,
	headers: [],
	body: null,
	transfer: 'whole',
	...more,
});
const always = (mutation: Mutation): Script => ({
	...quiet,
	first: mutation,
	then: [mutation, mutation, mutation, mutation],
	rest: mutation,
});

/** What is the engine's alone, and so the same for every provider. */
export function fuzzPace(fixture: FuzzFixture): void {
	it('asks at a pace that a server can bear, whatever it names as Retry-After', async () => {
		for (const value of retryAfters) {
			const headers: Mutation['headers'] = [['retry-after', value]];
			for (const each of [
				always(changed({ status: 429, headers })),
				{ ...quiet, rest: changed({ status: 503, headers }) },
			]) {
				expect({ value, breaches: await breaches(fixture, await fixture.submit(each)) }).toEqual({
					value,
					breaches: [],
				});
			}
		}
	}, 60_000);

	it.each(['first', 'rest'] as const)(
		'takes every status as what it says, and repeats no submit over any but 429 (%s)',
		async (which) => {
			for (const status of statuses) {
				const each = { ...quiet, [which]: changed({ status }) };
				expect({ status, breaches: await breaches(fixture, await fixture.submit(each)) }).toEqual({
					status,
					breaches: [],
				});
			}
		},
		60_000,
	);

	it('says no more than a person can read of a word that goes on for pages', async () => {
		const { readings } = await genuineReadings(fixture);
		const { json = '' } = readings.find(({ stage }) => stage === 'status') ?? {};
		for (const at of placesWith(json, () => true)) {
			const rest = changed({ body: { edits: [{ at, how: { set: { long: 5_000, of: 'x' } } }] } });
			expect({
				at,
				breaches: await breaches(fixture, await fixture.submit({ ...quiet, rest })),
			}).toEqual({
				at,
				breaches: [],
			});
		}
	});
}

/** A provider whose answers bring the image itself: a part of it must not be taken for the whole. */
export function fuzzInline(fixture: FuzzFixture): void {
	it('takes no image that stands in an answer for whole of which only a part is there', async () => {
		const { readings } = await genuineReadings(fixture);
		const [at = -1, ...others] = placesWith(
			readings.at(-1)?.json ?? '{}',
			(part) => typeof part === 'string' && part.length > 1_000,
		);
		expect([at >= 0, others]).toEqual([true, []]);
		for (const cut of [0.1, 0.5, 0.9, 0.99]) {
			const ran = await fixture.submit(always(changed({ body: { edits: [{ at, how: { cut } }] } })));
			expect(await breaches(fixture, ran)).toEqual([]);
			expect(ran.outcome?.result).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		}
	});
}
