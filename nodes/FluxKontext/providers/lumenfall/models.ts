import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type Operation,
	type OperationSpec,
	type Price,
} from '../../core/request/model';
import type { SizeSpec } from '../../core/request/sizes';
import { pixelSizes, ratioSizes } from './sizes';

/** Images that one job makes at most; each of them is charged. */
export const MAX_IMAGES_PER_JOB = 10;

/** "Maximum file size varies by model"; the provider's own skill for agents stays below 10 MB. */
const inputImages: InputImageSpec = {
	min: 1,
	max: 4,
	urls: false,
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

type Options = OperationSpec['options'];

/** Options of every route. */
const commonOptions: Options = {
	seed: { field: 'seed' },
	numberOfImages: { field: 'n', min: 1, max: MAX_IMAGES_PER_JOB },
	outputFormat: {
		field: 'output_format',
		values: { png: 'png', jpeg: 'jpeg', gif: 'gif', webp: 'webp', avif: 'avif' },
	},
	outputQuality: { field: 'output_compression', min: 0, max: 100 },
	guidance: { field: 'cfg_scale' },
	steps: { field: 'num_inference_steps' },
};

/** Options of the routes through fal. */
const falOptions: Options = {
	...commonOptions,
	acceleration: { field: 'acceleration', values: { none: 'none', regular: 'regular', high: 'high' } },
	safetyChecker: { field: 'enable_safety_checker', default: true },
	promptUpsampling: { field: 'enhance_prompt', default: false },
};

/** Options of the routes through Replicate. */
const replicateOptions: Options = {
	...commonOptions,
	outputQuality: { field: 'output_quality', min: 0, max: 100 },
	safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
};

const operationOf = (operation: Operation, options: Options, size: SizeSpec = pixelSizes): OperationSpec => ({
	inputImages: operation === 'edit' ? inputImages : noInputImages,
	maxPromptCharacters: 1000,
	size,
	options,
});

const bothOperations = (options: Options): ModelSpec['operations'] => ({
	generate: operationOf('generate', options),
	edit: operationOf('edit', options),
});

const price: Price = {
	usdPerImage: 0.025,
	readOn: '2026-11-20',
	source: 'lumenfall.ai, the page of flux.1-kontext-dev',
};

const dev: ModelSpec = {
	id: 'flux.1-kontext-dev',
	displayName: 'FLUX.1 Kontext [dev]',
	description: 'Open weights, through the best route',
	operations: bothOperations(commonOptions),
	price,
};

const falDev: ModelSpec = {
	id: 'fal/flux.1-kontext-dev',
	displayName: 'FLUX.1 Kontext [dev] via fal',
	description: 'Generates only, with the options of fal',
	operations: { generate: operationOf('generate', falOptions) },
	price,
};

const replicateDev: ModelSpec = {
	id: 'replicate/flux.1-kontext-dev',
	displayName: 'FLUX.1 Kontext [dev] via Replicate',
	description: 'With the options of Replicate',
	operations: bothOperations(replicateOptions),
	price,
};

/** Catalogue of Lumenfall. A prefix names the provider that a model is routed through. */
export const models: readonly ModelSpec[] = [
	dev,
	{
		id: 'flux.1-kontext-pro',
		displayName: 'FLUX.1 Kontext [pro]',
		description: 'Fast editing and generation',
		operations: bothOperations(commonOptions),
		price: null,
	},
	falDev,
	{
		id: 'fal/flux.1-kontext-dev-edit',
		displayName: 'FLUX.1 Kontext [dev] Edit via fal',
		description: 'Edits only, with the options of fal',
		operations: { edit: operationOf('edit', falOptions, ratioSizes) },
		price,
	},
	replicateDev,
];

/** Returns the entry for an unlisted model, which takes the options of its route. */
export function specForUnknownModel(modelId: string): ModelSpec {
	// Which of fal's unlisted models edit is not known, so the entry has both operations.
	if (modelId.startsWith('fal/')) return { ...falDev, operations: bothOperations(falOptions), price: null };
	return modelId.startsWith('replicate/') ? replicateDev : dev;
}
