import { createHash } from 'node:crypto';

import { providers } from '../../nodes/FluxKontext/providers';
import type { Emulator, ProviderId } from '../emulator';
import type { CredentialFile, Workflow, WorkflowNode } from './workflows';

/** A workflow of a webhook and a Flux Kontext node, in short form. */
export interface FluxWorkflow {
	/** Also the path of its webhook. */
	name: string;
	parameters: Record<string, unknown>;
	/** Default: `stopWorkflow`. */
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** Default: false. */
	retryOnFail?: boolean;
	/** What the webhook answers with; see `WEBHOOK_RESPONSES`. Default: `binary`. */
	respond?: keyof typeof WEBHOOK_RESPONSES;
	/** Name of the set of credentials, as given to `credentialsFor`. Default: `main`. */
	account?: string;
	/** Field of the request body that holds a list of items. Default: the body itself is the only item. */
	items?: string;
	/** Nodes that follow the Flux Kontext node, each connected to the one before. */
	nextNodes?: Array<Pick<WorkflowNode, 'name' | 'type' | 'parameters'>>;
}

const WEBHOOK_RESPONSES = {
	/** The first item's binary data. */
	binary: { responseMode: 'lastNode', responseData: 'firstEntryBinary' },
	/** All items as JSON. */
	items: { responseMode: 'lastNode', responseData: 'allEntries' },
	/** Nothing, before the workflow runs. */
	immediately: { responseMode: 'onReceived' },
};

const NODE_SPACING = 150;

/** Derives a stable n8n id, 16 hexadecimal digits, from a text. */
export const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const credentialOf = (account: string, provider: string) => ({
	id: idOf(`${account} ${provider}`),
	name: `${account} ${provider}`,
});

/** Creates a credential for each provider of an emulator, under the name of one account. */
export function credentialsFor(emulator: Pick<Emulator, 'providers'>, account = 'main'): CredentialFile[] {
	return providers.map(({ id, credential }) => ({
		...credentialOf(account, id),
		type: credential,
		data: { ...emulator.providers[id as ProviderId] },
	}));
}

const webhookNode = ({ name, respond = 'binary' }: FluxWorkflow): WorkflowNode => ({
	id: idOf(`${name} webhook`),
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2.1,
	position: [0, 0],
	webhookId: idOf(`${name} webhook id`),
	parameters: { httpMethod: 'POST', path: name, ...WEBHOOK_RESPONSES[respond], options: {} },
});

const splitOutNode = (name: string, field: string): WorkflowNode => ({
	id: idOf(`${name} split out`),
	name: 'Split Out',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	position: [NODE_SPACING, 0],
	parameters: { fieldToSplitOut: `body.${field}`, options: {} },
});

type NodeCredentials = NonNullable<WorkflowNode['credentials']>;

const fluxNode = (workflow: FluxWorkflow, credentials: NodeCredentials): WorkflowNode => ({
	id: idOf(`${workflow.name} flux`),
	name: 'Flux Kontext',
	type: 'n8n-nodes-flux-kontext.fluxKontext',
	typeVersion: 1,
	position: [2 * NODE_SPACING, 0],
	parameters: workflow.parameters,
	credentials,
	onError: workflow.onError ?? 'stopWorkflow',
	retryOnFail: workflow.retryOnFail ?? false,
	maxTries: 2,
	waitBetweenTries: 100,
});

/** Connects each node to the next one. */
const connectInOrder = (names: string[]) =>
	Object.fromEntries(
		names
			.slice(0, -1)
			.map((name, index) => [name, { main: [[{ node: names[index + 1], type: 'main', index: 0 }]] }]),
	);

/** Expands the short form into a workflow that n8n can import, with the credentials of `credentialsFor`. */
export function workflowOf(workflow: FluxWorkflow): Workflow {
	const { name, account = 'main', items, nextNodes = [] } = workflow;
	const credentials = Object.fromEntries(
		providers.map(({ id, credential }) => [credential, credentialOf(account, id)]),
	);
	const nodes: WorkflowNode[] = [
		webhookNode(workflow),
		...(items === undefined ? [] : [splitOutNode(name, items)]),
		fluxNode(workflow, credentials),
		...nextNodes.map((node, index): WorkflowNode => ({
			id: idOf(`${name} ${node.name}`),
			typeVersion: 1,
			position: [(3 + index) * NODE_SPACING, 0],
			credentials,
			...node,
		})),
	];
	const connections = connectInOrder(nodes.map((node) => node.name));
	return { id: idOf(name), name, active: false, settings: { executionOrder: 'v1' }, nodes, connections };
}
