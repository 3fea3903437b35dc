import type { INodeProperties } from 'n8n-workflow';

const show = { resource: ['job'] };

export const jobTexts = {
	cancel: {
		name: 'Cancel',
		description: 'Ask the provider to stop a job, where it can',
		action: 'Cancel a job',
	},
	get: {
		name: 'Get',
		description: 'Look at a job as it is now; the image comes with it if it is there',
		action: 'Get a job',
	},
	wait: { name: 'Wait', description: 'Wait for the image of a job', action: 'Wait for a job' },
} as const;

/** The resource `job`: the same for all providers. */
export const jobProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'wait',
		displayOptions: { show },
		options: Object.entries(jobTexts).map(([value, texts]) => ({ value, ...texts })),
	},
	{
		displayName: 'Job',
		name: 'job',
		type: 'json',
		required: true,
		default: '={{ $json.job }}',
		description: 'What a Flux Kontext item has under job, or an error item under details.job',
		displayOptions: { show },
	},
];
