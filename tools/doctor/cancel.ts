import {
	readJob,
	type JobOptions,
	type JobOutcome,
	type JobRecord,
	type JobSetup,
	type Engine,
} from '../../index';
import { confirmed, notConfirmed, type Finding } from './report';

/** Time within which the provider must report the job as cancelled. */
const CANCEL_TIMEOUT_MS = 60_000;

/**
 * Cancels a job that was just accepted, and polls until the provider reports its final status. Sends only
 * free requests; never rejects.
 */
export async function checkCancel<T>(
	engine: Engine,
	setup: JobSetup,
	record: JobRecord,
	store: JobOptions<T>['store'],
): Promise<{ outcome: JobOutcome<T> | null; finding: Finding }> {
	const { provider, ports } = setup;
	const job = readJob(record, provider);
	if (!job.ok) return { outcome: null, finding: notConfirmed('cancel', job.fault.message) };
	const { cancelled, message } = await engine.cancelJob(setup, job.value.handle);
	const outcome = await engine.resumeJob(
		{ ...setup, deadline: ports.now() + CANCEL_TIMEOUT_MS },
		job.value,
		{
			wait: true,
			cancelOnTimeout: false,
			store,
		},
	);
	const {
		job: { providerStatus },
		result,
	} = outcome;
	const suffix = result.ok ? ', with an image' : `: ${result.fault.message}`;
	const detail = `${message}; then the provider reports the job as "${providerStatus}"${suffix}`;
	const isCancelled = !result.ok && result.fault.code === 'cancelled' && !ports.stop.aborted;
	return {
		outcome,
		finding: cancelled && isCancelled ? confirmed('cancel', detail) : notConfirmed('cancel', detail),
	};
}
