import { resumeJob } from '../../core/job/runJob';
import type { JobRecord } from '../../core/job/record';
import type { Handle } from '../../core/provider';
import { createFailure, createJobContext } from '../connection';
import { storeFor, type OutputContext } from '../outputContext';
import { failedItem, imageItems, pendingItem } from '../items/success';
import type { Signals, TaskResult } from '../runtime/runItems';

export interface Resuming {
	/** Whether to wait for the end of the job, or to look once. */
	wait: boolean;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Goes on with a job that was submitted earlier, to its output items. */
export async function resume(
	asked: OutputContext,
	job: JobRecord<Handle>,
	{ wait, timeoutMs, cancelOnTimeout }: Resuming,
	signals: Signals,
): Promise<TaskResult> {
	const { itemIndex, connection } = asked;
	const outcome = await resumeJob(createJobContext(connection, timeoutMs, signals), job, {
		wait,
		cancelOnTimeout,
		store: storeFor(asked),
	});
	const { result } = outcome;
	if (!result.ok) {
		// Asking for a job that has failed is no failure.
		return !wait && outcome.job.status === 'failed'
			? { items: [failedItem(asked, outcome.job, outcome, result.fault)] }
			: { failure: createFailure(connection, itemIndex, result.fault, outcome.job) };
	}
	return {
		items:
			outcome.job.status === 'pending'
				? [pendingItem(asked, outcome.job, outcome)]
				: imageItems(asked, outcome.job, outcome, result.value),
	};
}
