import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { textOf } from '../core/base/json';
import { providerById } from '../providers';

/** The catalogue's models of the chosen provider that know the chosen operation; asks no server. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const provider = providerById(this.getCurrentNodeParameter('provider'));
	const operation = this.getCurrentNodeParameter('operation');
	const wanted = filter?.trim().toLowerCase() ?? '';
	const results = (provider?.models ?? [])
		.filter(
			({ operations }) =>
				operation === undefined || Object.keys(operations).includes(textOf(operation)),
		)
		.filter(({ id, displayName }) => `${displayName} ${id}`.toLowerCase().includes(wanted))
		.map(({ id, displayName, description, price }) => ({
			name: price === null ? displayName : `${displayName} (${price.usdPerImage} USD)`,
			value: id,
			description: `${description} (${id})`,
		}));
	return await Promise.resolve({ results });
}
