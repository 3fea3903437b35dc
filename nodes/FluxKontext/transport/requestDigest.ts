import { createHash } from 'node:crypto';

import type { InputImage, PreparedRequest } from '../core/request/imageRequest';

const digestOf = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const imageDigest = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `${image.mimeType} ${image.fileName} ${digestOf(image.bytes)}`;

/** Returns a text that two requests to one provider share only if they are the same, images included. */
export function requestDigest({ images, ...request }: PreparedRequest): string {
	return digestOf(JSON.stringify([request, images.map(imageDigest)]));
}
