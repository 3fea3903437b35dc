import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Fault, Result } from '../../core/base/faults';
import type { Engine } from '../../core/engine';
import type { Operation } from '../../core/request/model';
import { connectionsOf, createFailure } from '../connection';
import { readRunSettings, type RunSettings } from '../parameters/nodeSettings';
import { runItems, type ItemTasks, type Work } from '../runtime/runItems';
import { createResumeCallback } from '../suspend/resumeCallback';
import { suspendExecution } from '../suspend/suspend';
import { checkCost } from './cost';
import { runImageJob } from './imageJob';
import { planItem, type Planned, type PlannedItem } from './planItem';

function refuseAll(planned: readonly Planned[], fault: Fault): Planned[] {
	return planned.map((entry, itemIndex) => ({
		failure: {
			itemIndex,
			provider: 'item' in entry ? entry.item.connection.provider.id : entry.failure.provider,
			fault,
			job: null,
		},
	}));
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
	const planned = await Promise.all(
		context
			.getInputData()
			.map(async (_, itemIndex) => await planItem(context, itemIndex, operation, openConnection)),
	);
	const items = planned.flatMap((entry) => ('item' in entry ? [entry.item] : []));
	// Without Continue one refused item ends the run, whatever the others cost.
	if (items.length < planned.length && !context.continueOnFail()) return planned;
	const allowed = settings.ok ? await checkCost(items, settings.value.maxCost, signal) : settings;
	return allowed.ok ? planned : refuseAll(planned, allowed.fault);
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
