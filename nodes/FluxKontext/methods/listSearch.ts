import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { textOf } from '../core/base/json';
import type { Price } from '../core/request/model';
import { providerById } from '../providers';

const priceText = ({ usdPerImage, isLowerBound }: Price): string =>
	`${isLowerBound ? 'from ' : ''}${usdPerImage} USD`;

/**
 * Lists the catalogue models of the selected provider for the selected operation whose name or ID contains
 * `filter`, ignoring case. Sends no request and never rejects.
 */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const provider = providerById(this.getCurrentNodeParameter('provider'));
	const operation = this.getCurrentNodeParameter('operation');
	const searchText = filter?.trim().toLowerCase() ?? '';
	const results = (provider?.models ?? [])
		.filter(
			({ operations }) =>
				operation === undefined || Object.keys(operations).includes(textOf(operation)),
		)
		.filter(({ id, displayName }) => `${displayName} ${id}`.toLowerCase().includes(searchText))
		.map(({ id, displayName, description, price }) => ({
			name: price === null ? displayName : `${displayName} (${priceText(price)})`,
			value: id,
			description: `${description} (${id})`,
		}));
	return await Promise.resolve({ results });
}
