import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fault, type Fault } from '../../core/faults';
import type { JobRecord } from '../../core/job';
import { Halt } from '../../core/halt';
import { runPool } from '../../core/pool';
import type { Operation } from '../../core/types';
import { errorItem, nodeError, type Failure } from '../../transport/errors';
import { accountsOf } from '../account';
import { checkCost } from './cost';
import { runImageJob, type JobResult } from './imageJob';
import { planItem, type Planned, type PlannedItem } from './planItem';
import { readRunSettings, type RunSettings } from './settings';

/** Jobs in flight: what the user allows, held lower by what the providers allow. */
function concurrencyOf({ concurrency }: RunSettings, items: readonly PlannedItem[]): number {
	return items.reduce((lowest, { account, plan }) => {
		const { perKey, perModel } = account.provider.maxActiveJobs ?? { perKey: concurrency };
		return Math.min(lowest, perKey, perModel?.[plan.request.model] ?? perKey);
	}, concurrency);
}

function refuseAll(planned: readonly Planned[], fault: Fault): Planned[] {
	return planned.map((entry, itemIndex) => ({
		failure: { itemIndex, provider: 'item' in entry ? entry.item.account.provider.id : entry.failure.provider, fault, job: null },
	}));
}

/** n8n takes an execution for stopped, and not for failed, by the word "canceled" in its error. */
function stopped(first: Failure | undefined): Failure {
	const failure = first ?? { itemIndex: 0, provider: '', fault: fault('cancelled', 'nothing was at work'), job: null };
	const { message, description, httpStatus, providerStatus } = failure.fault;
	return { ...failure, fault: fault('cancelled', `The execution was canceled: ${message}`, { description, httpStatus, providerStatus }) };
}

/** What ends waits: the user's stop; and besides it, for the whole run, the failure of an item. */
interface Ends {
	stop: Halt;
	halt: Halt;
}

/** `image: generate` and `image: edit` over all items: side by side, out in input order. */
export async function executeImage(context: IExecuteFunctions, operation: Operation): Promise<INodeExecutionData[]> {
	const ends: Ends = { stop: new Halt(), halt: new Halt() };
	const onStop = () => {
		ends.stop.abort();
		ends.halt.abort();
	};
	const signal = context.getExecutionCancelSignal();
	if (signal?.aborted) onStop();
	signal?.addEventListener('abort', onStop, { once: true });
	try {
		return await runItems(context, operation, ends);
	} finally {
		signal?.removeEventListener('abort', onStop);
	}
}

async function runItems(context: IExecuteFunctions, operation: Operation, { stop, halt }: Ends): Promise<INodeExecutionData[]> {
	const carryOn = context.continueOnFail();
	const jobs = new Map<string, JobRecord>();
	const onJob = (job: JobRecord) => void jobs.set(`${job.provider} ${job.id}`, job);
	const raise = (failure: Failure) => nodeError(context.getNode(), failure, [...jobs.values()]);

	const runSettings = readRunSettings(context);
	const accountOf = accountsOf(context);
	let planned = await Promise.all(
		context.getInputData().map(async (_, itemIndex) => await planItem(context, itemIndex, operation, accountOf)),
	);
	const items = planned.flatMap((entry) => ('item' in entry ? [entry.item] : []));
	const [unplanned] = planned.flatMap((entry) => ('failure' in entry ? [entry.failure] : []));
	if (unplanned && !carryOn) throw raise(unplanned);
	const allowed = runSettings.ok
		? await halt.during(async (signal) => await checkCost(items, runSettings.value.maxCost, signal))
		: runSettings;
	if (!allowed.ok) planned = refuseAll(planned, allowed.fault);
	const [refused] = planned.flatMap((entry) => ('failure' in entry ? [entry.failure] : []));
	if (refused && !carryOn) throw raise(refused);

	const failures: Failure[] = [];
	const settle = (result: JobResult): INodeExecutionData[] => {
		if ('items' in result) return result.items;
		failures.push(result.failure);
		if (!carryOn) halt.abort();
		return [errorItem(result.failure)];
	};
	const tasks = planned.flatMap((entry) => {
		if ('failure' in entry) return [async () => await Promise.resolve(settle(entry))];
		const { item } = entry;
		return item.plan.batches.map((_, jobIndex) => async () => {
			const job = async (stopped: AbortSignal) =>
				await halt.during(async (signal) => await runImageJob(item, jobIndex, { stop: stopped, signal }, onJob));
			return settle(await stop.during(job));
		});
	});
	const concurrency = runSettings.ok ? concurrencyOf(runSettings.value, items) : 1;
	const results = await runPool(tasks, concurrency, halt);

	const [first] = failures;
	if (stop.aborted) throw raise(stopped(first));
	if (first && !carryOn) throw raise(first);
	return results.flatMap((done) => done ?? []);
}
