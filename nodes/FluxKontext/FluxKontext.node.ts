import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { decorateOutput } from './actions/items/hints';
import { route } from './actions/router';
import { handleResumeWebhook } from './actions/suspend/resumeWebhook';
import { credentialsOf, propertiesOf, subtitleOf } from './description/properties';
import { resumeWebhooks } from './description/webhooks';
import { searchModels } from './methods/listSearch';
import { providers } from './providers';

export class FluxKontext implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Flux Kontext',
		name: 'fluxKontext',
		icon: { light: 'file:../../icons/fluxKontext.svg', dark: 'file:../../icons/fluxKontext.dark.svg' },
		group: ['transform'],
		version: [1],
		subtitle: subtitleOf(providers),
		description:
			'Generate and edit images with FLUX Kontext; the output is the finished image as binary data',
		defaults: { name: 'Flux Kontext' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: credentialsOf(providers),
		webhooks: resumeWebhooks,
		properties: propertiesOf(providers),
	};

	methods = { listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [decorateOutput(this, await route(this))];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await handleResumeWebhook(this);
	}
}
