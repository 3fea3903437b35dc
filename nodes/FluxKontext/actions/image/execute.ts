import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Result } from '../../core/base/faults';
import type { Engine } from '../../core/engine';
import type { Operation } from '../../core/request/model';
import { connectionsOf, createFailure } from '../connection';
import { readCostLimit, smallestLimit } from '../parameters/costLimit';
import { readRunSettings, type RunSettings } from '../parameters/nodeSettings';
import { runItems, type ItemTasks, type Work } from '../runtime/runItems';
import { createResumeCallback } from '../suspend/resumeCallback';
import { suspendExecution } from '../suspend/suspend';
import { limitCost } from './cost';
import { runImageJob } from './imageJob';
import { planItem, type Planned, type PlannedItem } from './planItem';
import { refuseItems } from './refuse';

/** Refuses the items whose 'Max Cost' cannot be read. */
function refuseUnlimited(
	planned: readonly Planned[],
	limits: ReadonlyArray<Result<number | null>>,
): Planned[] {
	return planned.map((entry, itemIndex) => {
		const limit = limits[itemIndex];
		return 'failure' in entry || !limit || limit.ok
			? entry
			: { failure: createFailure(entry.item.connection, itemIndex, limit.fault) };
	});
}

/** Plans all items, and checks what they cost together, before the first one is submitted. */
async function planAll(
	context: IExecuteFunctions,
	engine: Engine,
	operation: Operation,
	settings: Result<RunSettings>,
	signal: AbortSignal,
): Promise<Planned[]> {
	const openConnection = connectionsOf(context, engine);
	const inputItems = context.getInputData();
	const limits = inputItems.map((_, itemIndex) => readCostLimit(context, itemIndex));
	const plannedItems = await Promise.all(
		inputItems.map(async (_, itemIndex) => await planItem(context, itemIndex, operation, openConnection)),
	);
	const planned = refuseUnlimited(plannedItems, limits);
	const continues = context.continueOnFail();
	// Without Continue one refused item ends the run, whatever the others cost.
	if (planned.some((entry) => 'failure' in entry) && !continues) return planned;
	return settings.ok
		? await limitCost(planned, smallestLimit(limits), continues, signal)
		: refuseItems(planned, settings.fault);
}

const isSuspending = ({ settings }: PlannedItem): boolean => settings.completion === 'suspend';

/** Creates one task for each job of an item. */
function tasksOf(context: IExecuteFunctions, item: PlannedItem): ItemTasks {
	const callback = isSuspending(item) ? createResumeCallback(context, item.connection) : null;
	return {
		tasks: item.plan.batches.map(
			(_, jobIndex) => async (signals, reportJob) =>
				await runImageJob(item, jobIndex, signals, reportJob, callback),
		),
		fail: (fault, job) => createFailure(item.connection, item.itemIndex, fault, job),
	};
}

/** Executes *Image → Generate* and *Edit* for all items. Rejects with the error that ends the run. */
export async function executeImage(
	context: IExecuteFunctions,
	engine: Engine,
	operation: Operation,
): Promise<INodeExecutionData[]> {
	let suspendMs = 0;
	const items = await runItems(context, async (signal): Promise<Work> => {
		const settings = readRunSettings(context);
		const planned = await planAll(context, engine, operation, settings, signal);
		const suspending = planned.flatMap((entry) =>
			'item' in entry && isSuspending(entry.item) ? [entry.item.settings.timeoutMs] : [],
		);
		suspendMs = Math.max(0, ...suspending);
		return {
			entries: planned.map((entry) => ('failure' in entry ? entry : tasksOf(context, entry.item))),
			concurrency: settings.ok ? settings.value.concurrency : 1,
		};
	});
	return suspendMs > 0 ? await suspendExecution(context, engine, items, suspendMs) : items;
}
