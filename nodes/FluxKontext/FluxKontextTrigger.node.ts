import { NodeConnectionTypes, type INodeType, type INodeTypeDescription, type IWebhookFunctions, type IWebhookResponseData } from 'n8n-workflow';

import { receive } from './actions/trigger';
import { credentialsOf, triggerSubtitleOf } from './description';
import { triggerProperties, triggerWebhooks } from './description/trigger';
import { providers } from './providers';

const callingBack = providers.filter(({ callback }) => callback);

export class FluxKontextTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Flux Kontext Trigger',
		name: 'fluxKontextTrigger',
		icon: { light: 'file:../../icons/fluxKontext.svg', dark: 'file:../../icons/fluxKontext.dark.svg' },
		group: ['trigger'],
		version: [1],
		subtitle: triggerSubtitleOf(callingBack),
		description: 'Starts the workflow when an image that was submitted by Flux Kontext is done',
		defaults: { name: 'Flux Kontext Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: credentialsOf(callingBack, 'events'),
		webhooks: triggerWebhooks,
		properties: triggerProperties(callingBack),
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}
}
