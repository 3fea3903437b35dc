import { idOf } from '../../n8n-host/fluxWorkflow';
import type { Workflow, WorkflowNode } from '../../n8n-host/workflows';
import { loopApis, type LoopApi } from './loopApis';

/** Description of a workflow that generates images with n8n's own nodes. */
export interface LoopWorkflow {
	name: string;
	api: keyof typeof loopApis;
	/** Items per batch. Default: all items at once. */
	batchSize?: number;
}

type NodeTemplate = Pick<WorkflowNode, 'type' | 'typeVersion' | 'parameters'>;
type NodeTemplates = Record<string, NodeTemplate>;

const WAIT_SECONDS = 5;
const NODE_SPACING = 200;

const httpRequest = (parameters: Record<string, unknown>): NodeTemplate => ({
	type: 'httpRequest',
	typeVersion: 4.2,
	parameters: { options: {}, ...parameters },
});

function inputNodes(name: string): NodeTemplates {
	const webhook = {
		httpMethod: 'POST',
		path: name,
		responseMode: 'lastNode',
		responseData: 'allEntries',
		options: {},
	};
	const splitOut = { fieldToSplitOut: 'body.items', options: {} };
	return {
		Webhook: { type: 'webhook', typeVersion: 2.1, parameters: webhook },
		'Split Out': { type: 'splitOut', typeVersion: 1, parameters: splitOut },
	};
}

const batchNodes = (batchSize: number): NodeTemplates => ({
	'Loop Over Items': { type: 'splitInBatches', typeVersion: 3, parameters: { batchSize, options: {} } },
	Done: { type: 'noOp', typeVersion: 1, parameters: {} },
});

const isDoneConditions = (api: LoopApi) => ({
	options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
	conditions: [
		{
			id: idOf('done'),
			leftValue: '={{ $json.status }}',
			rightValue: api.done,
			operator: { type: 'string', operation: 'equals' },
		},
	],
	combinator: 'and',
});

function jobNodes(api: LoopApi): NodeTemplates {
	const keyHeader = { sendHeaders: true, headerParameters: { parameters: [api.header] } };
	const body = { sendBody: true, specifyBody: 'json', jsonBody: api.body };
	const file = { response: { response: { responseFormat: 'file', outputPropertyName: 'data' } } };
	const wait = { amount: WAIT_SECONDS, unit: 'seconds' };
	return {
		Submit: httpRequest({ method: 'POST', url: api.submit, ...keyHeader, ...body }),
		Wait: { type: 'wait', typeVersion: 1.1, parameters: wait },
		Status: httpRequest({ url: api.status, ...keyHeader }),
		If: { type: 'if', typeVersion: 2.2, parameters: { conditions: isDoneConditions(api), options: {} } },
		Download: httpRequest({ url: api.image, options: file }),
	};
}

function createNodes({ name, api, batchSize }: LoopWorkflow): WorkflowNode[] {
	const templates: NodeTemplates = {
		...inputNodes(name),
		...(batchSize !== undefined && batchNodes(batchSize)),
		...jobNodes(loopApis[api]),
	};
	return Object.entries(templates).map(([title, { type, ...template }], index) => ({
		id: idOf(`${name} ${title}`),
		name: title,
		type: `n8n-nodes-base.${type}`,
		position: [NODE_SPACING * index, 0],
		...(['webhook', 'wait'].includes(type) && { webhookId: idOf(`${name} ${title} webhook`) }),
		...template,
	}));
}

const connectionTo = (...outputs: string[]) => ({
	main: outputs.map((node) => [{ node, type: 'main', index: 0 }]),
});

/** Creates the workflow Submit → Wait 5 s → Status → If, which returns to Wait until the job has finished. */
export function loopWorkflow(loop: LoopWorkflow): Workflow {
	const { name, batchSize } = loop;
	const connections = {
		Webhook: connectionTo('Split Out'),
		'Split Out': connectionTo(batchSize === undefined ? 'Submit' : 'Loop Over Items'),
		...(batchSize !== undefined && {
			'Loop Over Items': connectionTo('Done', 'Submit'),
			Download: connectionTo('Loop Over Items'),
		}),
		Submit: connectionTo('Wait'),
		Wait: connectionTo('Status'),
		Status: connectionTo('If'),
		If: connectionTo('Download', 'Wait'),
	};
	return {
		id: idOf(name),
		name,
		active: false,
		settings: { executionOrder: 'v1' },
		nodes: createNodes(loop),
		connections,
	};
}
