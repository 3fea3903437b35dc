import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import type { ModelSpec, Operation } from '../core/request/model';
import { defaultModel } from '../core/request/plan';
import { imageResource } from './conditions';
import { groupBy } from './groupBy';
import { operationsOf } from './operations';

const modelProperty = (
	provider: Provider,
	operations: Operation[],
	model: ModelSpec | null,
): INodeProperties => ({
	displayName: 'Model',
	name: 'model',
	type: 'resourceLocator',
	// Switching the provider clears the value: a model of another provider would be rejected.
	typeOptions: { loadOptionsDependsOn: ['provider'] },
	default: { mode: 'list', value: model?.id ?? '', cachedResultName: model?.displayName ?? '' },
	description:
		'Model from the catalogue, or the ID of any other model that the provider offers. ' +
		'An empty value selects the first model of the list.',
	displayOptions: { show: { ...imageResource, provider: [provider.id], operation: operations } },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			// An empty value means this model.
			placeholder: model?.displayName ?? '',
			typeOptions: {
				searchListMethod: 'searchModels',
				searchable: true,
				skipCredentialsCheckInRLC: true,
			},
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: `e.g. ${model?.id ?? ''}`,
		},
	],
});

/** Builds the parameter Model, once per provider and default model. */
export const modelProperties = (providers: readonly Provider[]): INodeProperties[] =>
	providers.flatMap((provider) =>
		groupBy(operationsOf(provider), (operation) => defaultModel(provider, operation)?.id ?? '').map(
			(operations) => {
				const [first] = operations;
				return modelProperty(provider, operations, first ? defaultModel(provider, first) : null);
			},
		),
	);
