import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { defaultModel } from '../core/request/prepare';
import type { Operation, Provider } from '../core/provider';
import { jobProperties, jobTexts } from './job';
import { imageOptions, nodeOptions, providerOptions } from './options';

export { credentialsOf } from './credentials';

const image = { resource: ['image'] };

const operationTexts: Readonly<Record<Operation, { name: string; description: string; action: string }>> = {
	generate: { name: 'Generate', description: 'Make an image from a prompt', action: 'Generate an image' },
	edit: { name: 'Edit', description: 'Change an image as a sentence says', action: 'Edit an image' },
};

const operationsOf = (provider: Provider): Operation[] =>
	(['generate', 'edit'] as const).filter((operation) => defaultModel(provider, operation));

const byName = (a: { displayName: string }, b: { displayName: string }) =>
	a.displayName.localeCompare(b.displayName);

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
	const groups = new Map<string, T[]>();
	for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
	return [...groups.values()];
}

type Providers = readonly Provider[];

const presetProvider = 'blackForestLabs';

/** A node that is added by one of its actions takes the first value of each condition of its operation. */
const presetFirst = (group: Providers): string[] =>
	group.map(({ id }) => id).sort((a, b) => Number(b === presetProvider) - Number(a === presetProvider));

const providerChoice = (providers: Providers): INodeProperties => ({
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	default: presetProvider,
	description: 'Whose API makes the image; each has a credential of its own',
	options: providerOptions(providers),
});

const resource: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	default: 'image',
	options: [
		{ name: 'Image', value: 'image', description: 'Make an image' },
		{
			name: 'Job',
			value: 'job',
			description: 'Go on with a job that was submitted earlier, here or elsewhere',
		},
	],
};

/** A provider that only edits offers only that. */
const operationChoices = (providers: Providers): INodeProperties[] =>
	groupBy(providers, (entry) => operationsOf(entry).join()).flatMap((group) => {
		const [first] = group;
		if (!first) return [];
		const able = operationsOf(first);
		const preset = able[0] ?? 'edit';
		return [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: preset,
				displayOptions: { show: { ...image, provider: presetFirst(group) } },
				options: able.map((value) => ({ value, ...operationTexts[value] })),
			},
		];
	});

const modelChoices = (providers: Providers): INodeProperties[] =>
	providers.flatMap((entry) =>
		groupBy(operationsOf(entry), (operation) => defaultModel(entry, operation)?.id ?? '').map((group) => {
			const model = group[0] ? defaultModel(entry, group[0]) : null;
			return {
				displayName: 'Model',
				name: 'model',
				type: 'resourceLocator',
				// A switch of providers empties it: a model of the other provider would be refused.
				typeOptions: { loadOptionsDependsOn: ['provider'] },
				default: { mode: 'list', value: model?.id ?? '', cachedResultName: model?.displayName ?? '' },
				description:
					'A model of the catalogue, or the ID of any other model that the provider has. Empty means the first of the list.',
				displayOptions: { show: { ...image, provider: [entry.id], operation: group } },
				modes: [
					{
						displayName: 'From List',
						name: 'list',
						type: 'list',
						// What an empty one means.
						placeholder: model?.displayName ?? '',
						typeOptions: {
							searchListMethod: 'searchModels',
							searchable: true,
							skipCredentialsCheckInRLC: true,
						},
					},
					{
						displayName: 'By ID',
						name: 'id',
						type: 'string',
						placeholder: `e.g. ${model?.id ?? ''}`,
					},
				],
			};
		}),
	);

const promptTexts: Readonly<Record<Operation, { placeholder: string; description: string }>> = {
	generate: {
		placeholder: 'e.g. A red fox in the snow, golden hour',
		description: 'What the image should show',
	},
	edit: {
		placeholder: 'e.g. Make it night, and keep the house as it is',
		description: 'What should be changed in the image, and what should stay',
	},
};

const prompts = (['generate', 'edit'] as const).map<INodeProperties>((operation) => ({
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	...promptTexts[operation],
	displayOptions: { show: { ...image, operation: [operation] } },
}));

const inputImageFields: INodeProperties[] = [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		default: 'binary',
		options: [
			{ name: 'Base64', value: 'base64' },
			{ name: 'Binary', value: 'binary' },
			{ name: 'URL', value: 'url' },
		],
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		default: 'data',
		hint: 'The name of the input binary field containing the image',
		displayOptions: { show: { source: ['binary'] } },
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/photo.png',
		displayOptions: { show: { source: ['url'] } },
	},
	{
		displayName: 'Base64',
		name: 'base64',
		type: 'string',
		default: '',
		placeholder: 'e.g. iVBORw0KGgo…',
		description: 'The bytes of the image as base64, with or without data:…;base64, before them',
		displayOptions: { show: { source: ['base64'] } },
	},
];

/** Providers whose default model takes input images for the operation. */
const takingImages = (providers: Providers, operation: Operation): string[] =>
	providers
		.filter((entry) => (defaultModel(entry, operation)?.operations[operation]?.inputImages.max ?? 0) > 0)
		.map(({ id }) => id);

const imageList: INodeProperties = {
	displayName: 'Input Images',
	name: 'inputImages',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true, multipleValueButtonText: 'Add Image' },
	default: {},
	placeholder: 'Add Image',
	options: [{ displayName: 'Image', name: 'image', values: inputImageFields }],
};

const shownFor = (providers: Providers, operation: Operation): IDisplayOptions => ({
	show: { ...image, operation: [operation], provider: takingImages(providers, operation) },
});

/** An edit begins with one binary image; a generation takes reference images where the model does. */
const inputImages = (providers: Providers): INodeProperties[] => [
	{
		...imageList,
		default: { image: [{ source: 'binary', binaryProperty: 'data' }] },
		displayOptions: shownFor(providers, 'edit'),
	},
	...(takingImages(providers, 'generate').length > 0
		? [{ ...imageList, displayName: 'Reference Images', displayOptions: shownFor(providers, 'generate') }]
		: []),
];

const sizing: INodeProperties[] = [
	{
		displayName: 'Size',
		name: 'sizing',
		type: 'options',
		default: 'auto',
		description: 'What is adapted to the model is named in the warnings of the output',
		displayOptions: { show: image },
		options: [
			{
				name: 'Auto',
				value: 'auto',
				description: 'The size of the input image, or the default of the model',
			},
			{
				name: 'Aspect Ratio',
				value: 'aspectRatio',
				description: 'A shape such as 16:9, at about one megapixel',
			},
			{ name: 'Pixels', value: 'pixels', description: 'Width and height' },
		],
	},
	{
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
		type: 'string',
		default: '1:1',
		placeholder: 'e.g. 16:9',
		description: 'Width to height, between 21:9 and 9:21',
		displayOptions: { show: { ...image, sizing: ['aspectRatio'] } },
	},
	...(['width', 'height'] as const).map<INodeProperties>((name) => ({
		displayName: name === 'width' ? 'Width' : 'Height',
		name,
		type: 'number',
		default: 1024,
		typeOptions: { minValue: 1, numberPrecision: 0 },
		description: 'In pixels',
		displayOptions: { show: { ...image, sizing: ['pixels'] } },
	})),
];

const suspend = {
	name: 'Suspend Until Done',
	value: 'suspend',
	description:
		'The execution sleeps until the provider calls back, and holds no worker; n8n must be reachable for it',
};

const completion = (providers: Providers): INodeProperties[] =>
	groupBy(providers, ({ callback }) => String(callback !== undefined)).map((group) => ({
		displayName: 'Completion',
		name: 'completion',
		type: 'options',
		default: 'wait',
		description: 'When the node is done with an item',
		displayOptions: { show: { ...image, provider: group.map(({ id }) => id) } },
		options: [
			{ name: 'Wait for Image', value: 'wait', description: 'When the image is there, as binary data' },
			...(group[0]?.callback ? [suspend] : []),
			{
				name: 'Submit Only',
				value: 'submit',
				description:
					'As soon as the provider has accepted the job; fetch the image later with the resource Job',
			},
		],
	}));

const options = (providers: Providers): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [...imageOptions(providers), ...nodeOptions(providers)].sort(byName),
});

const textTable = (texts: ReadonlyArray<readonly [string, string]>): string =>
	`{ ${texts.map(([value, text]) => `${value}: ${JSON.stringify(text)}`).join(', ')} }`;

const providerName = (providers: Providers): string =>
	`(${textTable(providers.map(({ id, displayName }) => [id, displayName]))})[$parameter["provider"]]`;

/** Below the node on the canvas: "Edit: Runpod". Both tables come from here, as n8n evaluates it in the editor. */
export const subtitleOf = (providers: Providers): string =>
	`={{ (${textTable(
		Object.entries({ ...operationTexts, ...jobTexts }).map(([value, { name }]) => [value, name]),
	)})[$parameter["operation"]] + ": " + ${providerName(providers)} }}`;

export const triggerSubtitleOf = (providers: Providers): string => `={{ ${providerName(providers)} }}`;

/** The panel, generated from the registry: what a provider cannot take is not shown for it. */
export const propertiesOf = (providers: Providers): INodeProperties[] => [
	providerChoice(providers),
	resource,
	...operationChoices(providers),
	...modelChoices(providers),
	...prompts,
	...inputImages(providers),
	...sizing,
	...completion(providers),
	...jobProperties,
	options(providers),
];
