import { maxUnfinished, until, useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const max = {
	provider: 'blackForestLabs',
	operation: 'generate',
	model: { __rl: true, mode: 'list', value: 'flux-kontext-max' },
	prompt: 'a fox',
	sizing: 'aspectRatio',
};
const items = (count: number) => Array.from({ length: count }, () => ({}));

describe('the limit of unfinished jobs', () => {
	it('is shared by concurrent executions: jobs wait for a slot instead of failing with 429', async () => {
		fixture.emulator.timing.runMs = 500;
		const runs = await Promise.all([
			fixture.run(max, { items: items(8) }),
			fixture.run(max, { items: items(8) }),
		]);
		expect(runs.map(({ items: delivered }) => delivered.length)).toEqual([8, 8]);
		expect(maxUnfinished(fixture.emulator.jobs)).toBeLessThanOrEqual(6);
		expect(fixture.sent('submit').map(({ status }) => status)).toEqual(
			Array.from({ length: 16 }, () => 200),
		);
	});

	it('gives the slots of a stopped execution to the next one', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never', times: 6 });
		const stopped = await fixture.run(max, {
			items: items(6),
			onStart: (stop) => void until(() => fixture.emulator.jobs.length === 6).then(stop),
		});
		expect(stopped.status).toBe('canceled');
		// Black Forest Labs cannot cancel jobs, so the emulator would still count them.
		fixture.emulator.clear();
		const next = await fixture.run(max);
		expect(next.items).toHaveLength(1);
	});

	it('does not count the wait for a slot as part of the timeout of a job', async () => {
		fixture.emulator.timing.runMs = 1_000;
		const run = await fixture.run(
			{ ...max, options: { timeout: 1.9, concurrency: 20 } },
			{ items: items(12) },
		);
		expect(run.error).toBeNull();
		expect(run.items).toHaveLength(12);
		expect(maxUnfinished(fixture.emulator.jobs)).toBeLessThanOrEqual(6);
	});
});
