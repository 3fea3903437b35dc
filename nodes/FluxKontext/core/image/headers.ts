import { ascii } from './view';

/**
 * Reads width and height (pixels) from the first bytes of an image; `null` where they end before the size.
 */
export type ReadSize = (view: DataView) => { width: number; height: number } | null;

/** Reads IHDR, the first chunk (PNG, third edition, 11.2.1). */
export const readPng: ReadSize = (view) =>
	view.byteLength < 24 || ascii(view, 12, 4) !== 'IHDR'
		? null
		: { width: view.getUint32(16), height: view.getUint32(20) };

/** Reads the logical screen (GIF89a, 18). */
export const readGif: ReadSize = (view) =>
	view.byteLength < 10 ? null : { width: view.getUint16(6, true), height: view.getUint16(8, true) };

/** Markers between SOF0 and SOF15 that start no frame: DHT, JPG, DAC. */
const NOT_A_FRAME = [0xc4, 0xc8, 0xcc];

/** Reads the frame header (SOF0 to SOF15), which follows any number of other segments (ITU T.81, B.2.2). */
export const readJpeg: ReadSize = (view) => {
	let offset = 2;
	while (offset + 9 <= view.byteLength) {
		if (view.getUint8(offset) !== 0xff) return null;
		const marker = view.getUint8(offset + 1);
		if (marker === 0xff) {
			offset += 1;
		} else if (marker >= 0xc0 && marker <= 0xcf && !NOT_A_FRAME.includes(marker)) {
			return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
		} else {
			offset += 2 + view.getUint16(offset + 2);
		}
	}
	return null;
};

/** Reads the canvas of an extended file, or the frame of a lossless or a lossy one (RFC 9649, 2.5 to 2.7). */
export const readWebp: ReadSize = (view) => {
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

/**
 * Finds the first box of a type, header included (ISO 14496-12, 4.2); `null` where it is missing or
 * truncated.
 */
function findBox(view: DataView, type: string): { start: number; end: number } | null {
	for (let start = 0; start + 8 <= view.byteLength;) {
		const size = view.getUint32(start);
		const end = start + size;
		if (ascii(view, start + 4, 4) === type) return end <= view.byteLength ? { start, end } : null;
		// Sizes of 0 and 1 mean that the size stands elsewhere, which no box before the metadata uses.
		if (size < 8) return null;
		start = end;
	}
	return null;
}

/**
 * Reads the `ispe` boxes (ISO 23008-12, 6.5.3). A file with tiles or an alpha plane has several; the image is
 * the largest.
 */
export const readAvif: ReadSize = (view) => {
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
