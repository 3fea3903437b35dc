import type { ModelSpec, Operation, OperationSpec, Price } from '../../core/request/model';

function specFor(operation: Operation): OperationSpec {
	return {
		inputImages: {
			min: operation === 'edit' ? 1 : 0,
			max: 1,
			urls: true,
			maxBytes: 20_000_000,
			mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
		},
		// A guide names aspect_ratio for Kontext, but neither the SDK nor the OpenAPI file does. The limits
		// are those of Kontext elsewhere.
		size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
		options: {
			seed: { field: 'seed' },
			numberOfImages: { field: 'n', min: 1, max: 4 },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
			guidance: { field: 'guidance_scale', default: 3.5 },
			steps: { field: 'steps', min: 1, max: 50, default: 28 },
			negativePrompt: { field: 'negative_prompt' },
			safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
		},
	};
}

/** "Price per MP", at 28 steps: larger images and more steps cost more. */
const priceOf = (usdPerImage: number): Price => ({
	usdPerImage,
	isLowerBound: true,
	readOn: '2026-11-20',
	source: 'https://www.together.ai/pricing (per megapixel)',
});

function kontext(
	tier: string,
	description: string,
	price: Price | null,
	operations: readonly Operation[],
): ModelSpec {
	return {
		id: `black-forest-labs/FLUX.1-kontext-${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: Object.fromEntries(operations.map((operation) => [operation, specFor(operation)])),
		price,
	};
}

/** Catalogue of the models. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 'Fast editing and generation', priceOf(0.04), ['generate', 'edit']),
	kontext('max', 'Best prompt following and typography', priceOf(0.08), ['generate', 'edit']),
	// Without an input image the API answers "condition_image is required".
	kontext('dev', 'Open weights, edits only; not in every price list', null, ['edit']),
];
