import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { route } from './actions/router';
import { credentials, properties, subtitle } from './description';
import { searchModels } from './methods/listSearch';

export class FluxKontext implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Flux Kontext',
		name: 'fluxKontext',
		icon: { light: 'file:../../icons/fluxKontext.svg', dark: 'file:../../icons/fluxKontext.dark.svg' },
		group: ['transform'],
		version: [1],
		subtitle,
		description: 'Generate and edit images with FLUX Kontext; the output is the finished image as binary data',
		defaults: { name: 'Flux Kontext' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		properties,
	};

	methods = { listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await route(this)];
	}
}
