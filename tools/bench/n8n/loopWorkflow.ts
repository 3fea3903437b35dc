import { idOf } from '../../n8n-host/fluxWorkflow';
import type { Workflow, WorkflowNode } from '../../n8n-host/workflows';

/** How a user's HTTP Request nodes speak to a provider; expressions, as they would be typed. */
interface Api {
	submit: string;
	body: string;
	header: { name: string; value: string };
	status: string;
	/** The word for a job that is done. */
	done: string;
	image: string;
}

const asked = (field: string) => `$('Webhook').first().json.body.${field}`;

export const apis = {
	blackForestLabs: {
		submit: `={{ ${asked('baseUrl')} }}/v1/flux-kontext-pro`,
		body: '={{ JSON.stringify({ prompt: $json.prompt }) }}',
		header: { name: 'x-key', value: `={{ ${asked('apiKey')} }}` },
		status: `={{ ${asked('baseUrl')} }}/v1/get_result?id={{ $json.id }}`,
		done: 'Ready',
		image: '={{ $json.result.sample }}',
	},
	replicate: {
		submit: `={{ ${asked('baseUrl')} }}/models/black-forest-labs/flux-kontext-pro/predictions`,
		body: '={{ JSON.stringify({ input: { prompt: $json.prompt } }) }}',
		header: { name: 'authorization', value: `=Bearer {{ ${asked('apiKey')} }}` },
		status: '={{ $json.urls.get }}',
		done: 'succeeded',
		// An address, or a list of them.
		image: '={{ [$json.output].flat()[0] }}',
	},
} satisfies Record<string, Api>;

export interface LoopWorkflow {
	name: string;
	api: keyof typeof apis;
	/** Items at a time; all of them if absent. */
	batch?: number;
}

const WAIT_SECONDS = 5;

function nodesOf({ name, api: id, batch }: LoopWorkflow): WorkflowNode[] {
	const api: Api = apis[id];
	const request = (parameters: Record<string, unknown>) => ({
		type: 'httpRequest',
		typeVersion: 4.2,
		parameters: { options: {}, ...parameters },
	});
	const withKey = { sendHeaders: true, headerParameters: { parameters: [api.header] } };
	const isDone = {
		id: idOf('done'),
		leftValue: '={{ $json.status }}',
		rightValue: api.done,
		operator: { type: 'string', operation: 'equals' },
	};
	const conditions = {
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
		conditions: [isDone],
		combinator: 'and',
	};
	const webhook = {
		httpMethod: 'POST',
		path: name,
		responseMode: 'lastNode',
		responseData: 'allEntries',
		options: {},
	};
	const file = { response: { response: { responseFormat: 'file', outputPropertyName: 'data' } } };
	const nodes: Record<string, { type: string; typeVersion: number; parameters: Record<string, unknown> }> =
		{
			Webhook: { type: 'webhook', typeVersion: 2.1, parameters: webhook },
			'Split Out': {
				type: 'splitOut',
				typeVersion: 1,
				parameters: { fieldToSplitOut: 'body.items', options: {} },
			},
			...(batch !== undefined && {
				'Loop Over Items': {
					type: 'splitInBatches',
					typeVersion: 3,
					parameters: { batchSize: batch, options: {} },
				},
				Done: { type: 'noOp', typeVersion: 1, parameters: {} },
			}),
			Submit: request({
				method: 'POST',
				url: api.submit,
				...withKey,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: api.body,
			}),
			Wait: { type: 'wait', typeVersion: 1.1, parameters: { amount: WAIT_SECONDS, unit: 'seconds' } },
			Status: request({ url: api.status, ...withKey }),
			If: { type: 'if', typeVersion: 2.2, parameters: { conditions, options: {} } },
			Download: request({ url: api.image, options: file }),
		};
	return Object.entries(nodes).map(([title, { type, ...node }], index) => ({
		id: idOf(`${name} ${title}`),
		name: title,
		type: `n8n-nodes-base.${type}`,
		position: [200 * index, 0],
		...(['webhook', 'wait'].includes(type) && { webhookId: idOf(`${name} ${title} webhook`) }),
		...node,
	}));
}

/** Submit → Wait 5 s → Status → If, and back to Wait, out of n8n's own nodes. */
export function loopWorkflow(loop: LoopWorkflow): Workflow {
	const { name, batch } = loop;
	const to = (...outputs: string[]) => ({
		main: outputs.map((node) => [{ node, type: 'main', index: 0 }]),
	});
	const connections = {
		Webhook: to('Split Out'),
		'Split Out': to(batch === undefined ? 'Submit' : 'Loop Over Items'),
		...(batch !== undefined && {
			'Loop Over Items': to('Done', 'Submit'),
			Download: to('Loop Over Items'),
		}),
		Submit: to('Wait'),
		Wait: to('Status'),
		Status: to('If'),
		If: to('Download', 'Wait'),
	};
	return {
		id: idOf(name),
		name,
		active: false,
		settings: { executionOrder: 'v1' },
		nodes: nodesOf(loop),
		connections,
	};
}
