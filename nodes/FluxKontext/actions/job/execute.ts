import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import { connectionsOf, createFailure, createJobSetup, redactJob, type Signals } from '../connection';
import { cancelledItem } from '../items/success';
import { unknownRequest } from '../outputContext';
import { readRunSettings } from '../parameters/nodeSettings';
import { runItems, type Task, type TaskResult } from '../runtime/runItems';
import { readJobItem, type JobItem } from './readItem';
import { resumeToItems } from './resume';

/** Operation of the resource Job. */
export type JobOperation = 'get' | 'wait' | 'cancel';

async function cancel(
	{ itemIndex, settings, connection, job }: JobItem,
	signals: Signals,
): Promise<TaskResult> {
	const setup = createJobSetup(connection, settings.timeoutMs, signals);
	const cancellation = await connection.engine.cancelJob(setup, job.handle);
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
		const entries = items.map((entry, itemIndex) => {
			if ('failure' in entry) return entry;
			const { connection, job } = entry.item;
			return settings.ok
				? { tasks: [taskOf(entry.item, operation)] }
				: { failure: createFailure(connection, itemIndex, settings.fault, job) };
		});
		return { entries, concurrency: settings.ok ? settings.value.concurrency : 1 };
	});
}
