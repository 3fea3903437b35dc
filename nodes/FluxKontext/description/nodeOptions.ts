import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import {
	DEFAULT_CONCURRENCY,
	DEFAULT_TIMEOUT_S,
	MAX_CONCURRENCY,
	MAX_TIMEOUT_S,
	MIN_CONCURRENCY,
	MIN_COST_LIMIT_USD,
	MIN_TIMEOUT_S,
} from '../core/request/parameters';
import { imageResourceFromRoot } from './conditions';
import { binaryFieldOption, fileNameOption } from './outputOptions';
import { hasCallback } from './provider';

const showForImages: IDisplayOptions = { show: imageResourceFromRoot };
/** Getting and cancelling a job send one request each: there is no wait that could time out. */
const hideWithoutWait: IDisplayOptions = { hide: { '/operation': ['get', 'cancel'] } };
/** Cancelling a job delivers no image. */
const hideWithoutImage: IDisplayOptions = { hide: { '/operation': ['cancel'] } };

const callbackUrl = (providers: readonly Provider[]): INodeProperties => ({
	displayName: 'Callback URL',
	name: 'callbackUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/…',
	description: 'Webhook URL of a Flux Kontext Trigger, which the provider calls when the job ends',
	displayOptions: {
		show: {
			...imageResourceFromRoot,
			'/completion': ['submit'],
			'/provider': providers.filter(hasCallback).map(({ id }) => id),
		},
	},
});

const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'json',
	default: '{}',
	description: 'JSON that is merged last into the input of the model, for fields without an option here',
	displayOptions: showForImages,
};

const cancelOnTimeout: INodeProperties = {
	displayName: 'Cancel on Timeout',
	name: 'cancelOnTimeout',
	type: 'boolean',
	default: true,
	description:
		'Whether to ask the provider to cancel the job when the timeout is reached, ' +
		'if the provider supports it',
	displayOptions: hideWithoutWait,
};

const concurrency: INodeProperties = {
	displayName: 'Concurrency',
	name: 'concurrency',
	type: 'number',
	default: DEFAULT_CONCURRENCY,
	typeOptions: { minValue: MIN_CONCURRENCY, maxValue: MAX_CONCURRENCY, numberPrecision: 0 },
	description:
		"Maximum number of jobs in flight at a time. The provider's own limits can reduce it further.",
};

const maxCost: INodeProperties = {
	displayName: 'Max Cost',
	name: 'maxCost',
	type: 'number',
	default: 1,
	typeOptions: { minValue: MIN_COST_LIMIT_USD, numberPrecision: 3 },
	description:
		'Limit in USD for all items of the run together, at list prices; the smallest value counts. ' +
		'If the estimate exceeds it, nothing is submitted. ' +
		'A model whose price is not known, or only from an amount on, is refused.',
	displayOptions: showForImages,
};

const timeout: INodeProperties = {
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	default: DEFAULT_TIMEOUT_S,
	typeOptions: { minValue: MIN_TIMEOUT_S, maxValue: MAX_TIMEOUT_S, numberPrecision: 0 },
	description:
		'Seconds allowed for the whole job, from submit to image. ' +
		'With the resource Job: seconds allowed for the rest of it.',
	displayOptions: hideWithoutImage,
};

/** Builds the options that control the node itself, whatever the model. */
export const nodeOptions = (providers: readonly Provider[]): INodeProperties[] => [
	callbackUrl(providers),
	additionalFields,
	cancelOnTimeout,
	concurrency,
	{ ...fileNameOption, displayOptions: hideWithoutImage },
	maxCost,
	{ ...binaryFieldOption, displayOptions: hideWithoutImage },
	timeout,
];
