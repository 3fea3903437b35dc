import type { INodeParameters } from 'n8n-workflow';

import { jobRecord } from './expected';
import { picture, slowImage, until, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const small: INodeParameters = {
	provider: 'theRouter',
	operation: 'generate',
	prompt: 'a fox',
	sizing: 'pixels',
	width: 256,
	height: 256,
};

/** Stops the execution as soon as a condition is met, and notes the time. */
const stopWhen = (isMet: () => boolean, stopped: { at: number }) => (stop: () => void) => {
	void until(isMet).then(() => {
		stopped.at = Date.now();
		stop();
	});
};

describe('stopping the execution', () => {
	it('while a job is polled ends the run at once and cancels the job at Runpod once', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const stopped = { at: 0 };
		const onStart = stopWhen(() => fixture.sent('status').length > 1, stopped);
		const run = await fixture.run(
			{ provider: 'runpod', operation: 'edit', prompt: 'x' },
			{ items: [withBinary(await picture(64, 64))], onStart },
		);
		expect(Date.now() - stopped.at).toBeLessThan(2_000);
		expect(run.status).toBe('canceled');
		expect(run.items).toEqual([]);
		const [job] = fixture.emulator.jobs;
		expect(run.error?.message).toBe(
			`The execution was canceled: The run was stopped while Runpod worked on job ${job?.id} [Item 0]`,
		);
		expect(run.error?.description).toMatch(/^It was cancelled at the provider\./);
		expect(run.error).toMatchObject({
			context: { code: 'cancelled', jobs: [{ id: job?.id, status: 'pending' }] },
		});
		await until(() => fixture.emulator.jobs.every(({ state }) => state === 'cancelled'));
		expect(fixture.sent('cancel')).toHaveLength(1);
		const polls = fixture.sent('status').length;
		await until(() => Date.now() - stopped.at > 300);
		expect(fixture.sent('status')).toHaveLength(polls);
	});

	it('while a job is polled ends the wait for the next status request', async () => {
		fixture.emulator.inject({
			stage: 'status',
			kind: 'status',
			status: 503,
			headers: { 'retry-after': '60' },
			times: Infinity,
		});
		const stopped = { at: 0 };
		const run = await fixture.run(small, {
			onStart: stopWhen(() => fixture.sent('status').length > 0, stopped),
		});
		expect(Date.now() - stopped.at).toBeLessThan(2_000);
		expect(run.status).toBe('canceled');
		expect(fixture.sent('status')).toHaveLength(1);
	});

	it('while a submit is in flight ends the run, and cancels the job as soon as it is known', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const slow = await slowImage(await picture(64, 64), 500);
		try {
			const stopped = { at: 0 };
			const onStart = stopWhen(() => fixture.sent('submit').length > 0, stopped);
			const inputImages = { image: [{ source: 'url', url: slow.url }] };
			const run = await fixture.run(
				{ provider: 'runpod', operation: 'edit', prompt: 'x', sizing: 'pixels', inputImages },
				{ onStart },
			);
			expect(fixture.emulator.jobs).toEqual([]);
			expect(run.status).toBe('canceled');
			await until(
				() => fixture.emulator.jobs.length === 1 && fixture.emulator.jobs[0]?.state === 'cancelled',
			);
			expect(fixture.sent('cancel')).toHaveLength(1);
		} finally {
			await slow.close();
		}
	});

	it.each(['hang', 'stall'] as const)(
		'does not wait for a cancel request that meets with a %s',
		async (kind) => {
			fixture.emulator.inject({ stage: 'job', kind: 'never' });
			fixture.emulator.inject({ stage: 'cancel', kind, times: Infinity });
			const stopped = { at: 0 };
			const onStart = stopWhen(() => fixture.sent('status').length > 1, stopped);
			const run = await fixture.run(
				{ provider: 'runpod', operation: 'edit', prompt: 'x' },
				{ items: [withBinary(await picture(64, 64))], onStart },
			);
			expect(Date.now() - stopped.at).toBeLessThan(2_000);
			expect(run.status).toBe('canceled');
			expect(run.error?.description).toMatch(/^Its cancellation was asked for at the provider\./);
			expect(run.error).toMatchObject({ context: { job: { id: fixture.emulator.jobs[0]?.id } } });
			expect(fixture.sent('cancel')).toHaveLength(1);
		},
	);

	it.each(['wait', 'submit'])(
		'shortly before a submit is answered names and cancels the job, with the completion %s',
		async (completion) => {
			fixture.emulator.inject({ stage: 'job', kind: 'never' });
			const slow = await slowImage(await picture(64, 64), 150);
			try {
				const stopped = { at: 0 };
				const onStart = stopWhen(() => fixture.sent('submit').length > 0, stopped);
				const inputImages = { image: [{ source: 'url', url: slow.url }] };
				const run = await fixture.run(
					{
						provider: 'runpod',
						operation: 'edit',
						prompt: 'x',
						sizing: 'pixels',
						completion,
						inputImages,
					},
					{ onStart },
				);
				expect(run.status).toBe('canceled');
				await until(
					() =>
						fixture.emulator.jobs.length === 1 && fixture.emulator.jobs[0]?.state === 'cancelled',
				);
				expect(run.error).toMatchObject({
					context: { jobs: [{ id: fixture.emulator.jobs[0]?.id, status: 'pending' }] },
				});
			} finally {
				await slow.close();
			}
		},
	);

	it('while images are made submits none of the queued ones', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never', times: Infinity });
		const stopped = { at: 0 };
		const run = await fixture.run(
			{ ...small, options: { concurrency: 2, numberOfImages: 5 } },
			{
				items: [{}, {}],
				onStart: stopWhen(() => fixture.sent('status').length > 2, stopped),
				onError: 'continueRegularOutput',
			},
		);
		expect(Date.now() - stopped.at).toBeLessThan(2_000);
		expect(run.status).toBe('canceled');
		expect(fixture.submitted()).toHaveLength(2);
	});

	it('leaves no listener or timer that could submit a job later', async () => {
		fixture.emulator.inject({
			stage: 'submit',
			kind: 'status',
			status: 429,
			headers: { 'retry-after': '1' },
			times: Infinity,
		});
		const stopped = { at: 0 };
		const run = await fixture.run(small, {
			onStart: stopWhen(() => fixture.submitted().length > 0, stopped),
		});
		expect(run.status).toBe('canceled');
		await until(() => Date.now() - stopped.at > 1_300);
		expect(fixture.submitted()).toHaveLength(1);
	});
});

describe('Retry On Fail', () => {
	const retry = { retryOnFail: true };

	it('does not repeat a successful run', async () => {
		const run = await fixture.run({ ...small, options: { numberOfImages: 2 } }, retry);
		expect(run.items).toHaveLength(2);
		expect(run.items.filter(({ json }) => 'error' in json)).toEqual([]);
		expect(fixture.submitted()).toHaveLength(2);
	});

	it('runs the whole node again after a failure, and pays again', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const run = await fixture.run({ ...small, options: { concurrency: 1 } }, retry);
		expect(run.error).toBeNull();
		expect(run.items).toMatchObject([
			{ json: { job: { id: fixture.emulator.jobs[1]?.id, status: 'succeeded' } } },
		]);
		expect(fixture.emulator.jobs).toHaveLength(2);
	});

	it('ends in the error of the last attempt', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail', times: 2 });
		const run = await fixture.run(small, retry);
		expect(fixture.emulator.jobs).toHaveLength(2);
		const [, second] = fixture.emulator.jobs;
		expect(second && run.error).toMatchObject({
			context: { jobs: [second && jobRecord(fixture, second, 'failed', 'failed')] },
		});
	});

	it('runs the node again if its first item is an error item with Continue', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const run = await fixture.run(small, { ...retry, onError: 'continueRegularOutput' });
		expect(run.items).toMatchObject([{ json: { job: { status: 'succeeded' } } }]);
		expect(fixture.emulator.jobs).toHaveLength(2);
	});
});
