import { createHash } from 'node:crypto';

import { downloadImage, storeBytes, type Store } from '../../../nodes/FluxKontext/core/download';
import { MAX_SPOILED_ATTEMPTS } from '../../../nodes/FluxKontext/core/limits';
import { bytes, json, page, reset, type Answer } from '../../support/scriptedServer';
import { grain } from '../grain';
import { keep, START, useWorld } from './world';

// A server that has stored a half image, or shows a page in its place, delivers that as if it were whole.

const world = useWorld();
const answering = (...answers: Answer[]) => world.files.on('GET', /^\/a/, ...answers);
const digest = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const kept: Store<string> = async (image) => digest(await keep(image));
const download = async <T>(store: Store<T>, timeoutMs = 600_000) =>
	await downloadImage({ ports: world.ports, deadline: world.ports.now() + timeoutMs, signal: world.stop.signal, source: 'Acme' }, `${world.files.origin}/a`, store);
const seconds = () => world.files.requests.map(({ at }) => (at - START) / 1000);
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
		expect(await download(kept)).toMatchObject({ ok: true, value: { info: shape, bytes: picture.length, value: digest(picture) } });
		expect(seconds()).toEqual(pauses.slice(0, MAX_SPOILED_ATTEMPTS));
	});

	it('that stays so is reported, after a few tries', async () => {
		answering(half());
		expect(await download(kept)).toMatchObject({ ok: false, fault: { code: 'badResponse', message: 'The image of Acme is cut off' } });
		expect(seconds()).toHaveLength(MAX_SPOILED_ATTEMPTS);
	});

	it('makes the store drop what it has', async () => {
		answering(half());
		const dropped: unknown[] = [];
		await download(async (image) => await keep(image).catch((error: unknown) => {
			dropped.push(error);
			throw error;
		}));
		expect(dropped).toEqual(Array(MAX_SPOILED_ATTEMPTS).fill(expect.any(Error)));
	});

	it('that stood in an answer as base64 is reported, and not stored', async () => {
		const store = jest.fn(kept);
		expect(await storeBytes(picture.subarray(0, picture.length >> 1), 'Acme', store)).toMatchObject({ ok: false, fault: { code: 'badResponse', message: 'The image of Acme is cut off' } });
		expect(store).not.toHaveBeenCalled();
		expect(await storeBytes(picture, 'Acme', store)).toMatchObject({ ok: true, value: { bytes: picture.length, value: digest(picture) } });
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
	const spoiled = Array.from({ length: MAX_SPOILED_ATTEMPTS }, (_, index) => (index % 2 === 0 ? page : bytes(picture.subarray(0, 5_000))));
	answering(...spoiled, bytes(picture));
	expect(await download(kept)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	expect(world.files.requests).toHaveLength(MAX_SPOILED_ATTEMPTS);
});

it('what is spoiled still when time runs out is reported as that, not as a lack of time', async () => {
	answering(page);
	expect(await download(kept, 500)).toMatchObject({ ok: false, fault: { code: 'badResponse', message: 'What Acme delivered is not an image (text/html)' } });
	expect(world.ports.now()).toBe(START + 500);
});
