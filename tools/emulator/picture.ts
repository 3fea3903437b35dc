import sharp, { type Sharp } from 'sharp';
import { dice, overlaySvg, sceneSvg } from './scene';
import type { ImageFormat } from './types';

export interface PictureOrder {
	prompt: string;
	seed: number;
	width: number;
	height: number;
	format: ImageFormat;
	/** 0 to 100, for the formats that have one. */
	quality?: number | undefined;
	/** Given: an edit of these. */
	inputs: readonly Buffer[];
}

export interface ImageFacts {
	width: number;
	height: number;
	format: ImageFormat;
	mimeType: string;
}

const paper = { background: '#ffffff' };

// A decoder's memory is bounded by pixels, not bytes: 64 MP are 256 MB.
const maxPixels = 64_000_000;

/** A true image file, the same for the same order. */
export async function drawPicture(order: PictureOrder): Promise<Buffer> {
	const drawn = order.inputs.length === 0 ? drawScene(order) : await drawEdit(order);
	return await encode(drawn, order);
}

/** Decodes the whole image; undefined for bytes that are not one. */
export async function readImage(bytes: Buffer): Promise<ImageFacts | undefined> {
	try {
		const options = { limitInputPixels: maxPixels, failOn: 'truncated' as const };
		const { width, height, format, compression } = await sharp(bytes, options).metadata();
		await sharp(bytes, options).resize(8, 8, { fit: 'fill' }).raw().toBuffer();
		const known = formatOf(format, compression);
		return known && { width, height, format: known, mimeType: `image/${known}` };
	} catch {
		return undefined;
	}
}

function formatOf(format: string, compression: string | undefined): ImageFormat | undefined {
	if (format === 'heif') return compression === 'av1' ? 'avif' : undefined;
	return formats.find((known) => known === format);
}

const formats: readonly ImageFormat[] = ['png', 'jpeg', 'webp', 'gif', 'avif'];

const drawScene = ({ prompt, seed, width, height }: PictureOrder): Sharp =>
	sharp(Buffer.from(sceneSvg(`${prompt}\n${seed}`, width, height)));

async function drawEdit({ prompt, seed, width, height, inputs }: PictureOrder): Promise<Sharp> {
	const text = `${prompt}\n${seed}`;
	const hue = 40 + dice(text)() * 280;
	const joined = await sideBySide(inputs, width, height);
	const overlay = Buffer.from(overlaySvg(text, width, height));
	return joined.recomb(hueRotation(hue)).composite([{ input: overlay }]);
}

async function sideBySide(inputs: readonly Buffer[], width: number, height: number): Promise<Sharp> {
	const edge = (index: number): number => Math.round((width * index) / inputs.length);
	const strips = await Promise.all(
		inputs.map(async (input, index) => {
			const upright = sharp(input, { limitInputPixels: maxPixels }).autoOrient();
			return await pixelsOf(upright.resize(edge(index + 1) - edge(index), height));
		}),
	);
	const [first] = strips;
	if (first && strips.length === 1) return fromPixels(first);
	const ground = sharp({ create: { width, height, channels: 3, ...paper } });
	const placed = strips.map(({ data, info }, index) => {
		return { input: data, raw: info, left: edge(index), top: 0 };
	});
	return fromPixels(await pixelsOf(ground.composite(placed)));
}

interface Pixels {
	data: Buffer;
	info: { width: number; height: number; channels: 1 | 2 | 3 | 4 };
}

const pixelsOf = async (image: Sharp): Promise<Pixels> =>
	await image.flatten(paper).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });

const fromPixels = ({ data, info: { width, height, channels } }: Pixels): Sharp =>
	sharp(data, { raw: { width, height, channels } });

/** The matrix of CSS's hue-rotate: a fifth of the time of sharp's own way, through another space. */
function hueRotation(degrees: number): [Row, Row, Row] {
	const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
	return [
		[0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715, 0.072 - c * 0.072 + s * 0.928],
		[0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.14, 0.072 - c * 0.072 - s * 0.283],
		[0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715, 0.072 + c * 0.928 + s * 0.072],
	];
}

type Row = [number, number, number];

async function encode(image: Sharp, { format, quality }: PictureOrder): Promise<Buffer> {
	const lossy = { quality: Math.max(1, quality ?? 80) };
	// All that is drawn here is opaque; flattening it would take a third of the time.
	const flat = image.removeAlpha();
	switch (format) {
		case 'png':
			// Level 3: half the time of the default for a few per cent more bytes.
			return await flat.png({ compressionLevel: 3 }).toBuffer();
		case 'jpeg':
			return await flat.jpeg(lossy).toBuffer();
		case 'webp':
			return await flat.webp({ ...lossy, effort: 1 }).toBuffer();
		case 'gif':
			return await flat.gif({ effort: 1, colours: 64 }).toBuffer();
		case 'avif':
			return await flat.avif({ ...lossy, effort: 0 }).toBuffer();
	}
}
