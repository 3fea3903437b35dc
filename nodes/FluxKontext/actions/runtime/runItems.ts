import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fault } from '../../core/base/faults';
import { AbortGroup } from './abortGroup';
import type { JobRecord } from '../../core/job/record';
import { runPool } from './pool';
import { errorItem, nodeError, type Failure } from '../items/error';

export interface Signals {
	/** The user's stop. */
	stop: AbortSignal;
	/** The same, and the end of the run by the failure of an item. */
	signal: AbortSignal;
}

export type TaskResult = { items: INodeExecutionData[] } | { failure: Failure };

/** A part of the run that goes on by itself; tells of each job that a provider has accepted. Never rejects. */
export type Task = (signals: Signals, onJob: (job: JobRecord) => void) => Promise<TaskResult>;

export interface Work {
	/** In input order: what is to be done for an item, or why it is refused. */
	entries: ReadonlyArray<{ tasks: readonly Task[] } | { failure: Failure }>;
	/** Tasks at a time. */
	concurrency: number;
}

/** n8n takes an execution for stopped, and not for failed, by the word "canceled" in its error. */
function stopped(first: Failure | undefined): Failure {
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

/** Runs all items side by side, out in input order; ends with the first failure where the node does not continue on fail. */
export async function runItems(
	context: IExecuteFunctions,
	plan: (signal: AbortSignal) => Promise<Work>,
): Promise<INodeExecutionData[]> {
	const [stop, halt] = [new AbortGroup(), new AbortGroup()];
	const onStop = () => {
		stop.abort();
		halt.abort();
	};
	const signal = context.getExecutionCancelSignal();
	if (signal?.aborted) onStop();
	signal?.addEventListener('abort', onStop, { once: true });
	try {
		return await runWork(context, await halt.during(plan), stop, halt);
	} finally {
		signal?.removeEventListener('abort', onStop);
	}
}

async function runWork(
	context: IExecuteFunctions,
	{ entries, concurrency }: Work,
	stop: AbortGroup,
	halt: AbortGroup,
): Promise<INodeExecutionData[]> {
	const carryOn = context.continueOnFail();
	const jobs = new Map<string, JobRecord>();
	const onJob = (job: JobRecord) => void jobs.set(`${job.provider} ${job.id}`, job);
	const raise = (failure: Failure) => nodeError(context.getNode(), failure, [...jobs.values()]);
	const [refused] = entries.flatMap((entry) => ('failure' in entry ? [entry.failure] : []));
	if (refused && !carryOn) throw raise(refused);

	const failures: Failure[] = [];
	const settle = (result: TaskResult): INodeExecutionData[] => {
		if ('items' in result) return result.items;
		failures.push(result.failure);
		if (!carryOn) halt.abort();
		return [errorItem(result.failure)];
	};
	const tasks = entries.flatMap((entry) => {
		if ('failure' in entry) return [async () => await Promise.resolve(settle(entry))];
		return entry.tasks.map((task) => async () => {
			const run = async (stopSignal: AbortSignal) =>
				await halt.during(async (signal) => await task({ stop: stopSignal, signal }, onJob));
			return settle(await stop.during(run));
		});
	});
	const results = await runPool(tasks, concurrency, halt);

	const [first] = failures;
	if (stop.aborted) {
		// n8n keeps nothing of a node that was stopped, so its log is the only place where the jobs can still be found.
		for (const job of jobs.values())
			context.logger.warn(`Flux Kontext was stopped with a job: ${JSON.stringify(job)}`);
		throw raise(stopped(first));
	}
	if (first && !carryOn) throw raise(first);
	return results.flatMap((done) => done ?? []);
}
