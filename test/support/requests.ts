import type {
	ImageRequest,
	InputImage,
	PreparedRequest,
} from '../../nodes/FluxKontext/core/request/imageRequest';

/** Creates a request as a user makes it: by default a generation in the model's own size. */
export function imageRequest(overrides: Partial<ImageRequest> & Pick<ImageRequest, 'model'>): ImageRequest {
	return {
		operation: 'generate',
		prompt: 'a red fox',
		sizing: { kind: 'auto' },
		resolution: 'auto',
		options: {},
		additionalFields: {},
		...overrides,
	};
}

/** Creates a request as the engine submits it: by default a generation in the model's own size. */
export function preparedRequest(
	overrides: Partial<PreparedRequest> & Pick<PreparedRequest, 'model'>,
): PreparedRequest {
	return {
		operation: 'generate',
		prompt: 'a red fox',
		images: [],
		size: { kind: 'auto' },
		fields: {},
		additionalFields: {},
		...overrides,
	};
}

/** Input image that is sent as a file. */
export type BytesImage = Extract<InputImage, { kind: 'bytes' }>;

/** Creates an input image that is sent as a file: by default a PNG of 640 x 480. */
export function bytesImage(bytes: Uint8Array, overrides: Partial<BytesImage> = {}): BytesImage {
	return {
		kind: 'bytes',
		bytes,
		base64: () => Buffer.from(bytes).toString('base64'),
		mimeType: 'image/png',
		fileName: 'input.png',
		width: 640,
		height: 480,
		...overrides,
	};
}

/** Creates an input image that is sent as a URL; its size is `null` where it is not known. */
export function urlImage(url: string, size: { width: number; height: number } | null = null): InputImage {
	return { kind: 'url', url, size };
}
