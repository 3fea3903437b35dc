import { toDataUri } from '../../core/image/dataUri';
import type { InputImage } from '../../core/request/imageRequest';

/** Returns an input image as its URL or as a data URI. */
export const urlOrDataUri = (image: InputImage): string =>
	image.kind === 'url' ? image.url : toDataUri(image.mimeType, image.base64());

/** Returns an input image as its URL or as bare base64, for providers that take no data URI. */
export const urlOrBase64 = (image: InputImage): string => (image.kind === 'url' ? image.url : image.base64());

/**
 * Names the fields of input images `input_image`, `input_image_2`, `input_image_3` …, as Black Forest Labs
 * does.
 */
export const numberedImageFields = (images: readonly InputImage[]): Record<string, string> =>
	Object.fromEntries(
		images.map((image, index) => [
			index === 0 ? 'input_image' : `input_image_${index + 1}`,
			urlOrBase64(image),
		]),
	);
