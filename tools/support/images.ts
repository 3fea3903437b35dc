import { randomBytes } from 'node:crypto';

import sharp, { type Sharp } from 'sharp';

/** Size of an image in pixels. */
export interface Shape {
	width: number;
	height: number;
}

/** JPEG's APP2 marker, which holds colour profiles. */
const APP2 = [0xff, 0xe2];
/** Below the 65 533 bytes that a JPEG segment can hold. */
const SEGMENT_BYTES = 60_000;

/** Draws random noise, so that the encoded file is about as large as its pixels. */
export function noise({ width, height }: Shape, channels: 3 | 4 = 3): Sharp {
	return sharp(randomBytes(width * height * channels), { raw: { width, height, channels } });
}

/** Draws a single colour, so that the encoded file is small whatever the shape. `alpha` is from 0 to 1. */
export function plain({ width, height }: Shape, alpha = 1): Sharp {
	return sharp({ create: { width, height, channels: 4, background: { r: 20, g: 90, b: 160, alpha } } });
}

/** Encodes a PNG of a single colour. */
export async function png(shape: Shape): Promise<Uint8Array> {
	return new Uint8Array(await plain(shape).png().toBuffer());
}

/**
 * Inserts APP2 segments of `sizeBytes` bytes, as a large colour profile, before the frame header of a JPEG.
 */
export function withLeadingSegments(jpeg: Uint8Array, sizeBytes: number): Uint8Array {
	const segments: Buffer[] = [];
	for (let left = sizeBytes; left > 0; left -= SEGMENT_BYTES) {
		const body = Buffer.alloc(Math.min(left, SEGMENT_BYTES), 0xc0);
		const header = Buffer.from([...APP2, 0, 0]);
		// The length counts its own two bytes.
		header.writeUInt16BE(body.length + 2, 2);
		segments.push(header, body);
	}
	return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]));
}
