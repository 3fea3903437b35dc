import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type Operation,
	type OperationSpec,
} from '../../core/request/model';

/** Limits of our own: servers share no limits, and each refuses what exceeds its own. */
const inputImages: InputImageSpec = {
	min: 1,
	max: 16,
	urls: false,
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const specFor = (operation: Operation): OperationSpec => ({
	inputImages: operation === 'edit' ? inputImages : noInputImages,
	// Without a size, an edit has the size of its input (stable-diffusion.cpp, vLLM-Omni) or what OpenAI
	// calls `auto`.
	size: { kind: 'pixels', multipleOf: 16, min: 64, max: 4096, maxPixels: 4096 * 4096, matchesInput: true },
	options: {
		numberOfImages: { field: 'n', min: 1, max: 10 },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg', webp: 'webp' } },
		outputQuality: { field: 'output_compression', min: 0, max: 100 },
	},
});

/** Catalogue of the models: one example, because each server has models of its own. */
export const models: readonly ModelSpec[] = [
	{
		id: 'flux.1-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'As LocalAI calls it; give the name that your server knows by ID',
		operations: { generate: specFor('generate'), edit: specFor('edit') },
		price: null,
	},
];
