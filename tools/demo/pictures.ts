import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import sharp from 'sharp';

/** An encoded image. */
export interface Picture {
	bytes: Buffer;
	mimeType: string;
}

const folder = resolve(__dirname, '..', '..', 'demo-output');

/**
 * Saves an image in `demo-output` with the extension of its type. Resolves to a line with its path, its size
 * in pixels and its size in bytes.
 */
export async function savePicture({ bytes, mimeType }: Picture, name: string): Promise<string> {
	const { width, height } = await sharp(bytes).metadata();
	const extension = mimeType.replace('image/', '').replace('jpeg', 'jpg');
	const path = join(folder, `${name}.${extension}`);
	await mkdir(folder, { recursive: true });
	await writeFile(path, bytes);
	return `${relative(process.cwd(), path)} (${width} × ${height} pixels, ${bytes.length} bytes)`;
}

/** Draws a landscape as a PNG: an input image for a provider that only edits. */
export async function drawPicture(): Promise<Picture> {
	const landscape = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">
		<rect width="1280" height="720" fill="#9ad0f5"/>
		<circle cx="980" cy="170" r="80" fill="#ffd94a"/>
		<path d="M0 560 L340 260 L600 520 L860 320 L1280 600 V720 H0 Z" fill="#5d7f8c"/>
		<path d="M0 600 Q320 520 640 610 T1280 590 V720 H0 Z" fill="#4f9d4b"/>
	</svg>`;
	return { bytes: await sharp(Buffer.from(landscape)).png().toBuffer(), mimeType: 'image/png' };
}
