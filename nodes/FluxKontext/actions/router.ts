import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fault } from '../core/base/faults';
import { textOf } from '../core/base/json';
import type { Engine } from '../core/engine';
import { isTool } from '../transport/nodeContext';
import { executeImage } from './image/execute';
import { addSignedUrl } from './items/agentLinks';
import { errorItem, nodeError } from './items/error';
import { addHints } from './items/hints';
import { executeJob } from './job/execute';
import { providerIdOf } from './parameters/read';
import { resumedItems } from './suspend/resumedRun';
import { resumeExecution } from './suspend/suspend';

type Action = (context: IExecuteFunctions, engine: Engine) => Promise<INodeExecutionData[]>;

const actions: Readonly<Record<string, Action>> = {
	'image.generate': async (context, engine) => await executeImage(context, engine, 'generate'),
	'image.edit': async (context, engine) => await executeImage(context, engine, 'edit'),
	'job.cancel': async (context, engine) => await executeJob(context, engine, 'cancel'),
	'job.get': async (context, engine) => await executeJob(context, engine, 'get'),
	'job.wait': async (context, engine) => await executeJob(context, engine, 'wait'),
};

/** Refuses all items, because resource and operation are the same for all. */
function refuseOperation(context: IExecuteFunctions, name: string): INodeExecutionData[] {
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

async function route(context: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const resumed = resumedItems(context);
	if (resumed) return await resumeExecution(context, engine, resumed);
	const resource = context.getNodeParameter('resource', 0, 'image');
	// n8n drops the operation of an unknown provider; the default lets the action report the provider
	// instead.
	const operation = context.getNodeParameter('operation', 0, 'generate');
	const name = `${textOf(resource)}.${textOf(operation)}`;
	const action = actions[name];
	return action ? await action(context, engine) : refuseOperation(context, name);
}

/** Executes the node on an engine. Rejects with the error that ends the run. */
export async function executeNode(context: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const items = await route(context, engine);
	addHints(context, items);
	return isTool(context) ? items.map((item) => addSignedUrl(context, item)) : items;
}
