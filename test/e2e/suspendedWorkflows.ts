import { callbackOf } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../tools/emulator';
import type { Workflow } from '../../tools/n8n-host/workflows';
import { idOf, workflowOf, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

/** Providers that call a URL when a job has ended. */
export const callbackProviders = providers
	.filter((provider) => callbackOf(provider) !== undefined)
	.map(({ id }) => id as ProviderId);
/** Callback providers that sign their calls. */
export const signingProviders = providers
	.filter((provider) => callbackOf(provider)?.signature)
	.map(({ id }) => id as ProviderId);

/** Returns the node's parameters for an image of each item. It is an edit for Runpod, which only edits. */
export const itemImageParameters = (provider: string, more: object = {}) => ({
	provider,
	resource: 'image',
	operation: provider === 'runpod' ? 'edit' : 'generate',
	prompt: '={{ $json.prompt }}',
	...(provider === 'runpod' && { inputImages: { image: [{ source: 'url', url: '={{ $json.image }}' }] } }),
	...more,
});

/** Receives the items of the Flux Kontext node, so that tests can see what was passed on. */
export const afterNode = { name: 'After', type: 'n8n-nodes-base.noOp', parameters: {} };

/** Outputs the prompt of the item that each image is linked to. */
export const sourceItemNode = {
	name: 'Source Item',
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	parameters: {
		mode: 'raw',
		jsonOutput: "={{ { prompt: $('Split Out').item.json.prompt } }}",
		options: {},
	},
};

/** Creates a workflow that suspends; its webhook answers before that. */
const suspending = (
	name: string,
	provider: string,
	options: object = {},
	more: Partial<FluxWorkflow> = {},
): FluxWorkflow => ({
	name: `${provider}-${name}`,
	parameters: itemImageParameters(provider, { completion: 'suspend', options }),
	items: 'items',
	respond: 'immediately',
	nextNodes: [afterNode],
	...more,
});

/** Waits for jobs that were still pending when their execution timed out. */
const finishNode = (provider: string) => ({
	name: 'Finish',
	type: 'n8n-nodes-flux-kontext.fluxKontext',
	parameters: { resource: 'job', operation: 'wait', provider, job: '={{ $json.job }}' },
});

export const suspendedWorkflows: FluxWorkflow[] = callbackProviders.flatMap((provider) => [
	suspending('one', provider),
	suspending('multiple', provider, { numberOfImages: 2 }),
	suspending(
		'linked',
		provider,
		{ numberOfImages: 2 },
		{ onError: 'continueRegularOutput', retryOnFail: true, nextNodes: [sourceItemNode] },
	),
	suspending('continue', provider, {}, { onError: 'continueRegularOutput' }),
	suspending('error-output', provider, {}, { onError: 'continueErrorOutput' }),
	suspending('deadline', provider, { timeout: 4 }, { nextNodes: [finishNode(provider)] }),
	{
		name: `${provider}-report`,
		parameters: itemImageParameters(provider, {
			completion: 'submit',
			options: { callbackUrl: '={{ $json.hook }}', seed: 7 },
		}),
		items: 'items',
		respond: 'items',
	},
]);

/** Path of the trigger's webhook. */
export const triggerPath = (provider: string): string => `${idOf(`${provider} trigger`)}/flux-kontext`;

/**
 * Creates a workflow that a provider's callback starts. Its trigger has the node name that `outputsOf` reads.
 */
export function triggerWorkflow(provider: string): Workflow {
	const workflow = workflowOf({
		name: `${provider}-trigger`,
		parameters: { provider, options: { fileName: 'called' } },
		nextNodes: [afterNode],
	});
	const [, node, ...nextNodes] = workflow.nodes;
	if (!node) throw new Error('The workflow has no Flux Kontext node');
	const trigger = {
		...node,
		type: 'n8n-nodes-flux-kontext.fluxKontextTrigger',
		webhookId: idOf(`${provider} trigger`),
	};
	const connections = Object.fromEntries(
		Object.entries(workflow.connections).filter(([name]) => name !== 'Webhook'),
	);
	return { ...workflow, nodes: [trigger, ...nextNodes], connections };
}
