import { drawPicture, type PictureSpec } from '../../tools/emulator/picture';

const drawn = new Map<string, Promise<Buffer>>();

/**
 * Draws a small valid image, once for each format and size: some suites run a thousand jobs, and drawing is
 * slow.
 */
export async function drawOnce({ format, width, height }: PictureSpec): Promise<Buffer> {
	const small = { width: Math.ceil(width / 16), height: Math.ceil(height / 16) };
	const name = `${format} ${small.width} ${small.height}`;
	const picture =
		drawn.get(name) ?? drawPicture({ prompt: 'a red fox', seed: 1, format, ...small, inputs: [] });
	drawn.set(name, picture);
	return await picture;
}

/** Tells whether these bytes are exactly one of the images that were drawn. */
export async function wasDrawn(bytes: Uint8Array): Promise<boolean> {
	return (await Promise.all(drawn.values())).some((picture) => picture.equals(bytes));
}
