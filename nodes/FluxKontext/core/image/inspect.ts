import { readAvif, readGif, readJpeg, readPng, readWebp, type ReadSize } from './headers';
import { isTurned } from './orientation';
import { ascii } from './view';

/** Type and size of an image, as its bytes tell. */
export interface ImageInfo {
	mimeType: string;
	/** File name extension without the dot. */
	extension: string;
	/** Pixels, as the image is seen: its EXIF orientation is applied. */
	width: number;
	/** Pixels, as the image is seen. */
	height: number;
}

interface Format {
	mimeType: string;
	extension: string;
	matches(view: DataView): boolean;
	readSize: ReadSize;
}

/** Bytes of the `ftyp` box that are searched for a brand. */
const MAX_BRANDS_BYTES = 64;

const formats: readonly Format[] = [
	{
		mimeType: 'image/png',
		extension: 'png',
		matches: (view) => ascii(view, 0, 8) === '\x89PNG\r\n\x1a\n',
		readSize: readPng,
	},
	{
		mimeType: 'image/jpeg',
		extension: 'jpg',
		matches: (view) => ascii(view, 0, 3) === '\xff\xd8\xff',
		readSize: readJpeg,
	},
	{
		mimeType: 'image/webp',
		extension: 'webp',
		matches: (view) => ascii(view, 0, 4) === 'RIFF' && ascii(view, 8, 4) === 'WEBP',
		readSize: readWebp,
	},
	{
		mimeType: 'image/gif',
		extension: 'gif',
		matches: (view) => ['GIF87a', 'GIF89a'].includes(ascii(view, 0, 6)),
		readSize: readGif,
	},
	{
		mimeType: 'image/avif',
		extension: 'avif',
		// The brand may be the major one or, behind a generic `mif1`, among the compatible ones.
		matches: (view) =>
			ascii(view, 4, 4) === 'ftyp' &&
			ascii(
				view,
				8,
				Math.max(0, Math.min(view.getUint32(0), view.byteLength, MAX_BRANDS_BYTES) - 8),
			).includes('avi'),
		readSize: readAvif,
	},
];

/**
 * Reads type and size of a PNG, JPEG, WebP, GIF or AVIF image from its first bytes. `null` if they belong to
 * no image of these types, or end before the size.
 */
export function inspectImage(bytes: Uint8Array): ImageInfo | null {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const format = formats.find((candidate) => candidate.matches(view));
	const size = format?.readSize(view);
	if (!format || !size || size.width === 0 || size.height === 0) return null;
	const { mimeType, extension } = format;
	const seen = isTurned(view, mimeType) ? { width: size.height, height: size.width } : size;
	return { mimeType, extension, ...seen };
}
