import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type Operation,
	type OperationSpec,
	type Price,
} from '../../core/request/model';
import type { SizeSpec } from '../../core/request/sizes';
import { pathFor } from './handle';

const size: SizeSpec = {
	kind: 'ratios',
	ratios: [
		{ w: 21, h: 9 },
		{ w: 16, h: 9 },
		{ w: 4, h: 3 },
		{ w: 1, h: 1 },
		{ w: 3, h: 4 },
		{ w: 9, h: 16 },
	],
};

const inputImages = (max: number): InputImageSpec => ({
	min: 1,
	max,
	urls: true,
	bytes: false,
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
});

const price = (usdPerImage: number): Price => ({
	usdPerImage,
	readOn: '2026-11-20',
	source: 'https://aimarcusimage.eu (Flux API, the table of variants and prices)',
});

function kontextOperation(operation: Operation): OperationSpec {
	return {
		// An input image turns the request into an edit: images cannot be generated from a reference.
		inputImages: operation === 'edit' ? inputImages(1) : noInputImages,
		size,
		options: {
			outputFormat: { field: 'outputFormat', values: { png: 'png', jpeg: 'jpeg' } },
			promptUpsampling: { field: 'promptUpsampling', default: false },
			safetyTolerance: {
				field: 'safetyTolerance',
				min: 0,
				max: operation === 'edit' ? 2 : 6,
				clamp: true,
				default: 2,
			},
		},
	};
}

function kontext(tier: 'pro' | 'max', usdPerImage: number, description: string): ModelSpec {
	return {
		id: `flux-kontext-${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: { generate: kontextOperation('generate'), edit: kontextOperation('edit') },
		price: price(usdPerImage),
	};
}

// Only the prompt is documented. aspect_ratio and input_urls are kie.ai's for FLUX.2, sent only if used.
const taskGenerate: OperationSpec = { inputImages: noInputImages, size, options: {} };
const taskEdit: OperationSpec = { ...taskGenerate, inputImages: inputImages(8) };

const flux2: ModelSpec = {
	id: 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k',
	displayName: 'FLUX.2 [pro], text to image, 1K',
	description: 'The successor, one megapixel; other variants by their slug as ID',
	operations: { generate: taskGenerate },
	price: price(0.035),
};

/** Catalogue of AI Generate. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 0.035, 'Fast editing and generation'),
	kontext('max', 0.07, 'Best prompt following and typography'),
	flux2,
];

/** Entry for an unlisted slug, which may generate or edit; each slug has a price of its own. */
const anyTask: ModelSpec = {
	...flux2,
	operations: { generate: taskGenerate, edit: taskEdit },
	price: null,
};

/** Returns the entry for an unlisted slug; `null` for a Kontext model. */
export const specForUnknownModel = (modelId: string): ModelSpec | null =>
	pathFor(modelId) === 'jobs' ? anyTask : null;
