import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { unexpected } from '../../core/base/exceptions';
import { fault, type Fault } from '../../core/base/faults';
import type { JobRecord } from '../../core/job/record';
import type { Signals } from '../connection';
import { errorItem, nodeError, type Failure } from '../items/error';
import { AbortGroup } from './abortGroup';
import { runPool } from './pool';

/** Output items of a task, or why there are none. */
export type TaskResult = { items: INodeExecutionData[] } | { failure: Failure };

/** Reports a job that a provider has accepted. */
export type ReportJob = (job: JobRecord) => void;

/** Independent part of a run. Reports every job that a provider accepts. */
export type Task = (signals: Signals, reportJob: ReportJob) => Promise<TaskResult>;

/** Tasks of one item. */
export interface ItemTasks {
	tasks: readonly Task[];
	/** Creates the failure of this item. */
	fail: (fault: Fault, job: JobRecord | null) => Failure;
}

/** Tasks of a run. */
export interface Work {
	/** In input order: the tasks of an item, or why the item is refused. */
	entries: ReadonlyArray<ItemTasks | { failure: Failure }>;
	/** Tasks at a time. */
	concurrency: number;
}

/** Abort groups of a run: `stop` for the user's stop, `halt` for that and for a failure that ends the run. */
interface RunControl {
	stop: AbortGroup;
	halt: AbortGroup;
}

/** Creates the failure of a stopped run. n8n takes it for a stop by the word "canceled". */
function stoppedFailure(first: Failure | undefined): Failure {
	const failure = first ?? {
		itemIndex: 0,
		provider: '',
		fault: fault('cancelled', 'nothing was at work'),
		job: null,
	};
	const { message, description, httpStatus, providerStatus } = failure.fault;
	return {
		...failure,
		fault: fault('cancelled', `The execution was canceled: ${message}`, {
			description,
			httpStatus,
			providerStatus,
		}),
	};
}

/**
 * Runs the tasks of all items side by side and returns their output in input order. Without *Continue* the
 * first failure ends the run. Rejects with the error that ends the run; its `context.jobs` lists every
 * accepted job.
 */
export async function runItems(
	context: IExecuteFunctions,
	plan: (signal: AbortSignal) => Promise<Work>,
): Promise<INodeExecutionData[]> {
	const control = { stop: new AbortGroup(), halt: new AbortGroup() };
	const onStop = () => {
		control.stop.abort();
		control.halt.abort();
	};
	const signal = context.getExecutionCancelSignal();
	if (signal?.aborted) onStop();
	signal?.addEventListener('abort', onStop, { once: true });
	try {
		return await runWork(context, await control.halt.run(plan), control);
	} finally {
		signal?.removeEventListener('abort', onStop);
	}
}

/**
 * Runs one task with the signals of the run. A task that throws becomes the failure of its item, with its
 * job.
 */
async function runTask(
	task: Task,
	fail: ItemTasks['fail'],
	{ stop, halt }: RunControl,
	reportJob: ReportJob,
): Promise<TaskResult> {
	let lastJob: JobRecord | null = null;
	const report: ReportJob = (job) => {
		lastJob = job;
		reportJob(job);
	};
	try {
		return await stop.run(
			async (stopSignal) =>
				await halt.run(async (signal) => await task({ stop: stopSignal, signal }, report)),
		);
	} catch (error) {
		return { failure: fail(unexpected('the item', error), lastJob) };
	}
}

async function runWork(
	context: IExecuteFunctions,
	{ entries, concurrency }: Work,
	control: RunControl,
): Promise<INodeExecutionData[]> {
	const continues = context.continueOnFail();
	// One entry for each task: a provider may give two jobs the same id.
	const jobs = new Map<Task, JobRecord>();
	const refusals = entries.flatMap((entry) => ('failure' in entry ? [entry.failure] : []));
	// A refused item has a job only if a question for its price was taken for the paid request.
	const refusedJobs = refusals.flatMap(({ job }) => job ?? []);
	const endWith = (failure: Failure) =>
		nodeError(context.getNode(), failure, [...refusedJobs, ...jobs.values()]);
	const refused = refusals.find(({ job }) => job !== null) ?? refusals[0];
	if (refused && !continues) throw endWith(refused);

	const failures: Failure[] = [];
	const settle = (result: TaskResult): INodeExecutionData[] => {
		if ('items' in result) return result.items;
		failures.push(result.failure);
		if (!continues) control.halt.abort();
		return [errorItem(result.failure)];
	};
	const tasks = entries.flatMap((entry) =>
		'failure' in entry
			? [async () => await Promise.resolve(settle(entry))]
			: entry.tasks.map(
					(task) => async () =>
						settle(await runTask(task, entry.fail, control, (job) => void jobs.set(task, job))),
				),
	);
	const results = await runPool(tasks, concurrency, control.halt);

	const [first] = failures;
	if (control.stop.aborted) {
		// n8n keeps nothing of a stopped node, so its log is the only place where the jobs can still be
		// found.
		for (const job of jobs.values())
			context.logger.warn(`Flux Kontext was stopped with a job: ${JSON.stringify(job)}`);
		throw endWith(stoppedFailure(first));
	}
	if (first && !continues) throw endWith(first);
	return results.flatMap((items) => items ?? []);
}
