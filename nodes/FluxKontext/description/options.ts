import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import { imageOptions } from './imageOptions';
import { nodeOptions } from './nodeOptions';

/** Builds the parameter Options: a collection, sorted by display name. */
export const optionsProperty = (providers: readonly Provider[]): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [...imageOptions(providers), ...nodeOptions(providers)].sort((a, b) =>
		a.displayName.localeCompare(b.displayName),
	),
});
