import type { ImageRequest, InputImage, PreparedRequest } from '../../nodes/FluxKontext/core/provider';

export function imageRequest(more: Partial<ImageRequest> & Pick<ImageRequest, 'model'>): ImageRequest {
	return {
		operation: 'generate',
		prompt: 'a red fox',
		sizing: { kind: 'auto' },
		resolution: 'auto',
		options: {},
		additionalFields: {},
		...more,
	};
}

export function preparedRequest(
	more: Partial<PreparedRequest> & Pick<PreparedRequest, 'model'>,
): PreparedRequest {
	return {
		operation: 'generate',
		prompt: 'a red fox',
		images: [],
		size: { kind: 'auto' },
		fields: {},
		additionalFields: {},
		...more,
	};
}

export type BytesImage = Extract<InputImage, { kind: 'bytes' }>;

export function bytesImage(bytes: Uint8Array, more: Partial<BytesImage> = {}): BytesImage {
	return {
		kind: 'bytes',
		bytes,
		base64: () => Buffer.from(bytes).toString('base64'),
		mimeType: 'image/png',
		fileName: 'input.png',
		width: 640,
		height: 480,
		...more,
	};
}

export function urlImage(url: string, size: { width: number; height: number } | null = null): InputImage {
	return { kind: 'url', url, size };
}
