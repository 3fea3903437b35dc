import { createHash } from 'node:crypto';

import { providers } from '../../nodes/FluxKontext/providers';
import type { Emulator, ProviderId } from '../emulator';
import type { CredentialFile, Workflow, WorkflowNode } from './workflows';

export interface FluxWorkflow {
	/** Also the path of its webhook. */
	name: string;
	parameters: Record<string, unknown>;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	retryOnFail?: boolean;
	/** What the webhook answers with: the first item's binary data, all items as JSON, or nothing, before anything is done. */
	respond?: 'binary' | 'items' | 'atOnce';
	/** Whose credentials: see `credentialsFor`. */
	account?: string;
	/** The field of the body with a list of items; the body is the only item without it. */
	items?: string;
	/** The nodes behind, each after the other. */
	then?: Array<Pick<WorkflowNode, 'name' | 'type' | 'parameters'>>;
}

export const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const credentialOf = (account: string, provider: string) => ({
	id: idOf(`${account} ${provider}`),
	name: `${account} ${provider}`,
});

/** A credential for each provider of an emulator, under the name of one account. */
export function credentialsFor(emulator: Pick<Emulator, 'providers'>, account = 'main'): CredentialFile[] {
	return providers.map(({ id, credential }) => ({
		...credentialOf(account, id),
		type: credential,
		data: { ...emulator.providers[id as ProviderId] },
	}));
}

const splitOut = (name: string, field: string): WorkflowNode => ({
	id: idOf(`${name} split out`),
	name: 'Split Out',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	position: [150, 0],
	parameters: { fieldToSplitOut: `body.${field}`, options: {} },
});

/** From each node to the next. */
const chain = (names: string[]) =>
	Object.fromEntries(
		names
			.slice(0, -1)
			.map((name, index) => [name, { main: [[{ node: names[index + 1], type: 'main', index: 0 }]] }]),
	);

/** Webhook → Flux Kontext, with the credentials of `credentialsFor`. */
export function workflowOf(workflow: FluxWorkflow): Workflow {
	const {
		name,
		parameters,
		onError = 'stopWorkflow',
		retryOnFail = false,
		respond = 'binary',
		account = 'main',
		items,
		then = [],
	} = workflow;
	const credentials = Object.fromEntries(
		providers.map(({ id, credential }) => [credential, credentialOf(account, id)]),
	);
	const responses = {
		binary: { responseMode: 'lastNode', responseData: 'firstEntryBinary' },
		items: { responseMode: 'lastNode', responseData: 'allEntries' },
		atOnce: { responseMode: 'onReceived' },
	};
	const nodes: WorkflowNode[] = [
		{
			id: idOf(`${name} webhook`),
			name: 'Webhook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			position: [0, 0],
			webhookId: idOf(`${name} webhook id`),
			parameters: { httpMethod: 'POST', path: name, ...responses[respond], options: {} },
		},
		...(items === undefined ? [] : [splitOut(name, items)]),
		{
			id: idOf(`${name} flux`),
			name: 'Flux Kontext',
			type: 'n8n-nodes-flux-kontext.fluxKontext',
			typeVersion: 1,
			position: [300, 0],
			parameters,
			credentials,
			onError,
			retryOnFail,
			maxTries: 2,
			waitBetweenTries: 100,
		},
		...then.map((node, index): WorkflowNode => ({
			id: idOf(`${name} ${node.name}`),
			typeVersion: 1,
			position: [450 + 150 * index, 0],
			credentials,
			...node,
		})),
	];
	const connections = chain(nodes.map((node) => node.name));
	return { id: idOf(name), name, active: false, settings: { executionOrder: 'v1' }, nodes, connections };
}
