export interface ImageInfo {
	mimeType: string;
	extension: string;
	/** Pixels. */
	width: number;
	height: number;
}

type Reader = (view: DataView) => { width: number; height: number } | null;

const ascii = (view: DataView, offset: number, length: number): string =>
	offset + length > view.byteLength
		? ''
		: String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length));

/** PNG, third edition, 11.2.1: IHDR is the first chunk. */
const readPng: Reader = (view) =>
	view.byteLength < 24 || ascii(view, 12, 4) !== 'IHDR'
		? null
		: { width: view.getUint32(16), height: view.getUint32(20) };

/** GIF89a: the logical screen. */
const readGif: Reader = (view) =>
	view.byteLength < 10 ? null : { width: view.getUint16(6, true), height: view.getUint16(8, true) };

/** ITU T.81, B.2.2: the size is in the frame header (SOF0 to SOF15, less DHT, JPG and DAC), after any other segments. */
const readJpeg: Reader = (view) => {
	let offset = 2;
	while (offset + 9 <= view.byteLength) {
		if (view.getUint8(offset) !== 0xff) return null;
		const marker = view.getUint8(offset + 1);
		if (marker === 0xff) {
			offset += 1;
		} else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
			return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
		} else {
			offset += 2 + view.getUint16(offset + 2);
		}
	}
	return null;
};

/** RFC 9649: the canvas of an extended file, or the frame of a lossless or a lossy one. */
const readWebp: Reader = (view) => {
	if (view.byteLength < 30) return null;
	const uint24 = (offset: number) => view.getUint16(offset, true) + (view.getUint8(offset + 2) << 16);
	switch (ascii(view, 12, 4)) {
		case 'VP8X':
			return { width: uint24(24) + 1, height: uint24(27) + 1 };
		case 'VP8L': {
			const bits = view.getUint32(21, true);
			return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
		}
		case 'VP8 ':
			return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
		default:
			return null;
	}
};

/** The first box of a type, from its header to its end (ISO 14496-12, 4.2); `null` if it is not there as a whole. */
function findBox(view: DataView, type: string): { start: number; end: number } | null {
	for (let start = 0; start + 8 <= view.byteLength;) {
		const size = view.getUint32(start);
		const end = start + size;
		if (ascii(view, start + 4, 4) === type) return end <= view.byteLength ? { start, end } : null;
		// A size of 0 or 1 stands for one that is told elsewhere: no box before the description has it.
		if (size < 8) return null;
		start = end;
	}
	return null;
}

/** ISO 23008-12, 6.5.3: `ispe` boxes; a file of tiles or with an alpha plane has several, the image is the largest. */
const readAvif: Reader = (view) => {
	const meta = findBox(view, 'meta');
	if (meta === null) return null;
	let largest: { width: number; height: number } | null = null;
	for (let offset = meta.start + 8; offset + 16 <= meta.end; offset += 1) {
		if (view.getUint8(offset) !== 0x69 || ascii(view, offset, 4) !== 'ispe') continue;
		const size = { width: view.getUint32(offset + 8), height: view.getUint32(offset + 12) };
		if (largest === null || size.width * size.height > largest.width * largest.height) largest = size;
	}
	return largest;
};

interface Format {
	mimeType: string;
	extension: string;
	matches(view: DataView): boolean;
	read: Reader;
}

const formats: readonly Format[] = [
	{
		mimeType: 'image/png',
		extension: 'png',
		matches: (view) => ascii(view, 0, 8) === '\x89PNG\r\n\x1a\n',
		read: readPng,
	},
	{
		mimeType: 'image/jpeg',
		extension: 'jpg',
		matches: (view) => ascii(view, 0, 3) === '\xff\xd8\xff',
		read: readJpeg,
	},
	{
		mimeType: 'image/webp',
		extension: 'webp',
		matches: (view) => ascii(view, 0, 4) === 'RIFF' && ascii(view, 8, 4) === 'WEBP',
		read: readWebp,
	},
	{
		mimeType: 'image/gif',
		extension: 'gif',
		matches: (view) => ['GIF87a', 'GIF89a'].includes(ascii(view, 0, 6)),
		read: readGif,
	},
	{
		mimeType: 'image/avif',
		extension: 'avif',
		// The brand may be the major one or, behind a generic `mif1`, among the compatible ones.
		matches: (view) =>
			ascii(view, 4, 4) === 'ftyp' &&
			ascii(view, 8, Math.max(0, Math.min(view.getUint32(0), view.byteLength, 64) - 8)).includes('avi'),
		read: readAvif,
	},
];

/**
 * Type and size of an image, from its first bytes: PNG, JPEG, WebP, GIF, AVIF. `null` if they are no image of these
 * types, or do not reach as far as the size (a JPEG may have half a megabyte of colour profile before it).
 */
export function inspectImage(bytes: Uint8Array): ImageInfo | null {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const format = formats.find((candidate) => candidate.matches(view));
	const size = format?.read(view);
	if (!format || !size || size.width === 0 || size.height === 0) return null;
	return { mimeType: format.mimeType, extension: format.extension, ...size };
}
