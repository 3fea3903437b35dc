import { providers } from '../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../tools/emulator';
import type { Workflow } from '../../tools/n8n-host/workflows';
import { idOf, workflowOf, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

/** The providers that call back. */
export const calling = providers.filter(({ callback }) => callback).map(({ id }) => id as ProviderId);
/** Those of them that sign their calls. */
export const signing = providers
	.filter(({ callback }) => callback?.signature)
	.map(({ id }) => id as ProviderId);

/** An image of each item; Runpod only edits. */
export const imageOfItem = (provider: string, more: object = {}) => ({
	provider,
	resource: 'image',
	operation: provider === 'runpod' ? 'edit' : 'generate',
	prompt: '={{ $json.prompt }}',
	...(provider === 'runpod' && { inputImages: { image: [{ source: 'url', url: '={{ $json.image }}' }] } }),
	...more,
});

const after = { name: 'After', type: 'n8n-nodes-base.noOp', parameters: {} };

/** Which item of the node before each image is linked to. */
export const asker = {
	name: 'Asker',
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	parameters: {
		mode: 'raw',
		jsonOutput: "={{ { prompt: $('Split Out').item.json.prompt } }}",
		options: {},
	},
};

/** The webhook answers before the execution sleeps. */
const asleep = (
	name: string,
	provider: string,
	options: object = {},
	more: Partial<FluxWorkflow> = {},
): FluxWorkflow => ({
	name: `${provider}-${name}`,
	parameters: imageOfItem(provider, { completion: 'suspend', options }),
	items: 'items',
	respond: 'atOnce',
	then: [after],
	...more,
});

const finish = (provider: string) => ({
	name: 'Finish',
	type: 'n8n-nodes-flux-kontext.fluxKontext',
	parameters: { resource: 'job', operation: 'wait', provider, job: '={{ $json.job }}' },
});

export const suspendedWorkflows: FluxWorkflow[] = calling.flatMap((provider) => [
	asleep('one', provider),
	asleep('several', provider, { numberOfImages: 2 }),
	asleep(
		'linked',
		provider,
		{ numberOfImages: 2 },
		{ onError: 'continueRegularOutput', retryOnFail: true, then: [asker] },
	),
	asleep('continue', provider, {}, { onError: 'continueRegularOutput' }),
	asleep('error-output', provider, {}, { onError: 'continueErrorOutput' }),
	asleep('deadline', provider, { timeout: 4 }, { then: [finish(provider)] }),
	{
		name: `${provider}-report`,
		parameters: imageOfItem(provider, {
			completion: 'submit',
			options: { callbackUrl: '={{ $json.hook }}', seed: 7 },
		}),
		items: 'items',
		respond: 'items',
	},
]);

export const triggerPath = (provider: string): string => `${idOf(`${provider} trigger`)}/flux-kontext`;

/** What a call of the provider starts. Its first node bears the name that `outputsOf` looks for. */
export function triggered(provider: string): Workflow {
	const workflow = workflowOf({
		name: `${provider}-trigger`,
		parameters: { provider, options: { fileName: 'called' } },
		then: [after],
	});
	const [, node, ...then] = workflow.nodes;
	if (!node) throw new Error('There is no node');
	const trigger = {
		...node,
		type: 'n8n-nodes-flux-kontext.fluxKontextTrigger',
		webhookId: idOf(`${provider} trigger`),
	};
	const connections = Object.fromEntries(
		Object.entries(workflow.connections).filter(([name]) => name !== 'Webhook'),
	);
	return { ...workflow, nodes: [trigger, ...then], connections };
}
