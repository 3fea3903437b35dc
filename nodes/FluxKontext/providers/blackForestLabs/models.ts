import type { SizeSpec } from '../../core/request/sizes';
import type { InputImageSpec, ModelSpec, Operation, OperationSpec } from '../../core/request/model';

const outputFormat = { field: 'output_format', values: { png: 'png', jpeg: 'jpeg', webp: 'webp' } };

/** Tells whether a model belongs to the FLUX.2 family. */
export const isFlux2 = (model: string): boolean => model.startsWith('flux-2-');

type Flux2Tier = 'pro' | 'max' | 'flex';

function inputImages(operation: Operation, max: number): InputImageSpec {
	return {
		min: operation === 'edit' ? 1 : 0,
		max,
		urls: true,
		maxBytes: 20_000_000,
		mimeTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
	};
}

function kontextOperation(operation: Operation): OperationSpec {
	return {
		// "Experimental Multiref": input_image_2 to input_image_4.
		inputImages: inputImages(operation, 4),
		size: { kind: 'anyRatio' },
		options: {
			seed: { field: 'seed' },
			outputFormat,
			promptUpsampling: { field: 'prompt_upsampling', default: false },
			// The OpenAPI file allows 0 to 6; the edit guide and every reseller allow at most 2 with an input
			// image.
			safetyTolerance: {
				field: 'safety_tolerance',
				min: 0,
				max: operation === 'edit' ? 2 : 6,
				clamp: true,
				default: 2,
			},
		},
	};
}

/**
 * Sizes of FLUX.2: the smallest side is from the OpenAPI file, "up to 4MP" and the multiple from the guides.
 */
const flux2Size: SizeSpec = {
	kind: 'pixels',
	multipleOf: 16,
	min: 64,
	max: 4096,
	maxPixels: 2048 * 2048,
	matchesInput: true,
};

function flux2Operation(tier: Flux2Tier, operation: Operation): OperationSpec {
	return {
		inputImages: inputImages(operation, 8),
		size: flux2Size,
		options: {
			seed: { field: 'seed' },
			outputFormat,
			safetyTolerance: { field: 'safety_tolerance', min: 0, max: 5, clamp: true, default: 2 },
			...(tier === 'flex' && {
				promptUpsampling: { field: 'prompt_upsampling', default: true },
				guidance: { field: 'guidance', min: 1.5, max: 10, default: 5 },
				steps: { field: 'steps', min: 1, max: 50, default: 50 },
			}),
		},
	};
}

function flux2(tier: Flux2Tier, usdPerImage: number, description: string): ModelSpec {
	return {
		id: `flux-2-${tier}`,
		displayName: `FLUX.2 [${tier}]`,
		description,
		operations: { generate: flux2Operation(tier, 'generate'), edit: flux2Operation(tier, 'edit') },
		// More megapixels and input images cost more; each response reports the price.
		price: {
			usdPerImage,
			isLowerBound: true,
			readOn: '2026-11-20',
			source: 'https://docs.bfl.ai/quick_start/pricing (from: one megapixel, without input images)',
		},
	};
}

/** Entry of FLUX.2 [pro], which also stands for FLUX.2 models that the catalogue does not list. */
export const flux2Pro = flux2(
	'pro',
	0.03,
	'Successor of Kontext: up to 4 megapixels, eight images; price from one megapixel',
);

function kontext(tier: 'pro' | 'max', usdPerImage: number, description: string): ModelSpec {
	return {
		id: `flux-kontext-${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: { generate: kontextOperation('generate'), edit: kontextOperation('edit') },
		price: { usdPerImage, readOn: '2026-11-20', source: 'https://docs.bfl.ai/quick_start/pricing' },
	};
}

/** Catalogue of Black Forest Labs. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 0.04, 'Fast editing and generation'),
	kontext('max', 0.08, 'Best prompt following and typography'),
	flux2Pro,
	flux2('max', 0.07, 'Best of FLUX.2; price from one megapixel'),
	flux2(
		'flex',
		0.05,
		'FLUX.2 for text and small details, with guidance and steps; price from one megapixel',
	),
];
