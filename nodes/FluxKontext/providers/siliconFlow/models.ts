import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type OperationSpec,
} from '../../core/request/model';

/** Id of the open-weights model, which names some fields differently. */
export const DEV_MODEL = 'black-forest-labs/FLUX.1-Kontext-dev';

/** Largest documented seed. */
const MAX_SEED = 9_999_999_999;

const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	// Only data URIs are documented.
	urls: false,
	// SiliconFlow publishes no limit; this is the one of Black Forest Labs, who made the model.
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const seed = { field: 'seed', min: 0, max: MAX_SEED };

function hostedOptions(maxSafetyTolerance: number): OperationSpec['options'] {
	return {
		seed,
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
		promptUpsampling: { field: 'prompt_upsampling', default: false },
		safetyTolerance: {
			field: 'safety_tolerance',
			min: 0,
			max: maxSafetyTolerance,
			clamp: true,
			default: 2,
		},
	};
}

/** What pro and max take. "Limit of 2 for Image to Image": hence only an edit takes an input image. */
const hosted: ModelSpec['operations'] = {
	generate: { inputImages: noInputImages, size: { kind: 'anyRatio' }, options: hostedOptions(6) },
	edit: { inputImages: oneImage, size: { kind: 'anyRatio' }, options: hostedOptions(2) },
};

const openWeights: ModelSpec['operations'] = {
	edit: {
		inputImages: oneImage,
		size: { kind: 'none' },
		options: { seed, promptUpsampling: { field: 'prompt_enhancement', default: false } },
	},
};

/** Catalogue of the models. */
export const models: readonly ModelSpec[] = [
	{
		id: 'black-forest-labs/FLUX.1-Kontext-pro',
		displayName: 'FLUX.1 Kontext [pro]',
		description: 'Fast editing and generation',
		operations: hosted,
		price: null,
	},
	{
		id: 'black-forest-labs/FLUX.1-Kontext-max',
		displayName: 'FLUX.1 Kontext [max]',
		description: 'Best prompt following and typography',
		operations: hosted,
		price: null,
	},
	{
		id: DEV_MODEL,
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'Open weights, the lowest price; edits only',
		operations: openWeights,
		price: {
			usdPerImage: 0.018,
			readOn: '2026-11-20',
			source:
				'https://therouter.ai/models/black-forest-labs/flux-kontext-dev ' +
				'("per-image flat fee on SiliconFlow")',
		},
	},
];
