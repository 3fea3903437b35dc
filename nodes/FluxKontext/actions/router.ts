import {
	NodeApiError,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { exceptionText, unexpected } from '../core/base/exceptions';
import { fault, type Fault } from '../core/base/faults';
import { show, textOf } from '../core/base/json';
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

/** Ends the run with one fault for all items: as error items under *Continue*, otherwise by throwing it. */
function refuseRun(context: IExecuteFunctions, refusal: Fault): INodeExecutionData[] {
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

const unknownOperation = (name: string): Fault =>
	fault(
		'invalidRequest',
		`'Operation' must be one of ${Object.keys(actions).join(', ')}, but is ${show(name)}`,
	);

async function route(context: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const resumed = resumedItems(context);
	if (resumed) return await resumeExecution(context, engine, resumed);
	const resource = context.getNodeParameter('resource', 0, 'image');
	// n8n drops the operation of an unknown provider; the default lets the action report the provider
	// instead.
	const operation = context.getNodeParameter('operation', 0, 'generate');
	const name = `${textOf(resource)}.${textOf(operation)}`;
	const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
	return action ? await action(context, engine) : refuseRun(context, unknownOperation(name));
}

const isNodeError = (error: unknown): boolean =>
	error instanceof NodeApiError || error instanceof NodeOperationError;

/**
 * Executes the node on an engine. Rejects with the error that ends the run. An exception ends the run like
 * any other fault, because under *Continue* n8n would pass the input items on as if they had succeeded.
 */
export async function executeNode(context: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const outcome = await route(context, engine).then(
		(items) => ({ items }),
		(error: unknown) => ({ error }),
	);
	if ('error' in outcome) {
		if (isNodeError(outcome.error)) throw outcome.error;
		return refuseRun(context, unexpected('the run', outcome.error));
	}
	return decorateOutput(context, outcome.items);
}

/** Adds hints and an agent's links. The images are paid, so an exception here must not lose them. */
function decorateOutput(context: IExecuteFunctions, items: INodeExecutionData[]): INodeExecutionData[] {
	try {
		addHints(context, items);
		return isTool(context) ? items.map((item) => addSignedUrl(context, item)) : items;
	} catch (error) {
		context.logger.warn(`Flux Kontext could not describe its output: ${exceptionText(error)}`);
		return items;
	}
}
