import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import { positionsOf } from './edits';
import type { FuzzFixture } from './fuzzFixture';
import { emptyMutation, genuineScript, retryAfters, statuses, type Mutation, type Script } from './mutations';
import { recordResponses } from './responses';
import { violations } from './rules';

const mutate = (change: Partial<Mutation>): Mutation => ({ ...emptyMutation, ...change });

/** Applies a mutation to every response. */
const always = (mutation: Mutation): Script => ({
	...genuineScript,
	first: mutation,
	then: [mutation, mutation, mutation, mutation],
	rest: mutation,
});

/** Defines tests of the engine alone, which need one provider only. */
export function fuzzEngine(fixture: FuzzFixture): void {
	const violationsOf = async (script: Script) => await violations(fixture, await fixture.submit(script));

	it('keeps the number of requests bounded for every Retry-After', async () => {
		for (const value of retryAfters) {
			const headers: Mutation['headers'] = [['retry-after', value]];
			for (const script of [
				always(mutate({ status: 429, headers })),
				{ ...genuineScript, rest: mutate({ status: 503, headers }) },
			]) {
				expect({ value, violations: await violationsOf(script) }).toEqual({ value, violations: [] });
			}
		}
	}, 60_000);

	it.each(['first', 'rest'] as const)(
		'handles every status, and repeats no submit after any but 429 (responses: %s)',
		async (responses) => {
			for (const status of statuses) {
				const script = { ...genuineScript, [responses]: mutate({ status }) };
				expect({ status, violations: await violationsOf(script) }).toEqual({
					status,
					violations: [],
				});
			}
		},
		60_000,
	);

	it('clips texts of the provider that are too long to read', async () => {
		const { responses } = await recordResponses(fixture);
		const { json = '' } = responses.find(({ stage }) => stage === 'status') ?? {};
		for (const position of positionsOf(json, () => true)) {
			const set = { long: 5_000, of: 'x' };
			const rest = mutate({ body: { edits: [{ position, change: { set } }] } });
			expect({ position, violations: await violationsOf({ ...genuineScript, rest }) }).toEqual({
				position,
				violations: [],
			});
		}
	});
}

/** Defines the test of a provider whose responses contain the image: a part of it must not be delivered. */
export function fuzzInline(fixture: FuzzFixture): void {
	it('rejects an inline image that is cut off', async () => {
		const { responses } = await recordResponses(fixture);
		const [position = -1, ...others] = positionsOf(
			responses.at(-1)?.json ?? '{}',
			(value) => typeof value === 'string' && value.length > 1_000,
		);
		expect([position >= 0, others]).toEqual([true, []]);
		for (const cut of [0.1, 0.5, 0.9, 0.99]) {
			const edits = [{ position, change: { cut } }];
			const script = always(mutate({ body: { edits } }));
			// The id of a job must stay what it is.
			const run = await fixture.submit(
				isJobProvider(fixture.provider) ? { ...script, first: null } : script,
			);
			expect(await violations(fixture, run)).toEqual([]);
			expect(run.outcome?.result).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		}
	});
}
