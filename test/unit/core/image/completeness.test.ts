import { concat } from '../../../../nodes/FluxKontext/core/http/stream';
import { isComplete, TAIL_BYTES } from '../../../../nodes/FluxKontext/core/image/completeness';
import { inspectImage } from '../../../../nodes/FluxKontext/core/image/inspect';
import { plain, type Shape } from '../../../../tools/support/images';
import { grain } from '../../../support/grain';

const small: Shape = { width: 63, height: 40 };
const large: Shape = { width: 400, height: 300 };

const encoders: Record<string, (shape: Shape) => Promise<Buffer>> = {
	PNG: async (shape) => await grain(shape).png().toBuffer(),
	'interlaced PNG with alpha': async (shape) =>
		await plain(shape, 0.5).png({ progressive: true }).toBuffer(),
	'baseline JPEG': async (shape) => await grain(shape).jpeg({ progressive: false }).toBuffer(),
	'progressive JPEG': async (shape) => await grain(shape).jpeg({ progressive: true }).toBuffer(),
	'JPEG of one colour': async (shape) => await plain(shape).jpeg().toBuffer(),
	'JPEG with EXIF': async (shape) =>
		await grain(shape)
			.withExif({ IFD0: { ImageDescription: 'x'.repeat(30_000) } })
			.jpeg()
			.toBuffer(),
	'lossy WebP': async (shape) => await grain(shape).webp({ effort: 0 }).toBuffer(),
	'lossless WebP': async (shape) => await plain(shape).webp({ lossless: true, effort: 0 }).toBuffer(),
	'extended WebP': async (shape) =>
		await plain(shape, 0.5).withIccProfile('p3').webp({ effort: 0 }).toBuffer(),
	GIF: async (shape) => await grain(shape).gif({ effort: 1 }).toBuffer(),
	'GIF of one colour': async (shape) => await plain(shape).gif({ effort: 1 }).toBuffer(),
	AVIF: async (shape) => await grain(shape).avif({ effort: 0 }).toBuffer(),
	'AVIF with alpha': async (shape) => await plain(shape, 0.5).avif({ effort: 0 }).toBuffer(),
};

/** Checks a file as if it had been streamed, with at least `headBytes` of it in the first chunk. */
function isWhole(file: Uint8Array, headBytes = 16_384): boolean {
	const head = file.subarray(0, Math.max(headBytes, shortestHead(file)));
	const info = inspectImage(head);
	if (!info) throw new Error('The head is not that of an image');
	return isComplete(info, { head, tail: file.subarray(-TAIL_BYTES), size: file.length });
}

/** Returns the length of the shortest head from which the image is recognised. */
function shortestHead(file: Uint8Array): number {
	for (let length = 1; length <= file.length; length += 1)
		if (inspectImage(file.subarray(0, length))) return length;
	throw new Error('Not an image');
}

describe.each(
	Object.entries(encoders).flatMap(([name, encode]) =>
		[small, large].map((shape) => [name, shape, encode] as const),
	),
)('%s, %j', (_, shape, encode) => {
	let file: Uint8Array;
	beforeAll(async () => {
		file = new Uint8Array(await encode(shape));
	});

	it('is complete, however it is split into chunks', () => {
		for (const headBytes of [0, shortestHead(file) + 5, 4_096, 65_536])
			expect(isWhole(file, headBytes)).toBe(true);
	});

	it.each([1, 2, 3, 8, 500, 4_000])('is complete with %i bytes of padding after its end', (padding) => {
		expect(isWhole(concat([file, new Uint8Array(padding)], file.length + padding))).toBe(true);
	});

	it('is incomplete wherever it is truncated', () => {
		const headBytes = shortestHead(file);
		const cuts = [0.05, 0.25, 0.5, 0.75, 0.9, 0.99]
			.map((part) => Math.floor(file.length * part))
			.filter((length) => length >= headBytes + 8);
		const accepted = [...cuts, file.length - 1].filter((length) => isWhole(file.subarray(0, length)));
		expect(accepted).toEqual([]);
	});
});

it('counts an unknown type as complete', () => {
	expect(
		isComplete(
			{ mimeType: 'image/x-new', extension: 'new', width: 1, height: 1 },
			{ head: new Uint8Array(), tail: new Uint8Array(), size: 0 },
		),
	).toBe(true);
});

it('counts an AVIF as complete whose data box extends to the end or has a 64-bit size', async () => {
	const file = Buffer.from(await grain(small).avif({ effort: 0 }).toBuffer());
	const data = file.indexOf('mdat') - 4;
	for (const size of [0, 1]) {
		const changed = Buffer.from(file);
		changed.writeUInt32BE(size, data);
		expect(isWhole(changed)).toBe(true);
	}
});
