import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import { stopSignal, suspendWith } from '../../transport/execution';
import { createFailure, redactJob } from '../connection';
import { runItems, type ItemTasks, type Task } from '../runtime/runItems';
import {
	checkUntilPending,
	deliverJob,
	isPendingJob,
	readPendingJobs,
	type SuspendedEntry,
} from './pendingJobs';

/** Jobs whose images are downloaded at a time; as many as a run has by default. */
const CONCURRENT_DELIVERIES = 10;

/** Creates the task that turns an entry into output items. */
function taskOf(entry: SuspendedEntry, item: INodeExecutionData): Task {
	return async (signals, reportJob) => {
		if (entry === null) return { items: [item] };
		if (!isPendingJob(entry)) return { failure: entry };
		reportJob(redactJob(entry.output.connection, entry.job));
		return await deliverJob(entry, signals);
	};
}

function tasksOf(entry: SuspendedEntry, item: INodeExecutionData, index: number): ItemTasks {
	return {
		tasks: [taskOf(entry, item)],
		fail: (fault, job) =>
			entry !== null && isPendingJob(entry)
				? createFailure(entry.output.connection, entry.output.itemIndex, fault, job)
				: { itemIndex: index, provider: '', fault, job },
	};
}

/** Replaces every job among the items by its images. Rejects with the error that ends the run. */
async function deliverAll(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
	entries: readonly SuspendedEntry[],
): Promise<INodeExecutionData[]> {
	const work = {
		entries: items.map((item, index) => tasksOf(entries[index] ?? null, item, index)),
		concurrency: CONCURRENT_DELIVERIES,
	};
	return await runItems(context, async () => await Promise.resolve(work));
}

/** Continues an execution that a webhook has resumed, with the items that it was stored with. */
export async function resumeExecution(
	context: IExecuteFunctions,
	engine: Engine,
	items: readonly INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	return await deliverAll(context, items, await readPendingJobs(context, engine, items));
}

/**
 * Suspends the execution for the pending jobs among these items, until a webhook reports the last of them or
 * `timeoutMs` milliseconds have passed; then n8n itself passes the items on as they are. All jobs are checked
 * once before, because webhooks that arrive before the execution is stored are lost.
 */
export async function suspendExecution(
	context: IExecuteFunctions,
	engine: Engine,
	items: INodeExecutionData[],
	timeoutMs: number,
): Promise<INodeExecutionData[]> {
	const entries = await readPendingJobs(context, engine, items);
	if (entries.every((entry) => entry === null)) return items;
	const stop = stopSignal(context);
	const check = await checkUntilPending(entries.filter(isPendingJob), { stop, signal: stop });
	if (check === 'over') return await deliverAll(context, items, entries);
	await suspendWith(context, items, timeoutMs);
	return items;
}
