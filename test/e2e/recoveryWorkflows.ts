import { isJobProvider, type Provider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import { imageParameters } from './imageAssertions';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';

/** Providers with jobs, whose image can be fetched later. */
export const resumable = providers.filter(isJobProvider);

/**
 * Parameters for an image of the provider's default model: an edit of the image at `url` where it only edits.
 */
const imageOf = (provider: Provider) =>
	defaultModel(provider, 'generate')
		? imageParameters(provider.id, 'generate')
		: {
				...imageParameters(provider.id, 'edit'),
				inputImages: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
			};

/** Parameters for an operation on the job whose record is in the request body. */
const jobParameters = (provider: string, operation: string) => ({
	resource: 'job',
	provider,
	operation,
	job: '={{ $json.body.job }}',
});

/** Times out before any job ends, and leaves the job running. */
const timesOutEarly = { timeout: 1, cancelOnTimeout: false };

export const recoveryWorkflows: FluxWorkflow[] = [
	...resumable.flatMap((provider): FluxWorkflow[] => {
		const { id } = provider;
		const timingOut = { ...imageOf(provider), options: timesOutEarly };
		return [
			{ name: `${id}-image`, parameters: imageOf(provider) },
			{
				name: `${id}-late-error-output`,
				parameters: timingOut,
				onError: 'continueErrorOutput',
				respond: 'items',
			},
			{ name: `${id}-late-error`, parameters: timingOut },
			{ name: `${id}-wait-error-output`, parameters: jobParameters(id, 'wait') },
			{ name: `${id}-wait-error`, parameters: jobParameters(id, 'wait') },
			{
				name: `${id}-submit`,
				parameters: { ...imageOf(provider), completion: 'submit' },
				respond: 'items',
			},
			{ name: `${id}-get`, parameters: jobParameters(id, 'get'), respond: 'items' },
			{ name: `${id}-cancel`, parameters: jobParameters(id, 'cancel'), respond: 'items' },
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
