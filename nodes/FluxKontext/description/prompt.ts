import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../core/request/model';
import { imageOperations } from '../core/request/parameters';
import { imageResource } from './conditions';

const texts: Readonly<Record<Operation, { placeholder: string; description: string }>> = {
	generate: {
		placeholder: 'e.g. A red fox in the snow, golden hour',
		description: 'What the image should show',
	},
	edit: {
		placeholder: 'e.g. Make it night, and keep the building as it is',
		description: 'What to change in the image, and what to keep',
	},
};

/** Parameter *Prompt*, with texts for each operation. */
export const promptProperties = imageOperations.map<INodeProperties>((operation) => ({
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	...texts[operation],
	displayOptions: { show: { ...imageResource, operation: [operation] } },
}));
