import { createHash } from 'node:crypto';

import type { INodeExecutionData } from 'n8n-workflow';

import { providers } from '../../nodes/FluxKontext/providers';
import type { Emulator, ProviderId } from '../emulator';
import type { Execution } from './host/executions';
import type { CredentialFile, Workflow } from './host/workflows';

export interface FluxWorkflow {
	/** Also the path of its webhook. */
	name: string;
	parameters: Record<string, unknown>;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** What the webhook answers with: the first item's binary data, or all items as JSON. */
	respond?: 'binary' | 'items';
	/** Whose credentials: see `credentialsFor`. */
	account?: string;
}

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const credentialOf = (account: string, provider: string) => ({
	id: idOf(`${account} ${provider}`),
	name: `${account} ${provider}`,
});

/** A credential for each provider of an emulator, under the name of one account. */
export function credentialsFor(emulator: Emulator, account = 'main'): CredentialFile[] {
	return providers.map(({ id, credential }) => ({
		...credentialOf(account, id),
		type: credential,
		data: { ...emulator.providers[id as ProviderId] },
	}));
}

/** Webhook → Flux Kontext, with the credentials of `credentialsFor`. */
export function workflowOf(workflow: FluxWorkflow): Workflow {
	const { name, parameters, onError = 'stopWorkflow', respond = 'binary', account = 'main' } = workflow;
	const credentials = Object.fromEntries(
		providers.map(({ id, credential }) => [credential, credentialOf(account, id)]),
	);
	const responseData = respond === 'binary' ? 'firstEntryBinary' : 'allEntries';
	return {
		id: idOf(name),
		name,
		active: false,
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				id: idOf(`${name} webhook`),
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2.1,
				position: [0, 0],
				webhookId: idOf(`${name} webhook id`),
				parameters: { httpMethod: 'POST', path: name, responseMode: 'lastNode', responseData, options: {} },
			},
			{
				id: idOf(`${name} flux`),
				name: 'Flux Kontext',
				type: 'n8n-nodes-flux-kontext.fluxKontext',
				typeVersion: 1,
				position: [300, 0],
				parameters,
				credentials,
				onError,
			},
		],
		connections: { Webhook: { main: [[{ node: 'Flux Kontext', type: 'main', index: 0 }]] } },
	};
}

/** What the node put out: its regular output, and its error output where it has one. */
export function outputsOf(execution: Execution): INodeExecutionData[][] {
	const main = execution.data.resultData.runData['Flux Kontext']?.at(-1)?.data?.['main'] ?? [];
	return main.map((items) => items ?? []);
}
