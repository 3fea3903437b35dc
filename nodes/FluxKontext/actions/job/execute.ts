import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { cancelJob } from '../../core/cancel';
import { accountsOf, failureOf, runOf, shownJob } from '../account';
import { unknownRequest } from '../asked';
import { cancelledItem } from '../output';
import { runItems, type Signals, type Task, type TaskResult } from '../runItems';
import { readRunSettings } from '../settings';
import { readJobItem, type JobItem } from './readItem';
import { resume } from './resume';

export type JobOperation = 'get' | 'wait' | 'cancel';

async function cancel({ itemIndex, settings, account, job }: JobItem, signals: Signals): Promise<TaskResult> {
	const answer = await cancelJob(runOf(account, settings.timeoutMs, signals), job.handle);
	return { items: [cancelledItem({ itemIndex, account }, job, answer)] };
}

/** `job: get`, `wait` and `cancel` over all items: jobs that were submitted earlier, here or elsewhere. */
export async function executeJob(
	context: IExecuteFunctions,
	operation: JobOperation,
): Promise<INodeExecutionData[]> {
	return await runItems(context, async () => {
		const accountOf = accountsOf(context);
		const read = await Promise.all(
			context
				.getInputData()
				.map(async (_, itemIndex) => await readJobItem(context, itemIndex, accountOf)),
		);
		const taskOf =
			(item: JobItem): Task =>
			async (signals, onJob) => {
				const { itemIndex, account, settings, job } = item;
				onJob(shownJob(account, job));
				if (operation === 'cancel') return await cancel(item, signals);
				return await resume(
					{ ...unknownRequest, itemIndex, account, ...settings },
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
				: { failure: failureOf(entry.item.account, itemIndex, settings.fault, entry.item.job) };
		});
		return { entries, concurrency: settings.ok ? settings.value.concurrency : 1 };
	});
}
