import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { textOf } from '../core/json';
import { executeImage } from './image/execute';

type Action = (context: IExecuteFunctions) => Promise<INodeExecutionData[]>;

const actions: Readonly<Record<string, Action>> = {
	'image.generate': async (context) => await executeImage(context, 'generate'),
	'image.edit': async (context) => await executeImage(context, 'edit'),
};

/** Leads a run to its action; resource and operation are the same for all items. */
export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const name = `${textOf(context.getNodeParameter('resource', 0, 'image'))}.${textOf(context.getNodeParameter('operation', 0))}`;
	const action = actions[name];
	if (action) return await action(context);
	throw new NodeOperationError(context.getNode(), `There is no operation ${name} [Item 0]`, {
		description: `Choose one of ${Object.keys(actions).join(', ')}.`,
		itemIndex: 0,
	});
}
