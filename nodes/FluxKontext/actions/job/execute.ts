import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fault } from '../../core/base/faults';
import type { Engine } from '../../core/engine';
import { raceStop } from '../../core/job/stop';
import { connectionsOf, createFailure, createJobSetup, redactJob, type Signals } from '../connection';
import { cancelledItem } from '../items/success';
import { unknownRequest } from '../outputContext';
import { readRunSettings } from '../parameters/nodeSettings';
import { runItems, type Task, type TaskResult, type Work } from '../runtime/runItems';
import { readJobItem, type JobItem } from './readItem';
import { resumeToItems } from './resume';

/** Operation of the resource Job. */
export type JobOperation = 'get' | 'wait' | 'cancel';

async function cancel(
	{ itemIndex, settings, connection, job }: JobItem,
	signals: Signals,
): Promise<TaskResult> {
	const setup = createJobSetup(connection, settings.timeoutMs, signals);
	const { ports, engine } = connection;
	const cancelling = engine.cancelJob(setup, job.handle);
	const cancellation = await raceStop(
		{ ...ports, stop: signals.stop },
		cancelling,
		engine.limits.stopGraceMs,
	);
	if (cancellation === 'stopped') {
		const stopped = fault('cancelled', `The run was stopped while job ${job.id} was being cancelled`);
		return { failure: createFailure(connection, itemIndex, stopped, job) };
	}
	return { items: [cancelledItem({ itemIndex, connection }, job, cancellation)] };
}

function taskOf(item: JobItem, operation: JobOperation): Task {
	const { itemIndex, connection, settings, job } = item;
	const output = { ...unknownRequest, itemIndex, connection, ...settings };
	return async (signals, reportJob) => {
		reportJob(redactJob(connection, job));
		return operation === 'cancel'
			? await cancel(item, signals)
			: await resumeToItems(output, job, { ...settings, wait: operation === 'wait' }, signals);
	};
}

/**
 * Executes *Job → Get*, *Wait* and *Cancel* for all items: jobs that were submitted earlier, here or
 * elsewhere. Rejects with the error that ends the run.
 */
export async function executeJob(
	context: IExecuteFunctions,
	engine: Engine,
	operation: JobOperation,
): Promise<INodeExecutionData[]> {
	return await runItems(context, async () => {
		const openConnection = connectionsOf(context, engine);
		const items = await Promise.all(
			context
				.getInputData()
				.map(async (_, itemIndex) => await readJobItem(context, itemIndex, openConnection)),
		);
		const settings = readRunSettings(context);
		const entries = items.map((entry, itemIndex): Work['entries'][number] => {
			if ('failure' in entry) return entry;
			const { connection, job } = entry.item;
			return settings.ok
				? {
						tasks: [taskOf(entry.item, operation)],
						fail: (fault, lastJob) => createFailure(connection, itemIndex, fault, lastJob),
					}
				: { failure: createFailure(connection, itemIndex, settings.fault, job) };
		});
		return { entries, concurrency: settings.ok ? settings.value.concurrency : 1 };
	});
}
