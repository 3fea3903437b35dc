import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fail, fault, succeed, type Fault, type Result } from '../../core/faults';
import type { JobRecord } from '../../core/job';
import { runPool } from '../../core/pool';
import type { Operation } from '../../core/types';
import { errorItem, nodeError, type Failure } from '../../transport/errors';
import { accountsOf } from '../account';
import { runImageJob, type JobResult } from './imageJob';
import { planItem, type Planned, type PlannedItem } from './planItem';
import { readRunSettings, type RunSettings } from './settings';

/** Nothing is submitted if the catalogue's prices of all jobs together are over the limit. */
function checkCost(items: readonly PlannedItem[], maxCost: number | null): Result<null> {
	if (maxCost === null) return succeed(null);
	const unknown = items.find(({ plan }) => plan.estimatedCost === null);
	if (unknown) {
		return fail('costLimit', `The price of ${unknown.plan.request.model} is not known, so 'Max Cost' cannot be kept; nothing was submitted`, {
			description: "Remove 'Max Cost' from the options, or choose a model with a known price.",
		});
	}
	const total = items.reduce((sum, { plan }) => sum + (plan.estimatedCost ?? 0), 0);
	// A sum of prices may be off by a rounding error.
	if (total <= maxCost + 1e-9) return succeed(null);
	return fail('costLimit', `The images of this run would cost about ${total.toFixed(3)} USD, but 'Max Cost' is ${maxCost} USD; nothing was submitted`);
}

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

/** `image: generate` and `image: edit` over all items: side by side, out in input order. */
export async function executeImage(context: IExecuteFunctions, operation: Operation): Promise<INodeExecutionData[]> {
	const carryOn = context.continueOnFail();
	const jobs = new Map<string, JobRecord>();
	const onJob = (job: JobRecord) => void jobs.set(job.id, job);
	const raise = (failure: Failure) => nodeError(context.getNode(), failure, [...jobs.values()]);

	const runSettings = readRunSettings(context);
	const accountOf = accountsOf(context);
	let planned = await Promise.all(
		context.getInputData().map(async (_, itemIndex) => await planItem(context, itemIndex, operation, accountOf)),
	);
	const items = planned.flatMap((entry) => ('item' in entry ? [entry.item] : []));
	const allowed = runSettings.ok ? checkCost(items, runSettings.value.maxCost) : runSettings;
	if (!allowed.ok) planned = refuseAll(planned, allowed.fault);

	const [refused] = planned.flatMap((entry) => ('failure' in entry ? [entry.failure] : []));
	if (refused && !carryOn) throw raise(refused);

	// Ends every wait of the run: the execution was stopped, or an item failed and the run must end.
	const halt = new AbortController();
	const stop = context.getExecutionCancelSignal();
	const onStop = () => halt.abort();
	if (stop?.aborted) onStop();
	stop?.addEventListener('abort', onStop, { once: true });

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
		return Array.from({ length: item.plan.jobs }, (_, jobIndex) => async () => settle(await runImageJob(item, jobIndex, halt.signal, onJob)));
	});
	const concurrency = runSettings.ok ? concurrencyOf(runSettings.value, items) : 1;
	const results = await runPool(tasks, concurrency, halt.signal);
	stop?.removeEventListener('abort', onStop);

	const [first] = failures;
	if (stop?.aborted) throw raise(stopped(first));
	if (first && !carryOn) throw raise(first);
	return results.flatMap((items) => items ?? []);
}
