import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { cancelJob } from '../../core/job/cancel';
import { connectionsOf, createFailure, createJobContext, redactJob } from '../connection';
import { unknownRequest } from '../outputContext';
import { cancelledItem } from '../items/success';
import { runItems, type Signals, type Task, type TaskResult } from '../runtime/runItems';
import { readRunSettings } from '../settings';
import { readJobItem, type JobItem } from './readItem';
import { resume } from './resume';

export type JobOperation = 'get' | 'wait' | 'cancel';

async function cancel(
	{ itemIndex, settings, connection, job }: JobItem,
	signals: Signals,
): Promise<TaskResult> {
	const answer = await cancelJob(createJobContext(connection, settings.timeoutMs, signals), job.handle);
	return { items: [cancelledItem({ itemIndex, connection }, job, answer)] };
}

/** `job: get`, `wait` and `cancel` over all items: jobs that were submitted earlier, here or elsewhere. */
export async function executeJob(
	context: IExecuteFunctions,
	operation: JobOperation,
): Promise<INodeExecutionData[]> {
	return await runItems(context, async () => {
		const connectionOf = connectionsOf(context);
		const read = await Promise.all(
			context
				.getInputData()
				.map(async (_, itemIndex) => await readJobItem(context, itemIndex, connectionOf)),
		);
		const taskOf =
			(item: JobItem): Task =>
			async (signals, onJob) => {
				const { itemIndex, connection, settings, job } = item;
				onJob(redactJob(connection, job));
				if (operation === 'cancel') return await cancel(item, signals);
				return await resume(
					{ ...unknownRequest, itemIndex, connection, ...settings },
					job,
					{ ...settings, wait: operation === 'wait' },
					signals,
				);
			};
		const settings = readRunSettings(context);
		const entries = read.map((entry, itemIndex) => {
			if ('failure' in entry) return entry;
			return settings.ok
				? { tasks: [taskOf(entry.item)] }
				: {
						failure: createFailure(
							entry.item.connection,
							itemIndex,
							settings.fault,
							entry.item.job,
						),
					};
		});
		return { entries, concurrency: settings.ok ? settings.value.concurrency : 1 };
	});
}
