import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import type { OptionSpec } from '../core/request/model';
import { optionKinds, optionNames, type OptionName } from '../core/request/options';
import { DEFAULT_RESOLUTION, resolutions } from '../core/request/parameters';
import { takesScale } from '../core/request/sizes';
import { imageResourceFromRoot } from './conditions';
import { optionField, type OptionField } from './optionField';
import { optionSupport, type OptionSelector, type OptionSupport } from './optionSupport';

const descriptions: Readonly<Record<OptionName, string>> = {
	seed:
		'The same seed with the same prompt gives the same image. ' +
		'With several images, each further one uses the next seed.',
	numberOfImages:
		'How many images to make for each item. ' +
		'If the model makes one image at a time, each is a separate job and a separate charge.',
	outputFormat: 'File type of the image',
	outputQuality: 'Quality of a lossy file type: 100 is the best and gives the largest file',
	guidance: 'How closely the image follows the prompt',
	steps: 'Number of denoising steps. More steps add detail and take longer.',
	negativePrompt: 'What the image should not show',
	promptUpsampling: 'Whether the provider may rewrite the prompt for a more creative result',
	safetyTolerance:
		'How permissive the moderation is: 0 is the strictest, 6 the most permissive. ' +
		'With an input image, most models accept 2 at most.',
	safetyChecker: 'Whether to run a safety checker on the image',
	acceleration: 'How far to prefer speed to quality',
};

type OptionTexts = Pick<INodeProperties, 'name' | 'displayName' | 'description'>;

interface PropertyGroup {
	property: INodeProperties;
	providers: string[];
	support: OptionSupport;
}

/** Builds the properties of one option: providers with equal support share one, shown only where it works. */
function optionVariants(
	providers: readonly Provider[],
	texts: OptionTexts,
	select: OptionSelector,
	fieldOf: (spec: OptionSpec) => OptionField,
): INodeProperties[] {
	const groups = new Map<string, PropertyGroup>();
	for (const provider of providers) {
		const support = optionSupport(provider, select);
		if (!support) continue;
		const property: INodeProperties = { ...texts, ...fieldOf(support.spec) };
		const key = JSON.stringify([property, support.operations, support.unsupportedModels]);
		const group = groups.get(key) ?? { property, providers: [], support };
		group.providers.push(provider.id);
		groups.set(key, group);
	}
	return [...groups.values()].map(({ property, providers: ids, support }) => ({
		...property,
		displayOptions: {
			show: { '/provider': ids, '/operation': support.operations },
			...(support.unsupportedModels.length > 0 && { hide: { '/model': support.unsupportedModels } }),
		},
	}));
}

const modelOptions = (providers: readonly Provider[]): INodeProperties[] =>
	optionNames
		.filter((name) => name !== 'numberOfImages')
		.flatMap((name) =>
			optionVariants(
				providers,
				{ name, displayName: optionKinds[name].displayName, description: descriptions[name] },
				(spec) => spec.options[name],
				(spec) => optionField(name, spec),
			),
		);

const resolutionOptions = (providers: readonly Provider[]): INodeProperties[] =>
	optionVariants(
		providers,
		{
			name: 'resolution',
			displayName: 'Resolution',
			description: 'Scale of the image. The aspect ratio stays the same.',
		},
		(spec) => (takesScale(spec.size) ? { field: 'size' } : undefined),
		() => ({
			type: 'options',
			default: DEFAULT_RESOLUTION,
			options: resolutions.map((value) => ({ name: value === 'auto' ? 'Auto' : value, value })),
		}),
	);

/** Offered for every model: where a model makes one image at a time, the node submits several jobs. */
const numberOfImages: INodeProperties = {
	displayName: 'Number of Images',
	name: 'numberOfImages',
	description: descriptions.numberOfImages,
	type: 'number',
	default: 1,
	typeOptions: { minValue: 1, maxValue: optionKinds.numberOfImages.max ?? 1, numberPrecision: 0 },
	displayOptions: { show: imageResourceFromRoot },
};

/** Builds the options that describe the image from the registry of providers. */
export const imageOptions = (providers: readonly Provider[]): INodeProperties[] => [
	...modelOptions(providers),
	...resolutionOptions(providers),
	numberOfImages,
];
