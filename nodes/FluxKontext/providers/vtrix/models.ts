import type { ModelSpec, Operation, OperationSpec } from '../../core/request/model';

type Tier = 'pro' | 'max';

function operationOf(tier: Tier, operation: Operation): OperationSpec {
	return {
		inputImages: {
			min: operation === 'edit' ? 1 : 0,
			max: 4,
			urls: true,
			maxBytes: 20_000_000,
			mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
		},
		size: { kind: 'anyRatio' },
		options: {
			seed: { field: 'seed' },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
			promptUpsampling: { field: 'prompt_upsampling', default: false },
			// The text says "0 means strictest", yet the documented range of pro begins at 1.
			safetyTolerance: {
				field: 'safety_tolerance',
				min: tier === 'pro' ? 1 : 0,
				max: 6,
				clamp: true,
				default: 2,
			},
			...(tier === 'max' && {
				guidance: { field: 'guidance_scale', min: 1, max: 10 },
				steps: { field: 'steps', min: 1, max: 50 },
				negativePrompt: { field: 'negative_prompt' },
			}),
		},
	};
}

function kontext(tier: Tier, description: string): ModelSpec {
	return {
		id: `flux_kontext_${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: { generate: operationOf(tier, 'generate'), edit: operationOf(tier, 'edit') },
		price: null,
	};
}

/** Catalogue of Vtrix. */
export const models: readonly ModelSpec[] = [
	kontext('pro', 'Fast editing and generation'),
	kontext('max', 'Best prompt following, with guidance, steps and a negative prompt'),
];
