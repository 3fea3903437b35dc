import { runSimplest } from './jobs';
import { faultOf, imageOf } from './outcomes';
import type { ContractSubject } from './suite';

/** Tests what the failures of a provider and of the network lead to. */
export function testFailures(subject: ContractSubject): void {
	testRejections(subject);
	testFailedJobs(subject);
	testNetworkFaults(subject);
}

function testRejections(subject: ContractSubject): void {
	const { harness, provider, fixture } = subject;

	it('maps a rejected key to `auth`', async () => {
		const run = await runSimplest(subject, { apiKey: 'sk-wrong' });
		expect(faultOf(run)).toMatchObject({ code: 'auth', retryable: false });
		expect(run.outcome.job).toBeNull();
		expect(harness.emulator.jobs).toEqual([]);
	});

	it('maps a moderated job to `moderated`', async () => {
		const { moderated } = fixture;
		if (moderated === null) return;
		harness.emulator.inject({ stage: 'job', kind: 'moderate' });
		const run = await runSimplest(subject);
		expect(faultOf(run)).toMatchObject({ code: 'moderated', ...moderated, retryable: false });
		if (provider.kind === 'sync') expect(run.outcome.job).toBeNull();
		else
			expect(run.outcome.job).toMatchObject({
				status: 'failed',
				providerStatus: moderated.providerStatus,
			});
	});
}

function testFailedJobs(subject: ContractSubject): void {
	const { harness, provider, fixture } = subject;

	it("reports a failed job with the provider's own text, in each of its forms", async () => {
		for (const form of ['first', 'second']) {
			harness.emulator.inject({ stage: 'job', kind: 'fail' });
			const run = await runSimplest(subject);
			const job = harness.emulator.jobs.at(form === 'first' ? 0 : 1);
			expect(faultOf(run)?.code).toBe(fixture.failureCode ?? 'failed');
			expect([fixture.failed(job?.failure ?? '')].flat()).toContain(faultOf(run)?.message);
			if (provider.kind === 'sync') expect(run.outcome.job).toBeNull();
			else expect(run.outcome.job).toMatchObject({ id: job?.id, status: 'failed' });
		}
	});
}

function testNetworkFaults(subject: ContractSubject): void {
	const { harness } = subject;

	it('submits once if the response is lost, and says that the job may have been accepted', async () => {
		harness.emulator.inject({ stage: 'submit', kind: 'lostAnswer' });
		expect(faultOf(await runSimplest(subject))).toMatchObject({
			code: 'unavailable',
			message: expect.stringContaining('may have accepted') as unknown,
			retryable: false,
		});
		expect(harness.emulator.jobs).toHaveLength(1);
	});

	it('delivers a paid image despite transient faults', async () => {
		harness.emulator.inject({ stage: 'status', kind: 'unknownStatus' });
		harness.emulator.inject({ stage: 'status', kind: 'status', status: 503 });
		harness.emulator.inject({ stage: 'download', kind: 'truncate' });
		await imageOf(await runSimplest(subject));
		expect(harness.emulator.jobs).toHaveLength(1);
	});
}
