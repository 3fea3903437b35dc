import { resumeJob } from '../../core/job';
import type { JobRecord } from '../../core/jobRecord';
import type { Handle } from '../../core/types';
import { failureOf, runOf } from '../account';
import { storeFor, type Asked } from '../asked';
import { failedItem, imageItems, pendingItem } from '../output';
import type { Signals, TaskResult } from '../runItems';

export interface Resuming {
	/** Whether to wait for the end of the job, or to look once. */
	wait: boolean;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Goes on with a job that was submitted earlier, to its output items. */
export async function resume(
	asked: Asked,
	job: JobRecord<Handle>,
	{ wait, timeoutMs, cancelOnTimeout }: Resuming,
	signals: Signals,
): Promise<TaskResult> {
	const { itemIndex, account } = asked;
	const outcome = await resumeJob(runOf(account, timeoutMs, signals), job, {
		wait,
		cancelOnTimeout,
		store: storeFor(asked),
	});
	const { result } = outcome;
	if (!result.ok) {
		// Asking for a job that has failed is no failure.
		return !wait && outcome.job.status === 'failed'
			? { items: [failedItem(asked, outcome.job, outcome, result.fault)] }
			: { failure: failureOf(account, itemIndex, result.fault, outcome.job) };
	}
	return {
		items:
			outcome.job.status === 'pending'
				? [pendingItem(asked, outcome.job, outcome)]
				: imageItems(asked, outcome.job, outcome, result.value),
	};
}
