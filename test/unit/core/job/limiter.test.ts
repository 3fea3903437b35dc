import fc from 'fast-check';

import { acquireSlot, type Slot } from '../../../../nodes/FluxKontext/core/job/limiter';
import { PLACE_TIMEOUT_MS } from '../../../../nodes/FluxKontext/core/base/limits';
import type { JobContext } from '../../../../nodes/FluxKontext/core/job/context';
import { provider as runpod, request } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

// What of many jobs is let through at once, without any HTTP.

const fixture = useEngineFixture();
const never = new AbortController().signal;
const limited = (maxActiveJobs: NonNullable<typeof runpod.maxActiveJobs>) => ({ ...runpod, maxActiveJobs });
const two = limited({ perKey: 2 });
const one = limited({ perKey: 1 });
const place = async (provider = two, more: Partial<JobContext> = {}, model = request.model) =>
	await acquireSlot({ ...(fixture.run(provider) as unknown as JobContext), ...more }, model);
const release = (...places: Array<Slot | null>) => {
	for (const each of places) each?.release();
};
const isPlace = expect.objectContaining({ release: expect.any(Function) as unknown }) as unknown;

describe('the places of an account', () => {
	it('are shared by all runs, and a place that is given back goes to who waits', async () => {
		const [first, second] = [await place(), await place()];
		const third = place();
		release(first);
		expect(await third).toEqual(isPlace);
		release(second, await third);
	});

	it.each<[string, Partial<JobContext>]>([
		['another key', { keyFingerprint: 'other' }],
		['another base URL', { baseUrl: 'https://other.example' }],
	])('are its own: %s has others', async (_, other) => {
		const mine = await place(one, { keyFingerprint: 'mine' });
		const theirs = await place(one, { keyFingerprint: 'mine', ...other });
		expect(theirs).toMatchObject({ waitedMs: 0 });
		release(mine, theirs);
	});

	it('are those of one provider: another has others', async () => {
		const mine = await place(one);
		const theirs = await place({ ...one, id: 'theRouter' });
		expect(theirs).toMatchObject({ waitedMs: 0 });
		release(mine, theirs);
	});

	it('have no end where the provider names no limit', async () => {
		const places = await Promise.all(
			Array.from({ length: 500 }, async () => await place(limited({ perKey: Infinity }))),
		);
		expect(places.filter(Boolean)).toHaveLength(500);
		release(...places);
	});

	it('are given in the order in which they were asked for', async () => {
		const order: number[] = [];
		const first = await place(one);
		const others = Array.from({ length: 5 }, async (_, index) => {
			const mine = await place(one);
			order.push(index);
			release(mine);
		});
		release(first);
		await Promise.all(others);
		expect(order).toEqual([0, 1, 2, 3, 4]);
	});

	it('are given back once only, however often that is said', async () => {
		const [first, second] = [await place(), await place()];
		release(first, first, first);
		const third = await place();
		const halt = new AbortController();
		const fourth = place(two, { signal: halt.signal });
		halt.abort();
		expect(await fourth).toBeNull();
		release(second, third);
	});
});

describe('a model whose own places are taken', () => {
	const provider = limited({ perKey: 3, perModel: { small: 1 } });

	it('blocks nobody who wants another one', async () => {
		const full = await place(provider, {}, 'small');
		const given: string[] = [];
		const wanting = async (model: string) => {
			const mine = await place(provider, {}, model);
			given.push(model);
			return mine;
		};
		const waiting = wanting('small');
		const other = await wanting('large');
		expect(given).toEqual(['large']);
		release(full);
		expect(await waiting).toEqual(isPlace);
		release(other, await waiting);
	});

	it('is passed over in the queue until a place of it is free', async () => {
		const small = await place(provider, {}, 'small');
		const large = [await place(provider, {}, 'large'), await place(provider, {}, 'large')];
		const given: string[] = [];
		const waits = ['small', 'large', 'small'].map(async (model) => {
			const mine = await place(provider, {}, model);
			given.push(model);
			return mine;
		});
		release(large[0] ?? null);
		await waits[1];
		expect(given).toEqual(['large']);
		release(small);
		release((await waits[0]) ?? null);
		expect(given).toEqual(['large', 'small']);
		release(...(await Promise.all(waits)), large[1] ?? null);
	});
});

describe('the wait for a place', () => {
	it('says how long it was', async () => {
		const first = await place(one);
		const second = place(one);
		await fixture.ports.sleep(7_000, never);
		release(first);
		expect(await second).toMatchObject({ waitedMs: 7_000 });
		release(await second);
	});

	it('ends after an hour, whatever the time of the job, and leaves the queue', async () => {
		const first = await place(one);
		expect(await place(one, { deadline: START + 5_000 })).toBeNull();
		expect(fixture.ports.now()).toBe(START + PLACE_TIMEOUT_MS);
		release(first);
		const next = await place(one);
		expect(next).toMatchObject({ waitedMs: 0 });
		release(next);
	});

	it('ends with the stop of its run, and leaves the queue', async () => {
		const first = await place(one);
		const halt = new AbortController();
		const second = place(one, { signal: halt.signal });
		const third = place(one);
		halt.abort();
		expect(await second).toBeNull();
		expect(fixture.ports.now()).toBe(START);
		release(first);
		expect(await third).toEqual(isPlace);
		release(await third);
	});

	it('is none for a run that was stopped before', async () => {
		const halt = new AbortController();
		halt.abort();
		expect(await place(one, { signal: halt.signal })).toBeNull();
		const next = await place(one);
		expect(next).toMatchObject({ waitedMs: 0 });
		release(next);
	});

	it.each(['the stop', 'the release'])(
		'that ends with a stop and a release at the same moment loses no place: %s comes first',
		async (earlier) => {
			const first = await place(one);
			const halt = new AbortController();
			const second = place(one, { signal: halt.signal });
			const acts = [() => halt.abort(), () => release(first)];
			for (const act of earlier === 'the stop' ? acts : acts.reverse()) act();
			release(await second);
			const third = await place(one);
			expect(third).toMatchObject({ waitedMs: 0 });
			release(third);
		},
	);
});

it('never are more unfinished than the account and each model may have, whoever stops, and all others get their place', async () => {
	const job = fc.record({
		model: fc.constantFrom('a', 'b', 'c'),
		beginsAt: fc.nat(50),
		takes: fc.integer({ min: 1, max: 40 }),
		patience: fc.constantFrom(15, Infinity),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(job, { maxLength: 40 }),
			fc.integer({ min: 1, max: 5 }),
			async (jobs, perKey) => {
				const perModel = { a: 1, b: 2 };
				const provider = limited({ perKey, perModel });
				const active: string[] = [];
				const peaks: Record<string, number> = { all: 0, a: 0, b: 0 };
				let served = 0;
				await Promise.all(
					jobs.map(async ({ model, beginsAt, takes, patience }) => {
						await fixture.ports.sleep(beginsAt, never);
						const halt = new AbortController();
						if (Number.isFinite(patience))
							void fixture.ports.sleep(patience, never).then(() => halt.abort());
						const mine = await place(provider, { signal: halt.signal }, model);
						if (!mine) return;
						served += 1;
						active.push(model);
						peaks['all'] = Math.max(peaks['all'] ?? 0, active.length);
						peaks[model] = Math.max(
							peaks[model] ?? 0,
							active.filter((each) => each === model).length,
						);
						await fixture.ports.sleep(takes, never);
						active.splice(active.indexOf(model), 1);
						mine.release();
					}),
				);
				// What patience is left over ends before the next try.
				await fixture.ports.sleep(1_000, never);
				expect(peaks['all']).toBeLessThanOrEqual(perKey);
				expect(peaks['a']).toBeLessThanOrEqual(perModel.a);
				expect(peaks['b']).toBeLessThanOrEqual(perModel.b);
				expect(served).toBeGreaterThanOrEqual(
					jobs.filter(({ patience }) => patience === Infinity).length,
				);
			},
		),
		{ numRuns: 60 },
	);
});
