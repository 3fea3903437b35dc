import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import { completions, DEFAULT_COMPLETION, type Completion } from '../core/request/parameters';
import { imageResource } from './conditions';
import { groupBy } from './groupBy';
import { hasCallback } from './provider';

const texts: Readonly<Record<Completion, { name: string; description: string }>> = {
	wait: {
		name: 'Wait for Image',
		description: 'Wait until the image is available, and return it as binary data',
	},
	suspend: {
		name: 'Suspend Until Done',
		description:
			'Suspend the execution until the provider sends a callback. ' +
			'It holds no worker meanwhile, and the provider must be able to reach n8n.',
	},
	submit: {
		name: 'Submit Only',
		description:
			'Return as soon as the provider has accepted the job. ' +
			'Fetch the image later with the resource Job.',
	},
};

/** Builds the parameter Completion, which offers to suspend only for providers that send callbacks. */
export const completionProperties = (providers: readonly Provider[]): INodeProperties[] =>
	groupBy(providers, (provider) => String(hasCallback(provider))).map((group) => ({
		displayName: 'Completion',
		name: 'completion',
		type: 'options',
		default: DEFAULT_COMPLETION,
		description: 'When the node is done with an item',
		displayOptions: { show: { ...imageResource, provider: group.map(({ id }) => id) } },
		options: completions
			.filter((value) => value !== 'suspend' || group.every(hasCallback))
			.map((value) => ({ value, ...texts[value] })),
	}));
