import 'reflect-metadata';

import { Container } from '@n8n/di';
import { BinaryDataService, ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type IBinaryData,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IRun,
	type ITaskMetadata,
	type IWorkflowExecuteAdditionalData,
	type NodeApiError,
	type NodeExecutionHint,
	type NodeOperationError,
} from 'n8n-workflow';

import { FluxKontext } from '../../nodes/FluxKontext/FluxKontext.node';
import { providers } from '../../nodes/FluxKontext/providers';
import type { Emulator, ProviderId } from '../emulator';
import { credentialOf } from '../support/credentials';

/** The part of n8n that n8n-core leaves to the server: stored credentials, and how they get onto a request. */
class CredentialsHelper {
	constructor(private readonly stored: Readonly<Record<string, ICredentialDataDecryptedObject>>) {}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async preAuthentication(): Promise<undefined> {
		await Promise.resolve();
	}

	async getDecrypted(
		_additionalData: unknown,
		_node: unknown,
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		const data = this.stored[type];
		if (!data) throw new Error(`No credential of type ${type}`);
		return await Promise.resolve({ ...data });
	}

	/** As n8n does it: every expression of the type's `authenticate` is evaluated and laid over the request. */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		request: IHttpRequestOptions,
		workflow: Workflow,
		node: INode,
	): Promise<IHttpRequestOptions> {
		const provider = providers.find(({ credential }) => credential === typeName);
		const authenticate = provider && (await credentialOf(provider))?.authenticate;
		if (!authenticate) throw new Error(`${typeName} says nothing about its key`);
		if (typeof authenticate === 'function') return await authenticate(credentials, request);
		const evaluate = (template: object = {}): IDataObject =>
			workflow.expression.getComplexParameterValue(node, template as INodeParameters, 'internal', {
				$credentials: credentials,
			}) as IDataObject;
		const { headers, qs } = authenticate.properties;
		return {
			...request,
			headers: { ...request.headers, ...evaluate(headers) },
			qs: { ...request.qs, ...evaluate(qs) },
		};
	}
}

export interface InputItem {
	json?: INodeExecutionData['json'];
	/** Field name to bytes. */
	binary?: Record<string, { bytes: Buffer; fileName: string; mimeType: string }>;
}

export interface NodeRunOptions {
	parameters: INodeParameters;
	items?: InputItem[];
	/** What a call has left for the node when it woke the execution, in the place of `items`. */
	woken?: { items: INodeExecutionData[]; metadata?: ITaskMetadata | undefined };
	/** Whether an agent runs the node. */
	asTool?: boolean;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	retryOnFail?: boolean;
	credentials: Readonly<Record<string, ICredentialDataDecryptedObject>>;
	/** Called with a way to stop the execution, as the stop button in the editor does. */
	onStart?: (stop: () => void) => void;
}

export interface NodeRun {
	/** Items of the regular output. */
	items: INodeExecutionData[];
	/** Items of the error output. */
	errorItems: INodeExecutionData[];
	error: NodeApiError | NodeOperationError | null;
	status: string;
	/** What n8n shows above the output. */
	hints: NodeExecutionHint[];
	binary(item: INodeExecutionData | undefined, field?: string): Promise<Buffer>;
}

/** The credentials of all emulated providers, as a user would have entered them. */
export function emulatorCredentials(emulator: Emulator): Record<string, ICredentialDataDecryptedObject> {
	return Object.fromEntries(
		providers.map(({ id, credential }) => [credential, { ...emulator.providers[id as ProviderId] }]),
	);
}

let binaryDataReady: Promise<void> | null = null;

async function toItem({ json = {}, binary = {} }: InputItem): Promise<INodeExecutionData> {
	const store = Container.get(BinaryDataService);
	const stored: Record<string, IBinaryData> = {};
	for (const [field, { bytes, fileName, mimeType }] of Object.entries(binary)) {
		const location = { type: 'execution', workflowId: 'workflow', executionId: 'input' } as const;
		stored[field] = await store.store(location, bytes, { data: '', fileName, mimeType });
	}
	return Object.keys(stored).length > 0 ? { json, binary: stored } : { json };
}

/** Runs a node inside n8n-core's own execution engine, with its HTTP helpers and its binary store on disk. */
async function runInside(type: INodeType, options: NodeRunOptions): Promise<IRun> {
	const { parameters, items = [{}], onError = 'stopWorkflow', retryOnFail = false, credentials } = options;
	await (binaryDataReady ??= Container.get(BinaryDataService).init());

	const node: INode = {
		id: 'flux',
		name: 'Flux Kontext',
		type: `n8n-nodes-flux-kontext.fluxKontext${options.asTool === true ? 'Tool' : ''}`,
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
	const workflow = new Workflow({
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
	const additionalData = {
		credentialsHelper: new CredentialsHelper(credentials),
		executionId: 'execution',
		hooks: new ExecutionLifecycleHooks('manual', 'execution', {
			id: 'workflow',
			name: 'workflow',
			nodes: [node],
			connections: {},
			active: false,
			isArchived: false,
			createdAt: new Date(0),
			updatedAt: new Date(0),
			activeVersionId: null,
		}),
		currentNodeExecutionIndex: 0,
		variables: {},
		webhookWaitingBaseUrl: 'http://127.0.0.1:5678/webhook-waiting',
		formWaitingBaseUrl: 'http://127.0.0.1:5678/form-waiting',
	} as unknown as IWorkflowExecuteAdditionalData;
	const input = options.woken?.items ?? (await Promise.all(items.map(toItem)));
	const { metadata } = options.woken ?? {};
	const runExecutionData = createRunExecutionData({
		executionData: {
			nodeExecutionStack: [
				{ node, data: { main: [input] }, source: null, ...(metadata && { metadata }) },
			],
		},
	});
	const running = new WorkflowExecute(additionalData, 'manual', runExecutionData).processRunExecutionData(
		workflow,
	);
	options.onStart?.(() => running.cancel());
	return await running;
}

/** What `work` makes of the context of a node that runs inside n8n-core, with the node's own description. */
export async function inContext<T>(
	options: NodeRunOptions,
	work: (context: IExecuteFunctions) => Promise<T>,
): Promise<T> {
	let done: { value: T } | null = null;
	const probe: INodeType = {
		description: new FluxKontext().description,
		async execute(this: IExecuteFunctions) {
			done = { value: await work(this) };
			return [[]];
		},
	};
	const { data } = await runInside(probe, options);
	// Written by the probe, which the compiler does not see.
	const result = done as { value: T } | null;
	if (!result) throw data.resultData.error ?? new Error('The probe did not run');
	return result.value;
}

export async function runNode(options: NodeRunOptions): Promise<NodeRun> {
	const { data, status } = await runInside(new FluxKontext(), options);
	const { runData, error } = data.resultData;
	const task = runData['Flux Kontext']?.at(-1);
	return {
		items: task?.data?.['main']?.[0] ?? [],
		errorItems: task?.data?.['main']?.[1] ?? [],
		error: (error ?? task?.error ?? null) as NodeRun['error'],
		status,
		hints: task?.hints ?? [],
		async binary(item, field = 'data') {
			const stored = item?.binary?.[field];
			if (!stored) throw new Error(`The item has no binary field ${field}`);
			return await Container.get(BinaryDataService).getAsBuffer(stored);
		},
	};
}
