import type { INodeProperties } from 'n8n-workflow';

import { jobResource } from './conditions';

/** Texts of the operations of the resource Job. */
export const jobOperationTexts = {
	cancel: {
		name: 'Cancel',
		description: 'Ask the provider to cancel a job, if the provider supports it',
		action: 'Cancel a job',
	},
	get: {
		name: 'Get',
		description: 'Get the current status of a job, with the image if it is available',
		action: 'Get a job',
	},
	wait: {
		name: 'Wait',
		description: 'Wait for the image of a job',
		action: 'Wait for a job',
	},
} as const;

/** Parameters of the resource Job, which do not depend on the provider. */
export const jobProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'wait',
		displayOptions: { show: jobResource },
		options: Object.entries(jobOperationTexts).map(([value, texts]) => ({ value, ...texts })),
	},
	{
		displayName: 'Job',
		name: 'job',
		type: 'json',
		required: true,
		default: '={{ $json.job }}',
		description:
			'Job record from the output of a Flux Kontext node: ' +
			'job of an item, or details.job of an error item',
		displayOptions: { show: jobResource },
	},
];
