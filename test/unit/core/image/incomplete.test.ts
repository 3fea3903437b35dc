import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { StoreImage } from '../../../../nodes/FluxKontext/core/image/openImage';
import { grain } from '../../../support/grain';
import { bytes, json, page, reset, type Answer } from '../../../support/scriptedServer';
import { storeInMemory, START, useEngineFixture } from '../engineFixture';
import { digest, downloadFrom, storeDigest, storeEmbedded } from './downloads';

// A server that stored half of an image, or shows a page in its place, delivers that as if it were complete.

const fixture = useEngineFixture();
const respondWith = (...answers: Answer[]) => fixture.files.on('GET', /^\/a/, ...answers);
const download = async <T>(store: StoreImage<T>, timeoutMs?: number) =>
	await downloadFrom(fixture, `${fixture.files.origin}/a`, store, timeoutMs);
const base64 = (image: Uint8Array) => Buffer.from(image).toString('base64');
const seconds = () => fixture.files.requests.map(({ at }) => (at - START) / 1000);
const pauses = [0, 0.8, 2.4, 5.6, 12];
const shape = { width: 300, height: 200 };

describe.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('a truncated %s', (format) => {
	let picture: Uint8Array;
	beforeAll(async () => {
		picture = new Uint8Array(await grain(shape).toFormat(format).toBuffer());
	});
	const truncated = () => bytes(picture.subarray(0, picture.length >> 1));

	it('is downloaded again, and the complete one is stored', async () => {
		respondWith(
			...Array<Answer>(defaultLimits.maxIncompleteAttempts - 1).fill(truncated()),
			bytes(picture),
		);
		expect(await download(storeDigest)).toMatchObject({
			ok: true,
			value: { info: shape, bytes: picture.length, value: digest(picture) },
		});
		expect(seconds()).toEqual(pauses.slice(0, defaultLimits.maxIncompleteAttempts));
	});

	it('that stays truncated is reported after `maxIncompleteAttempts` attempts', async () => {
		respondWith(truncated());
		expect(await download(storeDigest)).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', message: 'The image of Acme is cut off' },
		});
		expect(seconds()).toHaveLength(defaultLimits.maxIncompleteAttempts);
	});

	it('makes the chunks that the store reads end with an error', async () => {
		respondWith(truncated());
		const errors: unknown[] = [];
		await download(
			async (image) =>
				await storeInMemory(image).catch((error: unknown) => {
					errors.push(error);
					throw error;
				}),
		);
		expect(errors).toEqual(Array(defaultLimits.maxIncompleteAttempts).fill(expect.any(Error)));
	});

	it('that was embedded as base64 is reported and not stored', async () => {
		const store = jest.fn(storeDigest);
		expect(
			await storeEmbedded(fixture, base64(picture.subarray(0, picture.length >> 1)), store),
		).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', message: 'The image of Acme is cut off' },
		});
		expect(store).not.toHaveBeenCalled();
		expect(await storeEmbedded(fixture, base64(picture), store)).toMatchObject({
			ok: true,
			value: { bytes: picture.length, value: digest(picture) },
		});
	});

	it('is not accepted from a store that ignores the error', async () => {
		respondWith(truncated(), bytes(picture));
		const ignoringErrors: StoreImage<string> = async (image) =>
			await storeDigest(image).catch(() => 'half');
		expect(await download(ignoringErrors)).toMatchObject({ ok: true, value: { value: digest(picture) } });
	});
});

it('other failures do not count as incomplete attempts', async () => {
	const picture = new Uint8Array(await grain(shape).png().toBuffer());
	const otherFailures = Array<Answer>(3).fill(reset);
	respondWith(
		...otherFailures,
		page,
		...otherFailures,
		bytes(picture.subarray(0, 5_000)),
		json(503, {}),
		bytes(picture),
	);
	expect(await download(storeDigest)).toMatchObject({ ok: true, value: { value: digest(picture) } });
});

it('pages and truncated images count together', async () => {
	const picture = new Uint8Array(await grain(shape).png().toBuffer());
	const incomplete = Array.from({ length: defaultLimits.maxIncompleteAttempts }, (_, index) =>
		index % 2 === 0 ? page : bytes(picture.subarray(0, 5_000)),
	);
	respondWith(...incomplete, bytes(picture));
	expect(await download(storeDigest)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	expect(fixture.files.requests).toHaveLength(defaultLimits.maxIncompleteAttempts);
});

it('an image that is incomplete at the deadline is reported as that, not as a timeout', async () => {
	respondWith(page);
	expect(await download(storeDigest, 500)).toMatchObject({
		ok: false,
		fault: {
			code: 'badResponse',
			message: expect.stringMatching(
				/^What Acme delivered is not an image: it is a web page/,
			) as unknown,
		},
	});
	expect(fixture.ports.now()).toBe(START + 500);
});

describe('base64', () => {
	let picture: Buffer;
	beforeAll(async () => {
		picture = await grain({ width: 700, height: 500 }).png().toBuffer();
	});
	/** Appends bytes, which a PNG may have after its end, so that the base64 padding differs. */
	const padded = (extraBytes: number) => Buffer.concat([picture, Buffer.alloc(extraBytes)]);

	it.each([0, 1, 2])(
		'is stored byte for byte whatever its padding (%d extra bytes)',
		async (extraBytes) => {
			const image = padded(extraBytes);
			expect(await storeEmbedded(fixture, base64(image), storeDigest)).toMatchObject({
				ok: true,
				value: { bytes: image.length, value: digest(image) },
			});
			expect(await storeEmbedded(fixture, base64(image).replace(/=+$/, ''), storeDigest)).toMatchObject(
				{
					ok: true,
					value: { bytes: image.length, value: digest(image) },
				},
			);
		},
	);

	it('in lines of 76 characters is read as one text', async () => {
		const lines = base64(picture).replace(/.{76}/g, '$&\r\n');
		expect(await storeEmbedded(fixture, lines, storeDigest)).toMatchObject({
			ok: true,
			value: { bytes: picture.length, value: digest(picture) },
		});
	});

	it('is passed on in chunks and never decoded as a whole', async () => {
		const decodedBytes: number[] = [];
		const decodeBase64 = (text: string) => {
			const bytes = Buffer.from(text, 'base64');
			decodedBytes.push(bytes.length);
			return bytes;
		};
		expect(picture.length).toBeGreaterThan(600_000);
		await storeEmbedded(
			{ ...fixture, ports: { ...fixture.ports, decodeBase64 } },
			base64(picture),
			async ({ chunks }) => {
				for await (const chunk of chunks) expect(chunk.length).toBeLessThan(64 * 1024);
			},
		);
		expect(Math.max(...decodedBytes)).toBeLessThan(picture.length);
	});
});
