import fc from 'fast-check';

import { inspectImage } from '../../../../nodes/FluxKontext/core/image/inspect';
import { noise, plain, withLeadingSegments, type Shape } from '../../../../tools/support/images';

const small: Shape = { width: 63, height: 40 };
const large: Shape = { width: 2048, height: 1365 };

const encoders: Record<string, (shape: Shape) => Promise<Buffer>> = {
	PNG: async (shape) => await noise(shape).png({ compressionLevel: 0 }).toBuffer(),
	'interlaced PNG with alpha': async (shape) =>
		await plain(shape, 0.5).png({ progressive: true }).toBuffer(),
	'palette PNG': async (shape) => await plain(shape).png({ palette: true }).toBuffer(),
	'baseline JPEG': async (shape) => await noise(shape).jpeg({ progressive: false }).toBuffer(),
	'progressive JPEG': async (shape) => await noise(shape).jpeg({ progressive: true }).toBuffer(),
	'grey JPEG': async (shape) => await plain(shape).greyscale().jpeg().toBuffer(),
	'JPEG with a colour profile': async (shape) => await plain(shape).withIccProfile('p3').jpeg().toBuffer(),
	'JPEG with EXIF': async (shape) =>
		await plain(shape)
			.withExif({ IFD0: { ImageDescription: 'x'.repeat(30_000) } })
			.jpeg()
			.toBuffer(),
	'lossy WebP': async (shape) => await noise(shape).webp({ effort: 0 }).toBuffer(),
	'lossless WebP': async (shape) => await plain(shape).webp({ lossless: true, effort: 0 }).toBuffer(),
	'WebP with alpha': async (shape) => await plain(shape, 0.5).webp({ effort: 0 }).toBuffer(),
	'extended WebP': async (shape) =>
		await plain(shape, 0.5).withIccProfile('p3').webp({ effort: 0 }).toBuffer(),
	GIF: async (shape) => await plain(shape).gif({ effort: 1 }).toBuffer(),
	AVIF: async (shape) => await plain(shape).removeAlpha().avif({ effort: 0 }).toBuffer(),
	'AVIF with alpha': async (shape) => await plain(shape, 0.5).avif({ effort: 0 }).toBuffer(),
};

const types: Record<string, { mimeType: string; extension: string }> = {
	PNG: { mimeType: 'image/png', extension: 'png' },
	JPEG: { mimeType: 'image/jpeg', extension: 'jpg' },
	WebP: { mimeType: 'image/webp', extension: 'webp' },
	GIF: { mimeType: 'image/gif', extension: 'gif' },
	AVIF: { mimeType: 'image/avif', extension: 'avif' },
};

function typeOf(name: string): { mimeType: string; extension: string } | undefined {
	return Object.entries(types).find(([format]) => name.includes(format))?.[1];
}

describe.each(Object.entries(encoders))('%s', (name, encode) => {
	it.each([small, { width: 1, height: 1 }, { width: 300, height: 17 }, large])(
		'shows its type and size: %j',
		async (shape) => {
			expect(inspectImage(await encode(shape))).toEqual({ ...typeOf(name), ...shape });
		},
	);

	it('is recognised by its head alone, and never misread from a part of it', async () => {
		const whole = await encode(small);
		const expected = inspectImage(whole);
		const results = Array.from({ length: whole.length }, (_, length) =>
			inspectImage(whole.subarray(0, length)),
		);
		const headBytes = results.findIndex((result) => result !== null);
		expect(headBytes).toBeGreaterThan(8);
		expect(results.slice(0, headBytes).every((result) => result === null)).toBe(true);
		expect(results.slice(headBytes)).toEqual(results.slice(headBytes).map(() => expected));
	});

	it('is read at any offset of a larger buffer', async () => {
		const whole = await encode(small);
		const shared = Buffer.concat([Buffer.from('behind'), whole]);
		expect(inspectImage(shared.subarray(6))).toEqual({ ...typeOf(name), ...small });
	});
});

it('reads a JPEG whose size follows half a megabyte of colour profile', async () => {
	const jpeg = withLeadingSegments(await plain(small).jpeg().toBuffer(), 500_000);
	expect(inspectImage(jpeg)).toEqual({ ...types['JPEG'], ...small });
	expect(inspectImage(jpeg.subarray(0, 400_000))).toBeNull();
});

describe('an AVIF of tiles', () => {
	const box = (type: string, ...content: Uint8Array[]): Buffer => {
		const body = Buffer.concat(content);
		const head = Buffer.alloc(8);
		head.writeUInt32BE(body.length + 8);
		head.write(type, 4, 'latin1');
		return Buffer.concat([head, body]);
	};
	const ispe = ({ width, height }: Shape): Buffer => {
		const content = Buffer.alloc(12);
		content.writeUInt32BE(width, 4);
		content.writeUInt32BE(height, 8);
		return box('ispe', content);
	};
	const fileType = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1', 'latin1'));
	const properties = box(
		'iprp',
		box('ipco', ispe({ width: 512, height: 512 }), ispe({ width: 1024, height: 768 })),
	);
	const whole = Buffer.concat([
		fileType,
		box('meta', Buffer.alloc(4), properties),
		box('mdat', ispe({ width: 9, height: 99_999 })),
	]);

	it('has the size of the whole image, not that of a tile or of bytes in its data', () => {
		expect(inspectImage(whole)).toEqual({
			mimeType: 'image/avif',
			extension: 'avif',
			width: 1024,
			height: 768,
		});
	});

	it('is not recognised before its whole description has arrived', () => {
		const results = Array.from({ length: whole.length }, (_, length) =>
			inspectImage(whole.subarray(0, length)),
		);
		expect(results.filter((result) => result !== null && result.width !== 1024)).toEqual([]);
	});
});

it.each([
	['an empty buffer', ''],
	['text', 'Just a moment'],
	['an HTML page', '<!DOCTYPE html><html></html>'],
	['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
	['a PDF', '%PDF-1.7\n%\xe2\xe3\xcf\xd3'],
	['a TIFF', 'II*\0\x08\0\0\0\0\0\0\0\0\0\0\0'],
	['a HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\0\x10\0\0\0\x10'],
	['a video in MP4', '\0\0\0\x18ftypmp42\0\0\0\0mp42isom'],
	['a file type box without a length', '\0\0\0\0ftypavif'],
	['a PNG of no width', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x10'],
	['a GIF of no height', 'GIF89a\x10\0\0\0'],
])('does not take %s for an image', (_, text) => {
	expect(inspectImage(Buffer.from(text, 'latin1'))).toBeNull();
});

it('never throws, whatever the bytes', () => {
	const starts = [
		'',
		'\x89PNG\r\n\x1a\n',
		'\xff\xd8\xff',
		'RIFF\0\0\0\0WEBP',
		'RIFF\0\0\0\0WEBPVP8X',
		'RIFF\0\0\0\0WEBPVP8L',
		'GIF89a',
		'\0\0\0\x20ftypavif',
		'\0\0\0\0ftyp',
		'\xff\xff\xff\xffftyp',
	];
	const bytes = fc
		.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }))
		.map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]));
	fc.assert(
		fc.property(bytes, (head) => {
			const info = inspectImage(head);
			expect(info === null || (info.width > 0 && info.height > 0)).toBe(true);
		}),
		{ numRuns: 3_000 },
	);
});
