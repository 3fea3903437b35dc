import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type Operation,
	type OperationSpec,
} from '../../core/request/model';

/** Name of the provider in messages. */
export const name = 'Made Up';

const inputImages: InputImageSpec = {
	min: 1,
	max: 1,
	urls: true,
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

/** Describes what a model takes. The panel and the checks before a paid request follow from it. */
const operationOf = (operation: Operation): OperationSpec => ({
	inputImages: operation === 'edit' ? inputImages : noInputImages,
	size: { kind: 'anyRatio' },
	options: {
		seed: { field: 'seed' },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
	},
});

/** Catalogue of Made Up. The first model that knows an operation is the default of that operation. */
export const models: readonly ModelSpec[] = [
	{
		id: 'flux-kontext-pro',
		displayName: 'FLUX.1 Kontext [pro]',
		description: 'Fast editing and generation',
		operations: { generate: operationOf('generate'), edit: operationOf('edit') },
		// `{ usdPerImage, readOn, source }` once a published price is found; with `isLowerBound: true` where
		// an image may cost more.
		price: null,
	},
];
