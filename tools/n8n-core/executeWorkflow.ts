import 'reflect-metadata';

import { Container } from '@n8n/di';
import { BinaryDataService, ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IRun,
	type ITaskMetadata,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { CredentialsHelper, type StoredCredentials } from './credentialsHelper';

/** Settings of the single node of a workflow. */
export interface NodeSettings {
	parameters: INodeParameters;
	/** Whether an agent runs the node as a tool. Default: false. */
	asTool?: boolean;
	/** Default: `stopWorkflow`. */
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** Default: false. */
	retryOnFail?: boolean;
	credentials: StoredCredentials;
}

/**
 * Input of the node: its items and, in a resumed execution, the metadata of its entry on the execution stack.
 */
export interface NodeInput {
	items: INodeExecutionData[];
	metadata?: ITaskMetadata | undefined;
}

let binaryDataReady: Promise<void> | null = null;

/** Returns n8n's binary store, initialized once per process. */
export async function binaryStore(): Promise<BinaryDataService> {
	const store = Container.get(BinaryDataService);
	await (binaryDataReady ??= store.init());
	return store;
}

/** Creates the Flux Kontext node of a workflow. */
export function fluxNode(settings: NodeSettings): INode {
	const { parameters, asTool, onError = 'stopWorkflow', retryOnFail = false, credentials } = settings;
	return {
		id: 'flux',
		name: 'Flux Kontext',
		type: `n8n-nodes-flux-kontext.fluxKontext${asTool === true ? 'Tool' : ''}`,
		typeVersion: 1,
		position: [0, 0],
		parameters,
		onError,
		retryOnFail,
		maxTries: 2,
		waitBetweenTries: 0,
		credentials: Object.fromEntries(
			Object.keys(credentials).map((type) => [type, { id: type, name: type }]),
		),
	};
}

/** Creates a workflow of one node, with the static data that n8n has stored for it. */
export const workflowWith = (node: INode, type: INodeType, staticData?: IDataObject): Workflow =>
	new Workflow({
		...(staticData && { staticData }),
		id: 'workflow',
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => type,
			getByNameAndVersion: () => type,
			getKnownTypes: () => ({}),
		},
	});

const lifecycleHooks = (node: INode): ExecutionLifecycleHooks =>
	new ExecutionLifecycleHooks('manual', 'execution', {
		id: 'workflow',
		name: 'workflow',
		nodes: [node],
		connections: {},
		active: false,
		isArchived: false,
		createdAt: new Date(0),
		updatedAt: new Date(0),
		activeVersionId: null,
	});

/** Creates what n8n's server adds to an execution. */
export const additionalDataFor = (
	node: INode,
	{ credentials }: Pick<NodeSettings, 'credentials'>,
): IWorkflowExecuteAdditionalData =>
	({
		credentialsHelper: new CredentialsHelper(credentials),
		executionId: 'execution',
		hooks: lifecycleHooks(node),
		currentNodeExecutionIndex: 0,
		variables: {},
		webhookWaitingBaseUrl: 'http://127.0.0.1:5678/webhook-waiting',
		formWaitingBaseUrl: 'http://127.0.0.1:5678/form-waiting',
	}) as unknown as IWorkflowExecuteAdditionalData;

/**
 * Executes a workflow of a single node in n8n-core's own engine, with its HTTP helpers and its binary store
 * on disk. `onStart` receives a function that stops the execution as the stop button in the editor does.
 */
export async function executeWorkflow(
	type: INodeType,
	settings: NodeSettings,
	{ items, metadata }: NodeInput,
	onStart?: (stop: () => void) => void,
): Promise<IRun> {
	await binaryStore();
	const node = fluxNode(settings);
	const additionalData = additionalDataFor(node, settings);
	const entry = { node, data: { main: [items] }, source: null, ...(metadata && { metadata }) };
	const runExecutionData = createRunExecutionData({ executionData: { nodeExecutionStack: [entry] } });
	const engine = new WorkflowExecute(additionalData, 'manual', runExecutionData);
	const execution = engine.processRunExecutionData(workflowWith(node, type));
	onStart?.(() => execution.cancel());
	return await execution;
}
