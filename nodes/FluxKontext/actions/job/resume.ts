import type { JobRecord } from '../../core/job/record';
import type { Handle } from '../../core/job/snapshot';
import { createFailure, createJobSetup, type Signals } from '../connection';
import { failedItem, imageItems, pendingItem } from '../items/success';
import { storeFor, type OutputContext } from '../outputContext';
import type { TaskResult } from '../runtime/runItems';

/** How a job is resumed. */
export interface ResumeSettings {
	/** Whether to wait for the end of the job, or to check it once. */
	wait: boolean;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Resumes a job that was submitted earlier, and returns its output items. Free. Never rejects. */
export async function resumeToItems(
	output: OutputContext,
	job: JobRecord<Handle>,
	{ wait, timeoutMs, cancelOnTimeout }: ResumeSettings,
	signals: Signals,
): Promise<TaskResult> {
	const { itemIndex, connection } = output;
	const outcome = await connection.engine.resumeJob(createJobSetup(connection, timeoutMs, signals), job, {
		wait,
		cancelOnTimeout,
		store: storeFor(output),
	});
	const { result } = outcome;
	if (result.ok) {
		return {
			items:
				outcome.job.status === 'pending'
					? [pendingItem(output, outcome.job, outcome)]
					: imageItems(output, outcome.job, outcome, result.value),
		};
	}
	// Reading the state of a job that has failed is a success.
	return !wait && outcome.job.status === 'failed'
		? { items: [failedItem(output, outcome.job, outcome, result.fault)] }
		: { failure: createFailure(connection, itemIndex, result.fault, outcome.job) };
}
