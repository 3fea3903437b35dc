import type { INodeProperties } from 'n8n-workflow';

/** Parameter *Resource*. */
export const resourceProperty: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	default: 'image',
	options: [
		{ name: 'Image', value: 'image', description: 'Generate or edit an image' },
		{
			name: 'Job',
			value: 'job',
			description: 'Continue a job that was submitted earlier, by this node or elsewhere',
		},
	],
};
