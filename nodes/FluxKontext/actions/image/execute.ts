import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Fault, Result } from '../../core/base/faults';
import type { Operation } from '../../core/provider';
import { connectionsOf } from '../connection';
import { runItems, type Work } from '../runtime/runItems';
import { readRunSettings, type RunSettings } from '../settings';
import { checkCost } from './cost';
import { runImageJob } from './imageJob';
import { resumeCallback, suspendExecution } from '../suspend/suspend';
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

/** All items are planned, and the cost of all is known, before the first one is submitted. */
async function planAll(
	context: IExecuteFunctions,
	operation: Operation,
	settings: Result<RunSettings>,
	signal: AbortSignal,
): Promise<Planned[]> {
	const connectionOf = connectionsOf(context);
	const planned = await Promise.all(
		context
			.getInputData()
			.map(async (_, itemIndex) => await planItem(context, itemIndex, operation, connectionOf)),
	);
	const items = planned.flatMap((entry) => ('item' in entry ? [entry.item] : []));
	// One bad item ends a run that does not continue on fail, whatever it would cost.
	if (items.length < planned.length && !context.continueOnFail()) return planned;
	const allowed = settings.ok ? await checkCost(items, settings.value.maxCost, signal) : settings;
	return allowed.ok ? planned : refuseAll(planned, allowed.fault);
}

/** `image: generate` and `image: edit` over all items. */
export async function executeImage(
	context: IExecuteFunctions,
	operation: Operation,
): Promise<INodeExecutionData[]> {
	let sleepMs = 0;
	const bell = ({ settings, connection }: PlannedItem) =>
		settings.completion === 'suspend' ? resumeCallback(context, connection) : null;
	const items = await runItems(context, async (signal): Promise<Work> => {
		const settings = readRunSettings(context);
		const planned = await planAll(context, operation, settings, signal);
		return {
			entries: planned.map((entry) => {
				if ('failure' in entry) return entry;
				const { item } = entry;
				if (item.settings.completion === 'suspend')
					sleepMs = Math.max(sleepMs, item.settings.timeoutMs);
				const ring = bell(item);
				return {
					tasks: item.plan.batches.map(
						(__, jobIndex) => async (signals, onJob) =>
							await runImageJob(item, jobIndex, signals, onJob, ring),
					),
				};
			}),
			concurrency: settings.ok ? settings.value.concurrency : 1,
		};
	});
	return sleepMs > 0 ? await suspendExecution(context, items, sleepMs) : items;
}
