import fc from 'fast-check';

import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { JobContext } from '../../../../nodes/FluxKontext/core/job/context';
import type { Slot } from '../../../../nodes/FluxKontext/core/job/limiter';
import { START, useEngineFixture } from '../engineFixture';
import { provider as runpod, request } from './jobs';

// How many jobs are admitted at once, without any HTTP.

const fixture = useEngineFixture();
const neverAborted = new AbortController().signal;
const limited = (maxActiveJobs: NonNullable<typeof runpod.maxActiveJobs>) => ({ ...runpod, maxActiveJobs });
const twoSlots = limited({ perKey: 2 });
const oneSlot = limited({ perKey: 1 });
const limiter = () => fixture.contextFor(runpod).engine.limiter;
const acquire = async (provider = twoSlots, overrides: Partial<JobContext> = {}, model = request.model) =>
	await limiter().acquireSlot(
		{ ...(fixture.contextFor(provider) as unknown as JobContext), ...overrides },
		model,
	);
const release = (...slots: Array<Slot | null>) => {
	for (const slot of slots) slot?.release();
};
const anySlot = expect.objectContaining({ release: expect.any(Function) as unknown }) as unknown;

describe('the slots of a connection', () => {
	it('are shared by all runs, and a released one admits the next waiter', async () => {
		const [first, second] = [await acquire(), await acquire()];
		const third = acquire();
		release(first);
		expect(await third).toEqual(anySlot);
		release(second, await third);
	});

	it.each<[string, Partial<JobContext>]>([
		['another key', { keyFingerprint: 'other' }],
		['another base URL', { baseUrl: 'https://other.example' }],
	])('are separate for %s', async (_, overrides) => {
		const slot = await acquire(oneSlot, { keyFingerprint: 'mine' });
		const otherSlot = await acquire(oneSlot, { keyFingerprint: 'mine', ...overrides });
		expect(otherSlot).toMatchObject({ waitedMs: 0 });
		release(slot, otherSlot);
	});

	it('are separate for another provider', async () => {
		const slot = await acquire(oneSlot);
		const otherSlot = await acquire({ ...oneSlot, id: 'theRouter' });
		expect(otherSlot).toMatchObject({ waitedMs: 0 });
		release(slot, otherSlot);
	});

	it('are unlimited where the provider names no limit', async () => {
		const slots = await Promise.all(
			Array.from({ length: 500 }, async () => await acquire(limited({ perKey: Infinity }))),
		);
		expect(slots.filter(Boolean)).toHaveLength(500);
		release(...slots);
	});

	it('are assigned in the order of the requests', async () => {
		const order: number[] = [];
		const first = await acquire(oneSlot);
		const others = Array.from({ length: 5 }, async (_, index) => {
			const slot = await acquire(oneSlot);
			order.push(index);
			release(slot);
		});
		release(first);
		await Promise.all(others);
		expect(order).toEqual([0, 1, 2, 3, 4]);
	});

	it('are released only once, however often `release` is called', async () => {
		const [first, second] = [await acquire(), await acquire()];
		release(first, first, first);
		const third = await acquire();
		const controller = new AbortController();
		const fourth = acquire(twoSlots, { signal: controller.signal });
		controller.abort();
		expect(await fourth).toBeNull();
		release(second, third);
	});
});

describe('a model whose own slots are all taken', () => {
	const provider = limited({ perKey: 3, perModel: { small: 1 } });

	it('does not block jobs of another model', async () => {
		const smallSlot = await acquire(provider, {}, 'small');
		const admitted: string[] = [];
		const acquireFor = async (model: string) => {
			const slot = await acquire(provider, {}, model);
			admitted.push(model);
			return slot;
		};
		const waiting = acquireFor('small');
		const other = await acquireFor('large');
		expect(admitted).toEqual(['large']);
		release(smallSlot);
		expect(await waiting).toEqual(anySlot);
		release(other, await waiting);
	});

	it('is skipped in the queue until one of its slots is free', async () => {
		const small = await acquire(provider, {}, 'small');
		const large = [await acquire(provider, {}, 'large'), await acquire(provider, {}, 'large')];
		const admitted: string[] = [];
		const waits = ['small', 'large', 'small'].map(async (model) => {
			const slot = await acquire(provider, {}, model);
			admitted.push(model);
			return slot;
		});
		release(large[0] ?? null);
		await waits[1];
		expect(admitted).toEqual(['large']);
		release(small);
		release((await waits[0]) ?? null);
		expect(admitted).toEqual(['large', 'small']);
		release(...(await Promise.all(waits)), large[1] ?? null);
	});
});

describe('the wait for a slot', () => {
	it('reports how long it took', async () => {
		const first = await acquire(oneSlot);
		const second = acquire(oneSlot);
		await fixture.ports.sleep(7_000, neverAborted);
		release(first);
		expect(await second).toMatchObject({ waitedMs: 7_000 });
		release(await second);
	});

	it('ends after an hour, regardless of the deadline of the job, and leaves the queue', async () => {
		const first = await acquire(oneSlot);
		expect(await acquire(oneSlot, { deadline: START + 5_000 })).toBeNull();
		expect(fixture.ports.now()).toBe(START + defaultLimits.slotTimeoutMs);
		release(first);
		const next = await acquire(oneSlot);
		expect(next).toMatchObject({ waitedMs: 0 });
		release(next);
	});

	it('ends when its run is stopped, and leaves the queue', async () => {
		const first = await acquire(oneSlot);
		const controller = new AbortController();
		const second = acquire(oneSlot, { signal: controller.signal });
		const third = acquire(oneSlot);
		controller.abort();
		expect(await second).toBeNull();
		expect(fixture.ports.now()).toBe(START);
		release(first);
		expect(await third).toEqual(anySlot);
		release(await third);
	});

	it('does not begin for a run that was already stopped', async () => {
		const controller = new AbortController();
		controller.abort();
		expect(await acquire(oneSlot, { signal: controller.signal })).toBeNull();
		const next = await acquire(oneSlot);
		expect(next).toMatchObject({ waitedMs: 0 });
		release(next);
	});

	it.each(['the stop', 'the release'])(
		'loses no slot when a stop and a release coincide and %s comes first',
		async (first) => {
			const taken = await acquire(oneSlot);
			const controller = new AbortController();
			const second = acquire(oneSlot, { signal: controller.signal });
			const actions = [() => controller.abort(), () => release(taken)];
			for (const action of first === 'the stop' ? actions : actions.reverse()) action();
			release(await second);
			const third = await acquire(oneSlot);
			expect(third).toMatchObject({ waitedMs: 0 });
			release(third);
		},
	);
});

it('never exceeds the limits, whichever runs stop, and serves all other jobs', async () => {
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
						await fixture.ports.sleep(beginsAt, neverAborted);
						const controller = new AbortController();
						if (Number.isFinite(patience))
							void fixture.ports.sleep(patience, neverAborted).then(() => controller.abort());
						const slot = await acquire(provider, { signal: controller.signal }, model);
						if (!slot) return;
						served += 1;
						active.push(model);
						peaks['all'] = Math.max(peaks['all'] ?? 0, active.length);
						peaks[model] = Math.max(
							peaks[model] ?? 0,
							active.filter((activeModel) => activeModel === model).length,
						);
						await fixture.ports.sleep(takes, neverAborted);
						active.splice(active.indexOf(model), 1);
						slot.release();
					}),
				);
				// The remaining stops happen before the next property run.
				await fixture.ports.sleep(1_000, neverAborted);
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
