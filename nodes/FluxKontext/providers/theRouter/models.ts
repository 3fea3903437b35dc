import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type OperationSpec,
	type Price,
} from '../../core/request/model';
import type { Pixels } from '../../core/request/ratios';

/** Charged per image, whatever its size. */
const price: Price = {
	usdPerImage: 0.018,
	readOn: '2026-11-20',
	source: 'https://therouter.ai/models/black-forest-labs/flux-kontext-dev',
};

/** Sizes that the documentation of images/edits names. */
const editSizes: readonly Pixels[] = [
	{ width: 1024, height: 1024 },
	{ width: 1024, height: 1536 },
	{ width: 1536, height: 1024 },
];

/** "PNG, JPEG or WebP, recommended at most 4 MB"; uploaded as a file. */
const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	urls: false,
	maxBytes: 4 * 1024 * 1024,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const options: OperationSpec['options'] = { seed: { field: 'seed' } };

/** Catalogue of the models. */
export const models: readonly ModelSpec[] = [
	{
		id: 'black-forest-labs/flux-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'Open weights, the lowest price',
		price,
		operations: {
			generate: {
				inputImages: noInputImages,
				// TheRouter publishes no list for this model; these are the limits of Kontext itself.
				size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
				options,
			},
			edit: {
				inputImages: oneImage,
				size: { kind: 'sizes', sizes: editSizes, matchesInput: true },
				options,
			},
		},
	},
];
