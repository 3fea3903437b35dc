import { createHash } from 'node:crypto';

import { downloadImage, storeBase64, type Store } from '../../../../nodes/FluxKontext/core/image/download';
import { MAX_SPOILED_ATTEMPTS } from '../../../../nodes/FluxKontext/core/base/limits';
import { bytes, json, page, reset, type Answer } from '../../../support/scriptedServer';
import { grain } from '../../../support/grain';
import { keep, START, useEngineFixture } from '../engineFixture';

// A server that has stored a half image, or shows a page in its place, delivers that as if it were whole.

const fixture = useEngineFixture();
const answering = (...answers: Answer[]) => fixture.files.on('GET', /^\/a/, ...answers);
const digest = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const kept: Store<string> = async (image) => digest(await keep(image));
const download = async <T>(store: Store<T>, timeoutMs = 600_000) =>
	await downloadImage(
		{
			ports: fixture.ports,
			deadline: fixture.ports.now() + timeoutMs,
			signal: fixture.stop.signal,
			source: 'Acme',
		},
		`${fixture.files.origin}/a`,
		store,
	);
const base64 = (image: Uint8Array) => Buffer.from(image).toString('base64');
const seconds = () => fixture.files.requests.map(({ at }) => (at - START) / 1000);
const pauses = [0, 0.8, 2.4, 5.6, 12];
const shape = { width: 300, height: 200 };

describe.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('a half %s', (format) => {
	let picture: Uint8Array;
	beforeAll(async () => {
		picture = new Uint8Array(await grain(shape).toFormat(format).toBuffer());
	});
	const half = () => bytes(picture.subarray(0, picture.length >> 1));

	it('is fetched again, and the whole one is stored', async () => {
		answering(...Array<Answer>(MAX_SPOILED_ATTEMPTS - 1).fill(half()), bytes(picture));
		expect(await download(kept)).toMatchObject({
			ok: true,
			value: { info: shape, bytes: picture.length, value: digest(picture) },
		});
		expect(seconds()).toEqual(pauses.slice(0, MAX_SPOILED_ATTEMPTS));
	});

	it('that stays so is reported, after a few tries', async () => {
		answering(half());
		expect(await download(kept)).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', message: 'The image of Acme is cut off' },
		});
		expect(seconds()).toHaveLength(MAX_SPOILED_ATTEMPTS);
	});

	it('makes the store drop what it has', async () => {
		answering(half());
		const dropped: unknown[] = [];
		await download(
			async (image) =>
				await keep(image).catch((error: unknown) => {
					dropped.push(error);
					throw error;
				}),
		);
		expect(dropped).toEqual(Array(MAX_SPOILED_ATTEMPTS).fill(expect.any(Error)));
	});

	it('that stood in an answer as base64 is reported, and not stored', async () => {
		const store = jest.fn(kept);
		expect(
			await storeBase64(fixture.ports, base64(picture.subarray(0, picture.length >> 1)), 'Acme', store),
		).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', message: 'The image of Acme is cut off' },
		});
		expect(store).not.toHaveBeenCalled();
		expect(await storeBase64(fixture.ports, base64(picture), 'Acme', store)).toMatchObject({
			ok: true,
			value: { bytes: picture.length, value: digest(picture) },
		});
	});

	it('is no image for a store that swallows the end', async () => {
		answering(half(), bytes(picture));
		const swallowing: Store<string> = async (image) => await kept(image).catch(() => 'half');
		expect(await download(swallowing)).toMatchObject({ ok: true, value: { value: digest(picture) } });
	});
});

it('other trouble does not count as a spoiled try', async () => {
	const picture = new Uint8Array(await grain(shape).png().toBuffer());
	const others = Array<Answer>(3).fill(reset);
	answering(...others, page, ...others, bytes(picture.subarray(0, 5_000)), json(503, {}), bytes(picture));
	expect(await download(kept)).toMatchObject({ ok: true, value: { value: digest(picture) } });
});

it('pages and halves count together', async () => {
	const picture = new Uint8Array(await grain(shape).png().toBuffer());
	const spoiled = Array.from({ length: MAX_SPOILED_ATTEMPTS }, (_, index) =>
		index % 2 === 0 ? page : bytes(picture.subarray(0, 5_000)),
	);
	answering(...spoiled, bytes(picture));
	expect(await download(kept)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	expect(fixture.files.requests).toHaveLength(MAX_SPOILED_ATTEMPTS);
});

it('what is spoiled still when time runs out is reported as that, not as a lack of time', async () => {
	answering(page);
	expect(await download(kept, 500)).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: 'What Acme delivered is not an image (text/html)' },
	});
	expect(fixture.ports.now()).toBe(START + 500);
});

describe('base64', () => {
	let picture: Buffer;
	beforeAll(async () => {
		picture = await grain({ width: 700, height: 500 }).png().toBuffer();
	});
	/** Every length of the last group of four, by bytes that a PNG may have behind its end. */
	const padded = (more: number) => Buffer.concat([picture, Buffer.alloc(more)]);

	it.each([0, 1, 2])('is stored byte for byte whatever its padding, with %d bytes more', async (more) => {
		const image = padded(more);
		expect(await storeBase64(fixture.ports, base64(image), 'Acme', kept)).toMatchObject({
			ok: true,
			value: { bytes: image.length, value: digest(image) },
		});
		expect(
			await storeBase64(fixture.ports, base64(image).replace(/=+$/, ''), 'Acme', kept),
		).toMatchObject({
			ok: true,
			value: { bytes: image.length, value: digest(image) },
		});
	});

	it('in lines of 76 characters is read as one', async () => {
		const lines = base64(picture).replace(/.{76}/g, '$&\r\n');
		expect(await storeBase64(fixture.ports, lines, 'Acme', kept)).toMatchObject({
			ok: true,
			value: { bytes: picture.length, value: digest(picture) },
		});
	});

	it('is handed on in pieces, and never decoded as a whole', async () => {
		const decoded: number[] = [];
		const decodeBase64 = (text: string) => {
			const bytes = Buffer.from(text, 'base64');
			decoded.push(bytes.length);
			return bytes;
		};
		expect(picture.length).toBeGreaterThan(600_000);
		await storeBase64({ decodeBase64 }, base64(picture), 'Acme', async ({ chunks }) => {
			for await (const chunk of chunks) expect(chunk.length).toBeLessThan(64 * 1024);
		});
		expect(Math.max(...decoded)).toBeLessThan(picture.length);
	});
});
