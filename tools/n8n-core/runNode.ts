import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	IRun,
	NodeApiError,
	NodeExecutionHint,
	NodeOperationError,
} from 'n8n-workflow';

import { FluxKontext } from '../../nodes/FluxKontext/FluxKontext.node';
import { executeNode } from '../../nodes/FluxKontext/actions/router';
import type { Engine } from '../../nodes/FluxKontext/core/engine';
import { providers } from '../../nodes/FluxKontext/providers';
import type { Emulator, ProviderId } from '../emulator';
import { binaryStore, executeWorkflow, type NodeInput, type NodeSettings } from './executeWorkflow';

/** An input item in short form. */
export interface InputItem {
	/** Default: an empty object. */
	json?: INodeExecutionData['json'];
	/** Files by their field. */
	binary?: Record<string, { bytes: Buffer; fileName: string; mimeType: string }>;
}

export interface NodeRunOptions extends NodeSettings {
	/** Default: the engine that n8n's process would share. */
	engine?: Engine;
	/** Default: one empty item. */
	items?: InputItem[];
	/**
	 * Input of a node in a resumed execution, as a webhook left it on the execution stack; replaces `items`.
	 */
	resumed?: NodeInput;
	/** Receives a function that stops the execution, as the stop button in the editor does. */
	onStart?: (stop: () => void) => void;
}

/** Outcome of a node's run. */
export interface NodeRun {
	/** Items of the regular output. */
	items: INodeExecutionData[];
	/** Items of the error output. */
	errorItems: INodeExecutionData[];
	error: NodeApiError | NodeOperationError | null;
	status: string;
	/** Hints that n8n shows above the output. */
	hints: NodeExecutionHint[];
	/** Reads an item's stored file; rejects if the item has none in this field. Default field: `data`. */
	binary(item: INodeExecutionData | undefined, field?: string): Promise<Buffer>;
}

/** Returns the credentials of all emulated providers by their type, as a user would have entered them. */
export function emulatorCredentials(emulator: Emulator): Record<string, ICredentialDataDecryptedObject> {
	return Object.fromEntries(
		providers.map(({ id, credential }) => [credential, { ...emulator.providers[id as ProviderId] }]),
	);
}

async function toItem({ json = {}, binary = {} }: InputItem): Promise<INodeExecutionData> {
	const store = await binaryStore();
	const stored: Record<string, IBinaryData> = {};
	for (const [field, { bytes, fileName, mimeType }] of Object.entries(binary)) {
		const location = { type: 'execution', workflowId: 'workflow', executionId: 'input' } as const;
		stored[field] = await store.store(location, bytes, { data: '', fileName, mimeType });
	}
	return Object.keys(stored).length > 0 ? { json, binary: stored } : { json };
}

async function execute(type: INodeType, options: NodeRunOptions): Promise<IRun> {
	const { items = [{}], resumed, onStart, ...settings } = options;
	const input = resumed ?? { items: await Promise.all(items.map(toItem)) };
	return await executeWorkflow(type, settings, input, onStart);
}

/**
 * Calls `work` with the execution context of a node that runs inside n8n-core with the Flux Kontext node's
 * description, and returns its result. Rejects as `work` does.
 */
export async function inContext<T>(
	options: NodeRunOptions,
	work: (context: IExecuteFunctions) => Promise<T>,
): Promise<T> {
	let outcome: { value: T } | null = null;
	const probe: INodeType = {
		description: new FluxKontext().description,
		async execute(this: IExecuteFunctions) {
			outcome = { value: await work(this) };
			return [[]];
		},
	};
	const { data } = await execute(probe, options);
	// The compiler does not see the assignment in the probe.
	const result = outcome as { value: T } | null;
	if (!result) throw data.resultData.error ?? new Error('The probe did not run');
	return result.value;
}

/** Creates the node, executed on another engine than the one that n8n's process would share. */
function nodeOn(engine: Engine | undefined): INodeType {
	const node: INodeType = new FluxKontext();
	if (!engine) return node;
	return Object.assign(node, {
		async execute(this: IExecuteFunctions) {
			return [await executeNode(this, engine)];
		},
	});
}

/**
 * Runs the Flux Kontext node inside n8n-core. Never rejects for an error of the node, which is part of the
 * outcome.
 */
export async function runNode(options: NodeRunOptions): Promise<NodeRun> {
	const { data, status } = await execute(nodeOn(options.engine), options);
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
			return await (await binaryStore()).getAsBuffer(stored);
		},
	};
}
