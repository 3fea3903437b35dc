import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fault } from '../core/base/faults';
import { textOf } from '../core/base/json';
import { errorItem, nodeError } from './items/error';
import { executeImage } from './image/execute';
import { executeJob } from './job/execute';
import { providerIdOf } from './settings';
import { resumeExecution } from './suspend/suspend';
import { resumedItems } from './suspend/resumedRun';

type Action = (context: IExecuteFunctions) => Promise<INodeExecutionData[]>;

const actions: Readonly<Record<string, Action>> = {
	'image.generate': async (context) => await executeImage(context, 'generate'),
	'image.edit': async (context) => await executeImage(context, 'edit'),
	'job.cancel': async (context) => await executeJob(context, 'cancel'),
	'job.get': async (context) => await executeJob(context, 'get'),
	'job.wait': async (context) => await executeJob(context, 'wait'),
};

/** Leads a run to its action; resource and operation are the same for all items. */
export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const woken = resumedItems(context);
	if (woken) return await resumeExecution(context, woken);
	// n8n drops the operation with a provider it does not know; the action then names that provider as what is wrong.
	const [resource, operation] = [
		context.getNodeParameter('resource', 0, 'image'),
		context.getNodeParameter('operation', 0, 'generate'),
	];
	const name = `${textOf(resource)}.${textOf(operation)}`;
	const action = actions[name];
	if (action) return await action(context);
	const refusal = fault(
		'invalidRequest',
		`'Operation' must be one of ${Object.keys(actions).join(', ')}, but is ${name}`,
	);
	const failures = context.getInputData().map((_, itemIndex) => ({
		itemIndex,
		provider: providerIdOf(context, itemIndex),
		fault: refusal,
		job: null,
	}));
	const [first] = failures;
	if (first && !context.continueOnFail()) throw nodeError(context.getNode(), first, []);
	return failures.map(errorItem);
}
