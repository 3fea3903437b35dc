import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { cancelJob } from '../../core/cancel';
import { resumeJob } from '../../core/job';
import { accountsOf, failureOf, runOf, shownJob } from '../account';
import { cancelledItem, failedItem, imageFileName, imageItems, pendingItem, type Asked } from '../output';
import { runItems, type Signals, type Task, type TaskResult } from '../runItems';
import { readRunSettings } from '../settings';
import { readJobItem, type JobItem } from './readItem';

export type JobOperation = 'get' | 'wait' | 'cancel';

async function cancel({ itemIndex, settings, account, job }: JobItem, signals: Signals): Promise<TaskResult> {
	const answer = await cancelJob(runOf(account, settings.timeoutMs, signals), job.handle);
	return { items: [cancelledItem({ itemIndex, account }, job, answer)] };
}

/** `get` looks once, `wait` goes on until the image is there; both deliver it if it is. */
async function resume(item: JobItem, wait: boolean, signals: Signals): Promise<TaskResult> {
	const { itemIndex, settings, account } = item;
	const { ports } = account;
	const outcome = await resumeJob(runOf(account, settings.timeoutMs, signals), item.job, {
		wait,
		cancelOnTimeout: settings.cancelOnTimeout,
		store: async (image, job, { index, count }) => {
			const name = imageFileName(settings.fileName, { job, extension: image.info.extension, index, position: index, several: count > 1 });
			return await ports.storeImage(image, name);
		},
	});
	const { job, result } = outcome;
	const asked: Asked = { itemIndex, account, binaryField: settings.binaryField, prompt: null, seed: null, images: null };
	if (!result.ok) {
		return !wait && job.status === 'failed'
			? { items: [failedItem(asked, job, outcome, result.fault)] }
			: { failure: failureOf(account, itemIndex, result.fault, job) };
	}
	return { items: job.status === 'pending' ? [pendingItem(asked, job, outcome, [])] : imageItems(asked, job, outcome, result.value, []) };
}

/** `job: get`, `wait` and `cancel` over all items: jobs that were submitted earlier, here or elsewhere. */
export async function executeJob(context: IExecuteFunctions, operation: JobOperation): Promise<INodeExecutionData[]> {
	return await runItems(context, async () => {
		const accountOf = accountsOf(context);
		const read = await Promise.all(context.getInputData().map(async (_, itemIndex) => await readJobItem(context, itemIndex, accountOf)));
		const taskOf =
			(item: JobItem): Task =>
			async (signals, onJob) => {
				onJob(shownJob(item.account, item.job));
				return operation === 'cancel' ? await cancel(item, signals) : await resume(item, operation === 'wait', signals);
			};
		const settings = readRunSettings(context);
		const entries = read.map((entry, itemIndex) => {
			if ('failure' in entry) return entry;
			return settings.ok ? { tasks: [taskOf(entry.item)] } : { failure: failureOf(entry.item.account, itemIndex, settings.fault, entry.item.job) };
		});
		return { entries, concurrency: settings.ok ? settings.value.concurrency : 1 };
	});
}
