import {
	cancelJob,
	readJob,
	resumeJob,
	type JobOptions,
	type JobOutcome,
	type JobRecord,
	type JobContext,
} from '../../index';
import { confirmed, notConfirmed, type Finding } from './report';

/** Milliseconds in which a cancellation shows. */
const PATIENCE_MS = 60_000;

/** Cancels a job that was just accepted, and waits to see what the provider then says of it. */
export async function cancelAndLook<T>(
	run: JobContext,
	record: JobRecord,
	store: JobOptions<T>['store'],
): Promise<{ outcome: JobOutcome<T> | null; finding: Finding }> {
	const { provider, baseUrl, ports } = run;
	const job = readJob(record, provider, { baseUrl, now: ports.now() });
	if (!job.ok) return { outcome: null, finding: notConfirmed('cancel', job.fault.message) };
	const { cancelled, message } = await cancelJob(run, job.value.handle);
	const outcome = await resumeJob({ ...run, deadline: ports.now() + PATIENCE_MS }, job.value, {
		wait: true,
		cancelOnTimeout: false,
		store,
	});
	const {
		job: { providerStatus },
		result,
	} = outcome;
	const seen = `${message}; then the job is told as "${providerStatus}"${result.ok ? ', with an image' : `: ${result.fault.message}`}`;
	const stopped = !result.ok && result.fault.code === 'cancelled' && !ports.stop.aborted;
	return {
		outcome,
		finding: cancelled && stopped ? confirmed('cancel', seen) : notConfirmed('cancel', seen),
	};
}
