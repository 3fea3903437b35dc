import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type OperationSpec,
} from '../../core/request/model';
import type { Ratio } from '../../core/request/ratios';

type Tier = 'pro' | 'max' | 'dev';

const ratiosOf = (...texts: Array<`${number}:${number}`>): Ratio[] =>
	texts.map((text) => {
		const [w = 1, h = 1] = text.split(':').map(Number);
		return { w, h };
	});

/** Values of `aspect_ratio`. */
const ratios = ratiosOf('21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21');

/** Ratios among the values of `resolution_mode`. */
const devRatios = ratiosOf('1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21');

/** Returns the input images of an operation; their numbers are inclusive. */
function images(min: number, max: number): InputImageSpec {
	return {
		min,
		max,
		urls: true,
		// No limit is published for data URIs; this is that of Black Forest Labs, who made the model.
		maxBytes: 20_000_000,
		mimeTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'],
	};
}

const common: OperationSpec['options'] = {
	seed: { field: 'seed' },
	numberOfImages: { field: 'num_images', min: 1, max: 4 },
	outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
	promptUpsampling: { field: 'enhance_prompt', default: false },
};

const proOptions: OperationSpec['options'] = {
	...common,
	guidance: { field: 'guidance_scale', min: 1, max: 20, default: 3.5 },
	safetyTolerance: { field: 'safety_tolerance', min: 1, max: 6, clamp: true, default: 2, as: 'text' },
};

const devOptions: OperationSpec['options'] = {
	...common,
	guidance: { field: 'guidance_scale', min: 1, max: 20, default: 2.5 },
	steps: { field: 'num_inference_steps', min: 10, max: 50, default: 28 },
	safetyChecker: { field: 'enable_safety_checker', default: true },
	acceleration: { field: 'acceleration', values: { none: 'none', regular: 'regular', high: 'high' } },
};

const closedWeights: ModelSpec['operations'] = {
	generate: { inputImages: images(0, 4), size: { kind: 'ratios', ratios }, options: proOptions },
	edit: { inputImages: images(1, 4), size: { kind: 'ratios', ratios }, options: proOptions },
};

const operationsOf: Readonly<Record<Tier, ModelSpec['operations']>> = {
	pro: closedWeights,
	max: closedWeights,
	dev: {
		// Its schema was not found; assumed are the fields of the edit that do not concern the input image.
		generate: { inputImages: noInputImages, size: { kind: 'none' }, options: devOptions },
		edit: { inputImages: images(1, 1), size: { kind: 'ratios', ratios: devRatios }, options: devOptions },
	},
};

function kontext(tier: Tier, usdPerImage: number, description: string, source: string): ModelSpec {
	return {
		id: `kontext/${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: operationsOf[tier],
		price: { usdPerImage, readOn: '2026-11-20', source },
	};
}

/** Catalogue of FLUX Kontext at fal. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 0.04, 'Fast editing and generation', 'https://fal.ai/models/fal-ai/flux-pro/kontext'),
	kontext(
		'max',
		0.08,
		'Best prompt following and typography',
		'https://fal.ai/models/fal-ai/flux-pro/kontext/max',
	),
	kontext(
		'dev',
		0.025,
		'Open weights, with guidance, steps and acceleration',
		'lumenfall.ai, the page of flux.1-kontext-dev (its price through fal)',
	),
];
