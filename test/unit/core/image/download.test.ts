import { createHash } from 'node:crypto';

import { downloadImage, type Store } from '../../../../nodes/FluxKontext/core/image/download';
import { MAX_IMAGE_BYTES, MAX_SPOILED_ATTEMPTS } from '../../../../nodes/FluxKontext/core/base/limits';
import { noise, plain, png, withLeadingSegments } from '../../../../tools/support/images';
import {
	bytes,
	cutOff,
	hang,
	json,
	lost,
	page,
	redirect,
	reset,
	stalled,
	text,
	type Answer,
} from '../../../support/scriptedServer';
import { keep, START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const path = /^\/a\.png/;
const answering = (...answers: Answer[]) => fixture.files.on('GET', path, ...answers);
const download = async <T>(
	store: Store<T>,
	timeoutMs = 600_000,
	link = `${fixture.files.origin}/a.png?sig=1`,
) =>
	await downloadImage(
		{
			ports: fixture.ports,
			deadline: fixture.ports.now() + timeoutMs,
			signal: fixture.stop.signal,
			source: 'Acme',
		},
		link,
		store,
	);
const digest = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const kept: Store<string> = async (image) => digest(await keep(image));
const seconds = () => fixture.files.requests.map(({ at }) => (at - START) / 1000);

let picture: Uint8Array;
const shape = { width: 300, height: 200 };
const info = { mimeType: 'image/png', extension: 'png', ...shape };
beforeAll(async () => {
	picture = new Uint8Array(await noise(shape).png().toBuffer());
});

it('hands the whole image to the store, with the type and size that its bytes tell', async () => {
	answering(bytes(picture, 'application/octet-stream'));
	expect(await download(kept)).toEqual({
		ok: true,
		value: { info, bytes: picture.length, value: digest(picture) },
	});
	expect(seconds()).toEqual([0]);
});

it('streams: the store sees the image before the last of it was sent', async () => {
	let release: () => void = () => undefined;
	const released = new Promise<void>((resolve) => (release = resolve));
	answering(async (_, response) => {
		response.writeHead(200, { 'content-length': picture.length });
		response.write(picture.subarray(0, 1_000));
		await released;
		response.end(picture.subarray(1_000));
	});
	const result = await download(async (image) => {
		release();
		return await kept(image);
	});
	expect(result).toMatchObject({ ok: true, value: { bytes: picture.length } });
});

it('reads on where the size stands behind a large colour profile', async () => {
	const jpeg = withLeadingSegments(await plain(shape).jpeg().toBuffer(), 400_000);
	answering(bytes(jpeg));
	expect(await download(kept)).toMatchObject({
		ok: true,
		value: { info: { mimeType: 'image/jpeg', ...shape }, value: digest(jpeg) },
	});
});

describe.each<[string, (image: Uint8Array) => Answer]>([
	['a reset', () => reset],
	['a lost answer', () => lost],
	['408', () => text(408, '')],
	['429', () => text(429, '')],
	['500', () => text(500, '')],
	['503', () => json(503, {})],
	['half an image and an end', (image) => cutOff(image)],
	['half an image and nothing more', (image) => stalled(image)],
	['no answer', () => hang],
	[
		'the first bytes and an end',
		(image) => (_, response) => {
			response.writeHead(200, { 'content-length': image.length });
			response.write(image.subarray(0, 10), () => response.socket?.destroy());
		},
	],
])('%s', (_, answerOf) => {
	it('is tried again, and the image is stored anew', async () => {
		answering(answerOf(picture), answerOf(picture), bytes(picture));
		expect(await download(kept)).toEqual({
			ok: true,
			value: { info, bytes: picture.length, value: digest(picture) },
		});
		expect(fixture.files.requests).toHaveLength(3);
	});

	it('is reported when time runs out', async () => {
		answering(answerOf(picture));
		const result = await download(kept, 400_000);
		expect(result).toMatchObject({
			ok: false,
			fault: {
				code: 'timeout',
				message: expect.stringMatching(
					/^The image of Acme could not be fetched in time: ./,
				) as unknown,
			},
		});
	});
});

it('waits longer from try to try, or as long as it is told', async () => {
	answering(
		reset,
		reset,
		json(503, {}, { 'retry-after': '20' }),
		json(429, {}, { 'retry-after': '7200' }),
		bytes(picture),
	);
	expect(await download(kept)).toMatchObject({ ok: true });
	expect(seconds()).toEqual([0, 0.8, 2.4, 22.4, 82.4]);
});

it.each([403, 404, 410])('%i means that the link has run out, and is not tried again', async (status) => {
	answering(text(status, '<Error/>', 'application/xml'), bytes(picture));
	expect(await download(kept)).toEqual({
		ok: false,
		fault: {
			code: 'expired',
			message: `The image of Acme could not be fetched: the download answered ${status}`,
			description: 'The provider no longer keeps this image: run the item again.',
			httpStatus: status,
			providerStatus: null,
			retryable: false,
		},
	});
	expect(fixture.files.requests).toHaveLength(1);
});

describe.each([400, 401, 402, 405, 422, 204, 206, 304])('%i', (status) => {
	const odd: Answer = (_, response) => void response.writeHead(status).end();

	it('is no image, and says nothing of keys or of charges', async () => {
		answering(odd);
		expect(await download(kept)).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', httpStatus: status },
		});
		expect(fixture.files.requests).toHaveLength(MAX_SPOILED_ATTEMPTS);
	});

	it('may pass', async () => {
		answering(...Array<Answer>(MAX_SPOILED_ATTEMPTS - 1).fill(odd), bytes(picture));
		expect(await download(kept)).toMatchObject({ ok: true, value: { value: digest(picture) } });
	});
});

it.each<[string, Answer, string]>([
	['an HTML page', page, 'text/html'],
	['nothing', (_, response) => void response.writeHead(200).end(), 'no stated type'],
	[
		'JSON that says it is an image',
		json(200, { error: 'gone' }, { 'content-type': 'image/png' }),
		'image/png',
	],
	['a megabyte of nothing', bytes(new Uint8Array(1_000_000)), 'image/png'],
])('%s is not an image, whatever it calls itself', async (_, answer, type) => {
	answering(answer);
	expect(await download(kept)).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: `What Acme delivered is not an image (${type})` },
	});
	expect(seconds()).toEqual([0, 0.8, 2.4, 5.6].slice(0, MAX_SPOILED_ATTEMPTS));
});

it('a page in the place of an image is a server in trouble, and the image is fetched again', async () => {
	answering(...Array<Answer>(MAX_SPOILED_ATTEMPTS - 1).fill(page), bytes(picture));
	expect(await download(kept)).toEqual({
		ok: true,
		value: { info, bytes: picture.length, value: digest(picture) },
	});
});

it('a redirect is followed, without a key', async () => {
	answering(redirect('/b.png'));
	fixture.files.on('GET', /b\.png/, bytes(picture));
	expect(await download(kept)).toMatchObject({ ok: true, value: { info } });
	expect(
		fixture.files.requests.flatMap(({ headers }) => [
			headers.authorization,
			headers['x-key'],
			headers.cookie,
		]),
	).toEqual(Array(6).fill(undefined));
});

it.each(['ftp://a.example/a.png', 'data:image/png;base64,AA', '/a.png', ''])(
	'the address %j is not on the web, and is not called',
	async (link) => {
		expect(await download(kept, 1_000, link)).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', message: 'Acme named an image that is not on the web' },
		});
	},
);

it('an image larger than the limit is refused, and the store is told to drop it', async () => {
	const head = await png({ width: 8, height: 8 });
	answering(async (_, response) => {
		response.writeHead(200, { 'content-type': 'image/png' }).write(head);
		const chunk = Buffer.alloc(4 * 1024 * 1024);
		for (let sent = head.length; sent <= MAX_IMAGE_BYTES && !response.destroyed; sent += chunk.length) {
			await new Promise<void>((resolve) => void response.write(chunk, () => resolve()));
		}
		response.end();
	});
	let received = 0;
	let dropped: unknown = null;
	const result = await download(async ({ chunks }) => {
		try {
			for await (const chunk of chunks) received += chunk.length;
		} catch (error) {
			dropped = error;
			throw error;
		}
	});
	expect(result).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: 'The image of Acme is larger than 100 MB', retryable: false },
	});
	expect(dropped).toBeInstanceOf(Error);
	expect(received).toBeLessThanOrEqual(MAX_IMAGE_BYTES);
	expect(fixture.files.requests).toHaveLength(1);
});

describe('a store that fails', () => {
	it.each<[string, Store<never>]>([
		['at once', async () => await Promise.reject(new Error('no space left'))],
		[
			'in the middle',
			async ({ chunks }) => {
				await chunks[Symbol.asyncIterator]().next();
				throw new Error('no space left');
			},
		],
		[
			'at the end',
			async (image) => {
				await keep(image);
				throw new Error('no space left');
			},
		],
	])('%s is reported, and nothing is fetched again', async (_, store) => {
		answering(bytes(picture));
		expect(await download(store)).toMatchObject({
			ok: false,
			fault: {
				code: 'failed',
				message: 'The image of Acme could not be stored: no space left',
				httpStatus: null,
			},
		});
		expect(fixture.files.requests).toHaveLength(1);
	});
});

it('a store that swallows a download that broke off has not stored an image', async () => {
	answering(cutOff(picture), bytes(picture));
	const swallowing: Store<number> = async ({ chunks }) => {
		let size = 0;
		try {
			for await (const chunk of chunks) size += chunk.length;
		} catch {
			// As a store would that takes what it gets.
		}
		return size;
	};
	expect(await download(swallowing)).toMatchObject({ ok: true, value: { value: picture.length } });
	expect(fixture.files.requests).toHaveLength(2);
});
