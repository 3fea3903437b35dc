import {
	noInputImages,
	type InputImageSpec,
	type ModelSpec,
	type OperationSpec,
} from '../../core/request/model';
import type { Ratio } from '../../core/request/ratios';

const ratios: readonly Ratio[] = [
	[1, 1],
	[16, 9],
	[9, 16],
	[4, 3],
	[3, 4],
	[3, 2],
	[2, 3],
	[4, 5],
	[5, 4],
	[21, 9],
	[9, 21],
	[2, 1],
	[1, 2],
].map(([w = 1, h = 1]) => ({ w, h }));

const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	urls: true,
	// A URL is recommended above 256 kB; Replicate's own client sends data URIs of up to 10 MB.
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
};

function officialOptions(maxTolerance: number): OperationSpec['options'] {
	return {
		seed: { field: 'seed' },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpg' } },
		promptUpsampling: { field: 'prompt_upsampling', default: false },
		safetyTolerance: { field: 'safety_tolerance', min: 0, max: maxTolerance, clamp: true, default: 2 },
	};
}

/**
 * "2 is currently the maximum allowed when input images are used": therefore only an edit takes an image.
 */
const official: ModelSpec['operations'] = {
	generate: { inputImages: noInputImages, size: { kind: 'ratios', ratios }, options: officialOptions(6) },
	edit: { inputImages: oneImage, size: { kind: 'ratios', ratios }, options: officialOptions(2) },
};

const openWeights: ModelSpec['operations'] = {
	edit: {
		inputImages: oneImage,
		size: { kind: 'ratios', ratios },
		options: {
			seed: { field: 'seed' },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpg', webp: 'webp' } },
			outputQuality: { field: 'output_quality', min: 0, max: 100, default: 80 },
			guidance: { field: 'guidance', min: 0, max: 10, default: 2.5 },
			steps: { field: 'num_inference_steps', min: 4, max: 50, default: 28 },
			safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
		},
	},
};

function kontext(
	tier: 'pro' | 'max' | 'dev',
	usdPerImage: number,
	description: string,
	operations: ModelSpec['operations'],
): ModelSpec {
	const id = `black-forest-labs/flux-kontext-${tier}`;
	const source =
		tier === 'dev'
			? 'lumenfall.ai, the page of flux.1-kontext-dev (its price through Replicate)'
			: `https://replicate.com/${id}#pricing`;
	return {
		id,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations,
		price: { usdPerImage, readOn: '2026-11-20', source },
	};
}

/** Catalogue of FLUX Kontext at Replicate. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 0.04, 'Fast editing and generation', official),
	kontext('max', 0.08, 'Best prompt following and typography', official),
	kontext('dev', 0.025, 'Open weights, with guidance and steps; edits only', openWeights),
];
