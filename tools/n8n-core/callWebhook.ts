import 'reflect-metadata';

import { WebhookContext } from 'n8n-core';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeType,
	IRunExecutionData,
	ITaskMetadata,
	IWebhookData,
	IWebhookFunctions,
} from 'n8n-workflow';

import { additionalDataFor, binaryStore, workflowWith } from './executeWorkflow';
import type { StoredCredentials } from './credentialsHelper';

/** Webhook request, as n8n hands it to a node. */
export interface WebhookCall {
	/** Body as it is sent. */
	body: string;
	/** Default: none. */
	headers?: Record<string, string>;
	/** Default: empty. */
	query?: Record<string, string>;
}

/** Node that is called, and the state that n8n has stored for it. */
export interface WebhookTarget {
	type: INodeType;
	node: INode;
	credentials: StoredCredentials;
	/** Data of the suspended execution; absent for a trigger. */
	execution?: IRunExecutionData;
	/** Static data of the workflow, which the call may change. Default: empty. */
	staticData?: IDataObject;
}

/** What a webhook call came to. */
export interface WebhookOutcome {
	status: number;
	message: string;
	/** Items that n8n continues or starts with; `null` where it does neither. */
	items: INodeExecutionData[] | null;
	/** Metadata of the node's entry on the execution stack after the call. */
	metadata: ITaskMetadata | undefined;
	/** Lines that the node wrote to n8n's log. */
	log: string[];
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Loads a suspended execution as n8n does for each webhook: from its JSON, with the node disabled. */
function loadExecution(execution: IRunExecutionData): IRunExecutionData {
	const loaded = copy(execution);
	const [entry] = loaded.executionData?.nodeExecutionStack ?? [];
	if (!entry) throw new Error('The execution is not suspended');
	entry.node.disabled = true;
	delete loaded.waitTill;
	return loaded;
}

/** Calls the webhook of a node inside n8n-core. Rejects as the node's function does. */
export async function callWebhook(
	{ type, node, credentials, execution, staticData = {} }: WebhookTarget,
	{ body, headers = {}, query = {} }: WebhookCall,
): Promise<WebhookOutcome> {
	await binaryStore();
	const answer = { status: 200, message: '' };
	const response = {
		headersSent: false,
		status: (status: number) => ({
			json({ message }: { message: string }) {
				Object.assign(answer, { status, message });
				response.headersSent = true;
			},
		}),
	};
	const loaded = execution ? loadExecution(execution) : null;
	const additionalData = Object.assign(additionalDataFor(node, { credentials }), {
		httpRequest: {
			body: JSON.parse(body) as unknown,
			rawBody: Buffer.from(body),
			headers,
			query,
			params: {},
		},
		httpResponse: response,
		...(!execution && { executionId: undefined }),
	});
	const workflow = workflowWith(node, type, staticData);
	const data = { webhookDescription: type.description.webhooks?.[0], node: node.name } as IWebhookData;
	const context = new WebhookContext(workflow, node, additionalData, 'webhook', data, [], loaded);
	const log: string[] = [];
	const write = (line: string) => void log.push(line);
	Object.defineProperty(context, 'logger', {
		value: { debug: write, info: write, warn: write, error: write },
	});
	if (!type.webhook) throw new Error('The node has no webhook');
	const { workflowData } = await type.webhook.call(context as unknown as IWebhookFunctions);
	return {
		...answer,
		log,
		items: workflowData?.[0] ?? null,
		metadata: loaded?.executionData?.nodeExecutionStack[0]?.metadata,
	};
}
