import type { INodeProperties } from 'n8n-workflow';

import { optionKinds, optionNames, type OptionName } from '../core/request/options';
import { defaultModel } from '../core/request/prepare';
import { takesScale } from '../core/request/sizes';
import type { OptionSpec, Operation, OperationSpec, Provider } from '../core/provider';

const descriptions: Readonly<Record<OptionName, string>> = {
	seed: 'The same seed with the same prompt gives the same picture. With several images each one after the first takes the next seed.',
	numberOfImages:
		'How many images to make for each item. Where the model makes one at a time, each is a job and a charge of its own.',
	outputFormat: 'The file type of the image',
	outputQuality: 'How much a lossy file type keeps: 100 is the best and the largest',
	guidance: 'How closely the image follows the prompt',
	steps: 'Number of denoising steps: more of them give more detail and take longer',
	negativePrompt: 'What the image should not show',
	promptUpsampling: 'Whether the provider may rewrite the prompt for a more creative result',
	safetyTolerance:
		'How much the moderation lets pass: 0 is the strictest, 6 lets the most pass. With an input image most models take 2 at most.',
	safetyChecker: 'Whether a safety checker looks at the image',
	acceleration: 'How much speed is preferred to quality',
};

interface Support {
	spec: OptionSpec;
	operations: Operation[];
	/** Models of the catalogue that cannot take it; an empty one means the default. */
	without: string[];
}

function operationsOf(
	provider: Provider,
): Array<{ operation: Operation; model: string; spec: OperationSpec }> {
	return provider.models.flatMap((model) =>
		(Object.keys(model.operations) as Operation[]).flatMap((operation) => {
			const spec = model.operations[operation];
			return spec ? [{ operation, model: model.id, spec }] : [];
		}),
	);
}

function supportOf(
	provider: Provider,
	pick: (spec: OperationSpec) => OptionSpec | undefined,
): Support | null {
	const all = operationsOf(provider);
	const able = all.flatMap(({ operation, model, spec }) => {
		const option = pick(spec);
		return option ? [{ operation, model, option }] : [];
	});
	const [first] = able;
	if (!first) return null;
	const operations = [...new Set(able.map(({ operation }) => operation))];
	const without = all
		.filter(({ operation, spec }) => operations.includes(operation) && !pick(spec))
		.map(({ model }) => model);
	const presetLacks = operations.some((operation) =>
		without.includes(defaultModel(provider, operation)?.id ?? ''),
	);
	return { spec: first.option, operations, without: [...new Set(without), ...(presetLacks ? [''] : [])] };
}

function shapeOf(
	name: OptionName,
	spec: OptionSpec,
): Pick<INodeProperties, 'type' | 'default' | 'options' | 'typeOptions'> {
	const kind = optionKinds[name];
	switch (kind.type) {
		case 'integer':
		case 'number': {
			// A limit that is only moved to, with a warning, is no limit of the field.
			const { min = kind.min, max = kind.max } = spec.clamp ? {} : spec;
			return {
				type: 'number',
				default: spec.default ?? min ?? 0,
				typeOptions: {
					...(min !== undefined && { minValue: min }),
					...(max !== undefined && { maxValue: max }),
					...(kind.type === 'integer' ? { numberPrecision: 0 } : { numberPrecision: 2 }),
				},
			};
		}
		case 'boolean':
			return { type: 'boolean', default: spec.default ?? true };
		case 'text':
			return { type: 'string', default: '' };
		case 'choice': {
			const values = (kind.values ?? []).filter((value) => spec.values?.[value] !== undefined);
			return {
				type: 'options',
				default: values[0] ?? '',
				options: values.map((value) => ({ name: kind.labels?.[value] ?? value, value })),
			};
		}
	}
}

/** One property for all of these providers that take the option in the same way, shown only where it works. */
function variants(
	providers: readonly Provider[],
	base: Pick<INodeProperties, 'name' | 'displayName' | 'description'>,
	pick: (spec: OperationSpec) => OptionSpec | undefined,
	shape: (spec: OptionSpec) => ReturnType<typeof shapeOf>,
): INodeProperties[] {
	const groups = new Map<string, { property: INodeProperties; providers: string[]; support: Support }>();
	for (const provider of providers) {
		const support = supportOf(provider, pick);
		if (!support) continue;
		const property = { ...base, ...shape(support.spec) } as INodeProperties;
		const key = JSON.stringify([property, support.operations, support.without]);
		const group = groups.get(key) ?? { property, providers: [], support };
		group.providers.push(provider.id);
		groups.set(key, group);
	}
	return [...groups.values()].map(({ property, providers: ids, support: { operations, without } }) => ({
		...property,
		displayOptions: {
			show: { '/provider': ids, '/operation': operations },
			...(without.length > 0 && { hide: { '/model': without } }),
		},
	}));
}

/** The options that say how the image should be: generated from the registry. */
export const imageOptions = (providers: readonly Provider[]): INodeProperties[] => [
	...optionNames
		.filter((name) => name !== 'numberOfImages')
		.flatMap((name) =>
			variants(
				providers,
				{ name, displayName: optionKinds[name].displayName, description: descriptions[name] },
				(spec) => spec.options[name],
				(spec) => shapeOf(name, spec),
			),
		),
	...variants(
		providers,
		{
			name: 'resolution',
			displayName: 'Resolution',
			description: 'The scale of the image; its shape stays as it is',
		},
		(spec) => (takesScale(spec.size) ? { field: 'size' } : undefined),
		() => ({
			type: 'options',
			default: 'auto',
			options: ['auto', '1K', '2K', '4K'].map((value) => ({
				name: value === 'auto' ? 'Auto' : value,
				value,
			})),
		}),
	),
	{
		displayName: 'Number of Images',
		name: 'numberOfImages',
		description: descriptions.numberOfImages,
		type: 'number',
		default: 1,
		typeOptions: { minValue: 1, maxValue: optionKinds.numberOfImages.max ?? 1, numberPrecision: 0 },
		displayOptions: forImages,
	},
];

/** What the provider parameter of a node offers. */
export const providerOptions = (providers: readonly Provider[]): NonNullable<INodeProperties['options']> =>
	[...providers]
		.sort((a, b) => a.displayName.localeCompare(b.displayName))
		.map(({ id, displayName }) => ({ name: displayName, value: id }));

export const fileName: INodeProperties = {
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. product-photo',
	description: 'Name of the image file; the extension follows from the image',
};

export const binaryField: INodeProperties = {
	displayName: 'Put Output in Field',
	name: 'binaryField',
	type: 'string',
	default: 'data',
	hint: 'The name of the output binary field to put the image in',
};

const forImages = { show: { '/resource': ['image'] } };
/** Asking for a job as it is, and cancelling it, leave nothing to give up. */
const whereWaited = { hide: { '/operation': ['get', 'cancel'] } };
/** A cancelled job delivers nothing. */
const whereDelivered = { hide: { '/operation': ['cancel'] } };

/** The options that say how the node works: the same for all providers. */
export const nodeOptions = (providers: readonly Provider[]): INodeProperties[] => [
	{
		displayName: 'Callback URL',
		name: 'callbackUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://n8n.example.com/webhook/…',
		description:
			'Where the provider reports the end of the job to: the address of a Flux Kontext Trigger',
		displayOptions: {
			show: {
				'/resource': ['image'],
				'/completion': ['submit'],
				'/provider': providers.filter(({ callback }) => callback).map(({ id }) => id),
			},
		},
	},
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'json',
		default: '{}',
		description:
			'JSON that is merged last into what the model is given, for fields this node does not know',
		displayOptions: forImages,
	},
	{
		displayName: 'Cancel on Timeout',
		name: 'cancelOnTimeout',
		type: 'boolean',
		default: true,
		description:
			'Whether to ask the provider to cancel the job when the timeout is reached, where it can',
		displayOptions: whereWaited,
	},
	{
		displayName: 'Concurrency',
		name: 'concurrency',
		type: 'number',
		default: 10,
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		description: "How many jobs may be in flight at a time; held lower by the provider's own limits",
	},
	{ ...fileName, displayOptions: whereDelivered },
	{
		displayName: 'Max Cost',
		name: 'maxCost',
		type: 'number',
		default: 1,
		typeOptions: { minValue: 0, numberPrecision: 3 },
		description:
			'USD for all items of this run together, by the list prices. If it would be more, nothing is submitted.',
		displayOptions: forImages,
	},
	{ ...binaryField, displayOptions: whereDelivered },
	{
		displayName: 'Timeout',
		name: 'timeout',
		type: 'number',
		default: 600,
		typeOptions: { minValue: 1, maxValue: 86400, numberPrecision: 0 },
		description:
			'Seconds for the whole job, from submit to image; with the resource Job, for what is left of it',
		displayOptions: whereDelivered,
	},
];
