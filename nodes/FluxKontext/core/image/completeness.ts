import type { ImageInfo } from './inspect';

/** As much of the end of a file as can tell whether it is there: some encoders add padding behind the last marker. */
export const TAIL_BYTES = 4096;

/** What passed by while an image was streamed. */
export interface Passed {
	head: Uint8Array;
	/** The last `TAIL_BYTES` of it. */
	tail: Uint8Array;
	/** Bytes in all. */
	size: number;
}

const includes = (bytes: Uint8Array, wanted: readonly number[]): boolean =>
	bytes.some((_, start) => wanted.every((byte, index) => bytes[start + index] === byte));

/** Whether these are the last bytes but for zeros. */
function endsWith(bytes: readonly number[], wanted: readonly number[]): boolean {
	const end = bytes.length - [...bytes].reverse().findIndex((byte) => byte !== 0);
	return wanted.every((byte, index) => bytes[end - wanted.length + index] === byte);
}

const view = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
	new DataView(buffer, byteOffset, byteLength);

const MDAT = 0x6d646174;

/** ISO 14496-12, 4.2: each box says how long it is. Those whose headers stand in the first bytes are enough: the last of them is the image's data. */
function endOfBoxes(head: DataView): number {
	let end = 0;
	let data = false;
	while (end + 8 <= head.byteLength) {
		const size = head.getUint32(end);
		data ||= head.getUint32(end + 4) === MDAT;
		// 0 stands for "to the end of the file", 1 for a size of 64 bits, which no image of ours needs.
		if (size < 8) return end;
		end += size;
	}
	// Cut off between two boxes: the image's data is still to come, behind a header of its own.
	return data ? end : end + 9;
}

const ends: Readonly<Record<string, (passed: Passed) => boolean>> = {
	// The IEND chunk (PNG, third edition, 11.2.5).
	'image/png': ({ tail }) => includes(tail, [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
	// The marker EOI (ITU T.81, B.2.1).
	'image/jpeg': ({ tail }) => includes(tail, [0xff, 0xd9]),
	// The end of a block and the trailer (GIF89a, 16 and 27), with zeros behind them at most: these bytes alone stand in any data.
	'image/gif': ({ tail }) => endsWith([...tail], [0x00, 0x3b]),
	// The file's size stands in its header (RFC 9649, 2.4).
	'image/webp': ({ head, size }) => size >= view(head).getUint32(4, true) + 8,
	'image/avif': ({ head, size }) => size >= endOfBoxes(view(head)),
};

/** Whether an image is there to its end: a server can store a half one and deliver it as if it were whole. */
export function isWhole({ mimeType }: ImageInfo, passed: Passed): boolean {
	return ends[mimeType]?.(passed) ?? true;
}
