import type { JobRecord } from '../../index';
import { endpointsOf } from '../support/endpoints';
import { simplest, type ContractOutcome, type RunOverrides } from './contractFixture';
import { faultOf } from './outcomes';
import type { ContractSubject } from './suite';

/** Runs the simplest request of the provider. */
export async function runSimplest(
	{ harness, provider }: ContractSubject,
	overrides: RunOverrides = {},
): Promise<ContractOutcome> {
	const { request, sources } = simplest(provider);
	return await harness.run(provider, request, { sources, ...overrides });
}

/** Tests the course of a job: its record, the requests with the key, and its cancellation. */
export function testJobs(subject: ContractSubject): void {
	testReport(subject);
	testKey(subject);
	testCancellation(subject);
}

function testReport(subject: ContractSubject): void {
	const { harness, provider, fixture } = subject;
	const { request } = simplest(provider);
	const isDoneAtSubmit = provider.kind === 'sync' || fixture.waits === true;

	it('reports the accepted and the finished job with the facts of the provider', async () => {
		const accepted: JobRecord[] = [];
		const { outcome } = await runSimplest(subject, { onAccepted: (job) => void accepted.push(job) });
		const [job] = harness.emulator.jobs;
		expect(accepted).toMatchObject([
			{
				provider: provider.id,
				model: request.model,
				id: job?.id,
				status: isDoneAtSubmit ? 'succeeded' : 'pending',
			},
		]);
		expect(outcome.job).toMatchObject({
			provider: provider.id,
			model: request.model,
			id: job?.id,
			status: 'succeeded',
		});
		expect(outcome.result).toMatchObject({ ok: true, value: { meta: fixture.meta } });
		expect(outcome.polls > 0).toBe(!isDoneAtSubmit);
		expect(outcome.totalMs).toBeGreaterThanOrEqual(80);
		expect(JSON.parse(JSON.stringify(outcome.job))).toEqual(outcome.job);
	});
}

function testKey(subject: ContractSubject): void {
	const { harness, provider } = subject;

	it('sends the key with every request to the API, and with no download', async () => {
		const { baseUrl, apiKey } = harness.connection(provider);
		const { outcome } = await runSimplest(subject);
		expect(outcome.result.ok).toBe(true);
		const withKey = harness.emulator.requests.filter((request) =>
			JSON.stringify([request.headers, request.path]).includes(apiKey),
		);
		expect(withKey.map((request) => request.provider)).toEqual(
			harness.emulator.requests
				.filter(({ provider: id, stage }) => id !== 'files' && stage !== 'download')
				.map(({ provider: id }) => id),
		);
		expect(JSON.stringify(outcome)).not.toContain(apiKey);
		expect(baseUrl).not.toContain(apiKey);
	});
}

function testCancellation(subject: ContractSubject): void {
	const { harness, provider } = subject;
	const canCancel = endpointsOf(provider).cancel !== undefined;

	it('cancels the job when the run is stopped, or says that this is not possible', async () => {
		harness.emulator.inject({ stage: 'job', kind: 'never' });
		// Some providers cancel only queued jobs; on a busy machine the job would start before the request.
		harness.emulator.timing.queueMs = 20_000;
		const stop = new AbortController();
		const running = runSimplest(subject, { signal: stop.signal, onAccepted: () => stop.abort() });
		if (provider.kind === 'sync') {
			await harness.untilBilled();
			stop.abort();
			expect(faultOf(await running)).toMatchObject({
				code: 'cancelled',
				message: expect.stringContaining('while') as unknown,
			});
			return;
		}
		const run = await running;
		expect(faultOf(run)?.code).toBe('cancelled');
		expect(faultOf(run)?.description).toContain(
			canCancel ? 'It was cancelled at the provider.' : 'has no way to cancel a job',
		);
		expect(harness.emulator.jobs).toMatchObject([{ state: canCancel ? 'cancelled' : 'queued' }]);
	});
}
