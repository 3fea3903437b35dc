import { defaultModel } from '../../nodes/FluxKontext/core/request/prepare';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import { imageParameters } from './n8nFixture';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

/** Those whose jobs can be asked for later. */
export const resumable = providers.filter(({ buildStatus }) => buildStatus);

/** An image by the provider's default model, of the picture that the webhook was told where the provider only edits. */
const anyImage = (provider: Provider) =>
	defaultModel(provider, 'generate')
		? imageParameters(provider.id, 'generate')
		: {
				...imageParameters(provider.id, 'edit'),
				inputImages: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
			};

/** On the job that the webhook was told. */
const onJob = (provider: string, operation: string) => ({
	resource: 'job',
	provider,
	operation,
	job: '={{ $json.body.job }}',
});

const impatient = { timeout: 1, cancelOnTimeout: false };

export const recoveryWorkflows: FluxWorkflow[] = [
	...resumable.flatMap((provider): FluxWorkflow[] => {
		const { id } = provider;
		const waiting = { ...anyImage(provider), options: impatient };
		return [
			{ name: `${id}-image`, parameters: anyImage(provider) },
			{
				name: `${id}-late-error-output`,
				parameters: waiting,
				onError: 'continueErrorOutput',
				respond: 'items',
			},
			{ name: `${id}-late-error`, parameters: waiting },
			{ name: `${id}-wait-error-output`, parameters: onJob(id, 'wait') },
			{ name: `${id}-wait-error`, parameters: onJob(id, 'wait') },
			{
				name: `${id}-submit`,
				parameters: { ...anyImage(provider), completion: 'submit' },
				respond: 'items',
			},
			{ name: `${id}-get`, parameters: onJob(id, 'get'), respond: 'items' },
			{ name: `${id}-cancel`, parameters: onJob(id, 'cancel'), respond: 'items' },
		];
	}),
	{
		name: 'three-items',
		parameters: { ...imageParameters('blackForestLabs', 'generate'), prompt: '={{ $json.prompt }}' },
		items: 'items',
		onError: 'continueErrorOutput',
		respond: 'items',
	},
	{
		name: 'outside-input',
		parameters: {
			...imageParameters('theRouter', 'edit'),
			inputImages: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
		},
	},
	{
		name: 'outside-link',
		parameters: { ...imageParameters('blackForestLabs', 'generate'), options: { timeout: 3 } },
	},
];
