import type { ImageInfo } from './inspect';

/** Bytes at the end of a file that are searched for its end marker; some encoders add padding behind it. */
export const TAIL_BYTES = 4096;

/** Parts of a streamed image that show whether it is complete. */
export interface StreamedParts {
	/** First bytes, at least up to the image's size. */
	head: Uint8Array;
	/** Last `TAIL_BYTES` bytes. */
	tail: Uint8Array;
	/** Bytes in all. */
	size: number;
}

const includes = (bytes: Uint8Array, marker: readonly number[]): boolean =>
	bytes.some((_, start) => marker.every((byte, index) => bytes[start + index] === byte));

/** Tells whether a file ends with these bytes, apart from zeros behind them. */
function endsWith(bytes: readonly number[], marker: readonly number[]): boolean {
	const end = bytes.length - [...bytes].reverse().findIndex((byte) => byte !== 0);
	return marker.every((byte, index) => bytes[end - marker.length + index] === byte);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
	new DataView(buffer, byteOffset, byteLength);

/** Type of the box that holds the image data: "mdat". */
const MDAT = 0x6d646174;
/** Bytes of a box header: size and type. */
const BOX_HEADER_BYTES = 8;

/**
 * Adds up the sizes of the boxes whose headers stand in the first bytes (ISO 14496-12, 4.2); the last of them
 * is the image data.
 */
function endOfBoxes(head: DataView): number {
	let end = 0;
	let hasData = false;
	while (end + BOX_HEADER_BYTES <= head.byteLength) {
		const size = head.getUint32(end);
		hasData ||= head.getUint32(end + 4) === MDAT;
		// 0 means "to the end of the file", 1 a 64-bit size, which images below the size limit do not need.
		if (size < BOX_HEADER_BYTES) return end;
		end += size;
	}
	// Truncated between two boxes: the box with the image data, and its header, are still missing.
	return hasData ? end : end + BOX_HEADER_BYTES + 1;
}

const completeByType: Readonly<Record<string, (parts: StreamedParts) => boolean>> = {
	// The IEND chunk (PNG, third edition, 11.2.5).
	'image/png': ({ tail }) => includes(tail, [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
	// The marker EOI (ITU T.81, B.2.1).
	'image/jpeg': ({ tail }) => includes(tail, [0xff, 0xd9]),
	// The end of a block and the trailer (GIF89a, 16 and 27). Only at the very end: any data may contain
	// these two bytes.
	'image/gif': ({ tail }) => endsWith([...tail], [0x00, 0x3b]),
	// The header holds the size of the file (RFC 9649, 2.4).
	'image/webp': ({ head, size }) => size >= viewOf(head).getUint32(4, true) + 8,
	'image/avif': ({ head, size }) => size >= endOfBoxes(viewOf(head)),
};

/**
 * Tells whether an image has its end: a server can store a partial file and deliver it as if it were
 * complete.
 */
export function isComplete({ mimeType }: ImageInfo, parts: StreamedParts): boolean {
	return completeByType[mimeType]?.(parts) ?? true;
}
