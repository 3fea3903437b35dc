import type { INodeProperties, IWebhookDescription } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import { binaryField, fileName, providerOptions } from './options';

/** Where providers report the end of jobs to. */
export const triggerWebhooks: IWebhookDescription[] = [
	{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'flux-kontext' },
];

/** The panel of the trigger; only providers that call back. */
export const triggerProperties = (providers: readonly Provider[]): INodeProperties[] => [
	{
		displayName:
			"Open 'Webhook URLs' above and copy the production URL into the option 'Callback URL' of a Flux Kontext node with 'Completion: Submit Only'. Both nodes need the same key.",
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Provider',
		name: 'provider',
		type: 'options',
		default: 'blackForestLabs',
		description: 'Whose jobs are reported here',
		options: providerOptions(providers),
	},
	{
		displayName: 'Trigger On',
		name: 'events',
		type: 'multiOptions',
		default: ['succeeded', 'failed'],
		options: [
			{
				name: 'Image Done',
				value: 'succeeded',
				description: 'Starts with the image, as the operation Wait would deliver it',
			},
			{
				name: 'Job Failed',
				value: 'failed',
				description: 'Starts with an error item that holds the job',
			},
		],
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [fileName, binaryField],
	},
];
