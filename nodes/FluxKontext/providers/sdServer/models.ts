import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type Operation,
	type OperationSpec,
} from '../../core/request/model';

const referenceImages: InputImageSpec = {
	min: 1,
	// The server sets no limit on their number; this bound is ours.
	max: 10,
	urls: false,
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const specFor = (operation: Operation): OperationSpec => ({
	inputImages: operation === 'edit' ? referenceImages : noInputImages,
	// `limits` of the server's capabilities. Without a size the server uses its default, also for an edit.
	size: { kind: 'pixels', multipleOf: 16, min: 64, max: 4096, maxPixels: 4096 * 4096 },
	options: {
		seed: { field: 'seed' },
		numberOfImages: { field: 'batch_count', min: 1, max: 8 },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg', webp: 'webp' } },
		outputQuality: { field: 'output_compression', min: 0, max: 100 },
		guidance: { field: 'sample_params.guidance.distilled_guidance', default: 2.5 },
		steps: { field: 'sample_params.sample_steps', default: 28 },
		negativePrompt: { field: 'negative_prompt' },
	},
});

/** Catalogue of the models: one entry, because a request cannot choose between models. */
export const models: readonly ModelSpec[] = [
	{
		id: 'server-model',
		displayName: 'The Model of the Server',
		description: 'Whatever the server has loaded; a request cannot choose another',
		operations: { generate: specFor('generate'), edit: specFor('edit') },
		price: { usdPerImage: 0, readOn: '2026-11-20', source: 'your own machine: nobody charges' },
	},
];
