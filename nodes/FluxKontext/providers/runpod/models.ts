import type { ModelSpec } from '../../core/request/model';
import type { Pixels } from '../../core/request/ratios';

/** Bytes of an input image: `/run` takes bodies of 10 MB, and base64 adds a third. */
const MAX_IMAGE_BYTES = 7_400_000;

/**
 * Sizes that Runpod's own AI SDK provider accepts, up to the 2048 x 2048 that its notes give for Kontext.
 */
const sizes: readonly Pixels[] = [
	[512, 512],
	[768, 768],
	[1024, 1024],
	[1280, 1280],
	[1328, 1328],
	[1536, 1536],
	[2048, 2048],
	[512, 768],
	[768, 512],
	[1024, 768],
	[768, 1024],
	[1472, 1140],
	[1140, 1472],
].map(([width = 0, height = 0]) => ({ width, height }));

/** Catalogue of Runpod's public endpoints for FLUX Kontext. */
export const models: readonly ModelSpec[] = [
	{
		id: 'black-forest-labs-flux-1-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'Open weights, with guidance, steps and a negative prompt',
		price: {
			usdPerImage: 0.025,
			readOn: '2026-11-20',
			source: 'https://docs.runpod.io/public-endpoints/models/flux-kontext-dev',
		},
		operations: {
			edit: {
				inputImages: {
					min: 1,
					max: 1,
					urls: true,
					maxBytes: MAX_IMAGE_BYTES,
					mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
				},
				size: { kind: 'sizes', sizes },
				options: {
					seed: { field: 'seed' },
					outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
					guidance: { field: 'guidance', min: 0, max: 10, default: 2 },
					steps: { field: 'num_inference_steps', min: 1, max: 50, default: 28 },
					negativePrompt: { field: 'negative_prompt' },
					safetyChecker: { field: 'enable_safety_checker', default: true },
				},
			},
		},
	},
];
