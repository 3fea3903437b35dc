import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { executeNode } from './actions/router';
import { handleResumeWebhook } from './actions/suspend/resumeWebhook';
import { credentialsOf } from './description/credentials';
import { propertiesOf } from './description/properties';
import { subtitleOf } from './description/subtitle';
import { resumeWebhooks } from './description/webhooks';
import { engine } from './engine';
import { searchModels } from './methods/listSearch';
import { providers } from './providers';

/** The node Flux Kontext. */
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
		return [await executeNode(this, engine)];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await handleResumeWebhook(this, engine);
	}
}
