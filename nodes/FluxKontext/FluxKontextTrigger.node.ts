import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { receive } from './actions/trigger';
import { credentialsOf, triggerSubtitleOf } from './description/properties';
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
		description:
			'Generate and edit images with FLUX Kontext; the trigger starts when a submitted image is done',
		defaults: { name: 'Flux Kontext Trigger' },
		triggerPanel: { header: 'Waits for images that are done' },
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
