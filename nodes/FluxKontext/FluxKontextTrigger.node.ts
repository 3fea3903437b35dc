import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { handleTriggerWebhook } from './actions/trigger/handleWebhook';
import { credentialsOf } from './description/credentials';
import { hasCallback } from './description/provider';
import { triggerSubtitleOf } from './description/subtitle';
import { triggerProperties } from './description/trigger';
import { triggerWebhooks } from './description/webhooks';
import { engine } from './engine';
import { providers } from './providers';

const callbackProviders = providers.filter(hasCallback);

/** The trigger Flux Kontext Trigger. */
export class FluxKontextTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Flux Kontext Trigger',
		name: 'fluxKontextTrigger',
		icon: { light: 'file:../../icons/fluxKontext.svg', dark: 'file:../../icons/fluxKontext.dark.svg' },
		group: ['trigger'],
		version: [1],
		subtitle: triggerSubtitleOf(callbackProviders),
		description:
			'Generate and edit images with FLUX Kontext; the trigger starts when a submitted image is done',
		defaults: { name: 'Flux Kontext Trigger' },
		triggerPanel: { header: 'Waits for images that are done' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: credentialsOf(callbackProviders, 'events'),
		webhooks: triggerWebhooks,
		properties: triggerProperties(callbackProviders),
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await handleTriggerWebhook(this, engine);
	}
}
