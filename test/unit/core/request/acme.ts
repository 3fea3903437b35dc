import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import type { ImageRequest, InputImage } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import type { OperationSpec } from '../../../../nodes/FluxKontext/core/request/model';
import { plan, type Plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { prepare } from '../../../../nodes/FluxKontext/core/request/prepare';
import { bytesImage, imageRequest } from '../../../support/requests';

const noImages: OperationSpec['inputImages'] = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
const twoImages: OperationSpec['inputImages'] = {
	min: 1,
	max: 2,
	urls: true,
	maxBytes: 2_000_000,
	mimeTypes: ['image/png', 'image/jpeg'],
};
/** What the model "painter" takes for an edit. */
export const painterEdits: OperationSpec = {
	inputImages: twoImages,
	size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
	options: {
		seed: { field: 'random_seed', max: 100 },
		safetyTolerance: { field: 'safety', max: 2, clamp: true },
	},
};
/** Provider with a model that edits one image at a time, and one that generates several. */
export const acme = {
	displayName: 'Acme',
	models: [
		{
			id: 'painter',
			displayName: 'Painter',
			description: '',
			price: { usdPerImage: 0.04, readOn: '2026-11-20', source: 'https://acme.example' },
			operations: {
				generate: {
					inputImages: noImages,
					size: { kind: 'anyRatio' },
					options: { seed: { field: 'seed' } },
				},
				edit: painterEdits,
			},
		},
		{
			id: 'batch',
			displayName: 'Batch',
			description: '',
			price: { usdPerImage: 0.01, readOn: '2026-11-20', source: 'https://acme.example' },
			operations: {
				generate: {
					inputImages: noImages,
					size: { kind: 'none' },
					options: { numberOfImages: { field: 'n', max: 4 }, seed: { field: 'seed' } },
				},
			},
		},
	],
} as unknown as Provider;

/** Input image that "painter" accepts. */
export const picture = bytesImage(new Uint8Array(1_000));
/** Creates an edit with "painter". */
export const edit = (overrides: Partial<ImageRequest> = {}) =>
	imageRequest({ model: 'painter', operation: 'edit', ...overrides });
/** Result of a request that is refused. */
export const refusal = (message: string) => ({
	ok: false,
	fault: {
		code: 'invalidRequest',
		message,
		description: 'Correct the named field, then run again. Nothing was charged.',
		httpStatus: null,
		providerStatus: null,
		retryable: false,
	},
});

/** Plans a request that must be valid; by default an edit has one image. */
export function planOf(request: ImageRequest, images = request.operation === 'edit' ? 1 : 0): Plan {
	const result = plan(acme, request, images);
	if (!result.ok) throw new Error(result.fault.message);
	return result.value;
}

/** Prepares a request that must be valid. */
export function prepared(request: ImageRequest, images: InputImage[]) {
	const result = prepare(planOf(request, images.length), images);
	if (!result.ok) throw new Error(result.fault.message);
	return result.value;
}
