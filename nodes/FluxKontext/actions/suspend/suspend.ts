import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { unexpected } from '../../core/base/exceptions';
import type { Fault } from '../../core/base/faults';
import type { Engine } from '../../core/engine';
import { stopSignal, suspendWith } from '../../transport/execution';
import { createFailure, redactJob } from '../connection';
import { errorItem, nodeError } from '../items/error';
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
 * Ends a run whose execution could not be suspended: each pending job fails its item, and all of them are
 * listed.
 */
function failPending(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
	entries: readonly SuspendedEntry[],
	fault: Fault,
): INodeExecutionData[] {
	const failures = entries.map((entry) =>
		entry !== null && isPendingJob(entry)
			? createFailure(entry.output.connection, entry.output.itemIndex, fault, entry.job)
			: entry,
	);
	const [first] = failures.filter((failure) => failure !== null);
	if (first && !context.continueOnFail()) {
		const jobs = failures.flatMap((failure) => failure?.job ?? []);
		throw nodeError(context.getNode(), first, jobs);
	}
	return items.map((item, index) => {
		const failure = failures[index];
		return failure ? errorItem(failure) : item;
	});
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
	try {
		await suspendWith(context, items, timeoutMs);
		return items;
	} catch (error) {
		return failPending(context, items, entries, unexpected('the suspension', error));
	}
}
