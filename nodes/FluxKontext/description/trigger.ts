import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import { triggerEvents, type TriggerEvent } from '../core/request/parameters';
import { binaryFieldOption, fileNameOption } from './outputOptions';
import { providerProperty } from './provider';

const notice: INodeProperties = {
	displayName:
		"Open 'Webhook URLs' above and copy the production URL into the option 'Callback URL' " +
		"of a Flux Kontext node with 'Completion: Submit Only'. Both nodes need the same key.",
	name: 'notice',
	type: 'notice',
	default: '',
};

const eventTexts: Readonly<Record<TriggerEvent, { name: string; description: string }>> = {
	succeeded: {
		name: 'Image Done',
		description: 'Starts with the image, as the operation Wait returns it',
	},
	failed: {
		name: 'Job Failed',
		description: 'Starts with an error item that contains the job',
	},
};

const events: INodeProperties = {
	displayName: 'Trigger On',
	name: 'events',
	type: 'multiOptions',
	default: [...triggerEvents],
	options: triggerEvents.map((value) => ({ value, ...eventTexts[value] })),
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [fileNameOption, binaryFieldOption],
};

/** Builds the trigger's panel; `providers` are those that send callbacks. */
export const triggerProperties = (providers: readonly Provider[]): INodeProperties[] => [
	notice,
	providerProperty(providers, 'Provider whose jobs are reported to this trigger'),
	events,
	options,
];
