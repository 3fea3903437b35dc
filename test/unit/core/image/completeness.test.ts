import { concat } from '../../../../nodes/FluxKontext/core/http/exchange';
import { isWhole, TAIL_BYTES } from '../../../../nodes/FluxKontext/core/image/completeness';
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

/** As if the file had been streamed, at least `headBytes` of it in one piece. */
function whole(file: Uint8Array, headBytes = 16_384): boolean {
	const head = file.subarray(0, Math.max(headBytes, leastHead(file)));
	const info = inspectImage(head);
	if (!info) throw new Error('The head tells no image');
	return isWhole(info, { head, tail: file.subarray(-TAIL_BYTES), size: file.length });
}

/** The least of a file that tells what image it is. */
function leastHead(file: Uint8Array): number {
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

	it('is whole, in whatever pieces it comes', () => {
		for (const headBytes of [0, leastHead(file) + 5, 4_096, 65_536])
			expect(whole(file, headBytes)).toBe(true);
	});

	it.each([1, 2, 3, 8, 500, 4_000])('is whole with %i bytes of padding behind its end', (padding) => {
		expect(whole(concat([file, new Uint8Array(padding)], file.length + padding))).toBe(true);
	});

	it('is not whole wherever it is cut off', () => {
		const least = leastHead(file);
		const cuts = [0.05, 0.25, 0.5, 0.75, 0.9, 0.99]
			.map((part) => Math.floor(file.length * part))
			.filter((length) => length >= least + 8);
		const taken = [...cuts, file.length - 1].filter((length) => whole(file.subarray(0, length)));
		expect(taken).toEqual([]);
	});
});

it('a type that nobody knows counts as whole', () => {
	expect(
		isWhole(
			{ mimeType: 'image/x-new', extension: 'new', width: 1, height: 1 },
			{ head: new Uint8Array(), tail: new Uint8Array(), size: 0 },
		),
	).toBe(true);
});

it('an AVIF whose data reach to the end of the file, or say their size in 64 bits, is taken as it is', async () => {
	const file = Buffer.from(await grain(small).avif({ effort: 0 }).toBuffer());
	const data = file.indexOf('mdat') - 4;
	for (const size of [0, 1]) {
		const changed = Buffer.from(file);
		changed.writeUInt32BE(size, data);
		expect(whole(changed)).toBe(true);
	}
});
