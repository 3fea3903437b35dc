import { ascii } from './view';

/** Tag of the orientation in EXIF (TIFF 6.0, Exif 2.32). */
const ORIENTATION_TAG = 0x0112;
/** Orientations from this one on are turned by 90 degrees. */
const FIRST_TURNED = 5;
const LAST_ORIENTATION = 8;
/** Bytes of an entry of a TIFF directory. */
const ENTRY_BYTES = 12;

/** Reads the orientation from a TIFF structure that begins at `start`; 1 where there is none. */
function readTiff(view: DataView, start: number): number {
	const order = ascii(view, start, 2);
	if (order !== 'II' && order !== 'MM') return 1;
	const little = order === 'II';
	const has = (offset: number, bytes: number) => offset >= 0 && offset + bytes <= view.byteLength;
	if (!has(start + 4, 4)) return 1;
	const directory = start + view.getUint32(start + 4, little);
	if (!has(directory, 2)) return 1;
	const entries = view.getUint16(directory, little);
	for (let index = 0; index < entries; index += 1) {
		const entry = directory + 2 + index * ENTRY_BYTES;
		if (!has(entry, ENTRY_BYTES)) return 1;
		if (view.getUint16(entry, little) === ORIENTATION_TAG) return view.getUint16(entry + 8, little);
	}
	return 1;
}

type ReadOrientation = (view: DataView) => number;

const EXIF = 'Exif\0\0';
const APP1 = 0xe1;
const START_OF_SCAN = 0xda;

/** Reads the segment APP1, which stands before the image data. */
function ofJpeg(view: DataView): number {
	let offset = 2;
	while (offset + 4 <= view.byteLength && view.getUint8(offset) === 0xff) {
		const marker = view.getUint8(offset + 1);
		if (marker === START_OF_SCAN) return 1;
		if (marker === APP1 && ascii(view, offset + 4, EXIF.length) === EXIF)
			return readTiff(view, offset + 4 + EXIF.length);
		offset += marker === 0xff ? 1 : 2 + view.getUint16(offset + 2);
	}
	return 1;
}

/** Reads the chunk eXIf (PNG, third edition, 11.3.4.6). */
function ofPng(view: DataView): number {
	for (let offset = 8; offset + 12 <= view.byteLength; offset += 12 + view.getUint32(offset))
		if (ascii(view, offset + 4, 4) === 'eXIf') return readTiff(view, offset + 8);
	return 1;
}

/** Reads the chunk EXIF (RFC 9649, 2.7.1.5), which usually stands behind the image data. */
function ofWebp(view: DataView): number {
	let offset = 12;
	while (offset + 8 <= view.byteLength) {
		const start = offset + 8;
		if (ascii(view, offset, 4) === 'EXIF')
			return readTiff(view, ascii(view, start, EXIF.length) === EXIF ? start + EXIF.length : start);
		const size = view.getUint32(offset + 4, true);
		offset = start + size + (size % 2);
	}
	return 1;
}

/** Bytes of an AVIF file that hold its properties. */
const MAX_PROPERTIES_BYTES = 65_536;

/** Reads the property `irot` (ISO 23008-12, 6.5.10): turns by 90 degrees, counted anticlockwise. */
function ofAvif(view: DataView): number {
	const end = Math.min(view.byteLength, MAX_PROPERTIES_BYTES) - 9;
	for (let offset = 0; offset < end; offset += 1) {
		if (view.getUint8(offset + 4) !== 0x69 || ascii(view, offset + 4, 4) !== 'irot') continue;
		if (view.getUint32(offset) === 9) return view.getUint8(offset + 8) % 2 === 1 ? LAST_ORIENTATION : 1;
	}
	return 1;
}

const readers: Readonly<Record<string, ReadOrientation>> = {
	'image/jpeg': ofJpeg,
	'image/png': ofPng,
	'image/webp': ofWebp,
	'image/avif': ofAvif,
};

/**
 * Tells whether an image is shown turned by 90 degrees, so that its width is seen as its height. `view` holds
 * its first bytes; metadata behind them is not found.
 */
export function isTurned(view: DataView, mimeType: string): boolean {
	const orientation = readers[mimeType]?.(view) ?? 1;
	return orientation >= FIRST_TURNED && orientation <= LAST_ORIENTATION;
}
