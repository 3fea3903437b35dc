import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import type { Operation } from '../core/request/model';
import { imageOperations } from '../core/request/parameters';
import { defaultModel } from '../core/request/plan';
import { imageResource } from './conditions';
import { groupBy } from './groupBy';
import { defaultProviderFirst } from './provider';

interface OperationTexts {
	name: string;
	description: string;
	action: string;
}

/** Texts of the operations of the resource Image. */
export const imageOperationTexts: Readonly<Record<Operation, OperationTexts>> = {
	generate: {
		name: 'Generate',
		description: 'Generate an image from a prompt',
		action: 'Generate an image',
	},
	edit: {
		name: 'Edit',
		description: 'Edit an image from a text instruction',
		action: 'Edit an image',
	},
};

/** Operations for which the provider has a model. */
export const operationsOf = (provider: Provider): Operation[] =>
	imageOperations.filter((operation) => defaultModel(provider, operation));

/** Builds the parameter Operation of the resource Image, once per set of supported operations. */
export const operationProperties = (providers: readonly Provider[]): INodeProperties[] =>
	groupBy(providers, (provider) => operationsOf(provider).join()).flatMap((group) => {
		const [first] = group;
		if (!first) return [];
		const operations = operationsOf(first);
		const defaultOperation = operations[0] ?? 'edit';
		return [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: defaultOperation,
				displayOptions: { show: { ...imageResource, provider: defaultProviderFirst(group) } },
				options: operations.map((value) => ({ value, ...imageOperationTexts[value] })),
			},
		];
	});
