import { randomBytes } from 'node:crypto';

import sharp, { type Sharp } from 'sharp';

export interface Shape {
	width: number;
	height: number;
}

/** Noise, so that the file is about as large as its pixels. */
export function noise({ width, height }: Shape, channels: 3 | 4 = 3): Sharp {
	return sharp(randomBytes(width * height * channels), { raw: { width, height, channels } });
}

/** One colour: a small file whatever the shape. */
export function plain({ width, height }: Shape, alpha = 1): Sharp {
	return sharp({ create: { width, height, channels: 4, background: { r: 20, g: 90, b: 160, alpha } } });
}

export async function png(shape: Shape): Promise<Uint8Array> {
	return new Uint8Array(await plain(shape).png().toBuffer());
}

/** A JPEG with `size` bytes of segments (APP2, as a colour profile) before its frame header. */
export function withLeadingSegments(jpeg: Uint8Array, size: number): Uint8Array {
	const segments: Buffer[] = [];
	for (let left = size; left > 0; left -= 60_000) {
		const body = Buffer.alloc(Math.min(left, 60_000), 0xc0);
		const head = Buffer.from([0xff, 0xe2, 0, 0]);
		head.writeUInt16BE(body.length + 2, 2);
		segments.push(head, body);
	}
	return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]));
}
