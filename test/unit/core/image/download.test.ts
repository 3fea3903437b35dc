import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { StoreImage } from '../../../../nodes/FluxKontext/core/image/openImage';
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
import { START, useEngineFixture } from '../engineFixture';
import { digest, downloadFrom, storeDigest } from './downloads';

const fixture = useEngineFixture();
const respondWith = (...answers: Answer[]) => fixture.files.on('GET', /^\/a\.png/, ...answers);
const downloadTo = async <T>(
	store: StoreImage<T>,
	timeoutMs?: number,
	link = `${fixture.files.origin}/a.png?sig=1`,
) => await downloadFrom(fixture, link, store, timeoutMs);
const seconds = () => fixture.files.requests.map(({ at }) => (at - START) / 1000);

let picture: Uint8Array;
const shape = { width: 300, height: 200 };
const info = { mimeType: 'image/png', extension: 'png', ...shape };
beforeAll(async () => {
	picture = new Uint8Array(await noise(shape).png().toBuffer());
});

it('passes the whole image to the store, with the type and size that its bytes show', async () => {
	respondWith(bytes(picture, 'application/octet-stream'));
	expect(await downloadTo(storeDigest)).toEqual({
		ok: true,
		value: { info, bytes: picture.length, value: digest(picture) },
	});
	expect(seconds()).toEqual([0]);
});

it('streams: the store receives the image before its last bytes are sent', async () => {
	let release: () => void = () => undefined;
	const released = new Promise<void>((resolve) => (release = resolve));
	respondWith(async (_, response) => {
		response.writeHead(200, { 'content-length': picture.length });
		response.write(picture.subarray(0, 1_000));
		await released;
		response.end(picture.subarray(1_000));
	});
	const result = await downloadTo(async (image) => {
		release();
		return await storeDigest(image);
	});
	expect(result).toMatchObject({ ok: true, value: { bytes: picture.length } });
});

it('reads further where the size follows a large colour profile', async () => {
	const jpeg = withLeadingSegments(await plain(shape).jpeg().toBuffer(), 400_000);
	respondWith(bytes(jpeg));
	expect(await downloadTo(storeDigest)).toMatchObject({
		ok: true,
		value: { info: { mimeType: 'image/jpeg', ...shape }, value: digest(jpeg) },
	});
});

describe.each<[string, (image: Uint8Array) => Answer]>([
	['a connection reset', () => reset],
	['a connection that closes without a response', () => lost],
	['408', () => text(408, '')],
	['429', () => text(429, '')],
	['500', () => text(500, '')],
	['503', () => json(503, {})],
	['a truncated image', (image) => cutOff(image)],
	['an image that stalls', (image) => stalled(image)],
	['no response', () => hang],
	[
		'an image that is truncated after its first bytes',
		(image) => (_, response) => {
			response.writeHead(200, { 'content-length': image.length });
			response.write(image.subarray(0, 10), () => response.socket?.destroy());
		},
	],
])('%s', (_, createAnswer) => {
	it('is retried, and the image is stored again from its start', async () => {
		respondWith(createAnswer(picture), createAnswer(picture), bytes(picture));
		expect(await downloadTo(storeDigest)).toEqual({
			ok: true,
			value: { info, bytes: picture.length, value: digest(picture) },
		});
		expect(fixture.files.requests).toHaveLength(3);
	});

	it('is reported when the deadline passes', async () => {
		respondWith(createAnswer(picture));
		const result = await downloadTo(storeDigest, 400_000);
		expect(result).toMatchObject({
			ok: false,
			fault: {
				code: 'timeout',
				message: expect.stringMatching(
					/^The image of Acme could not be fetched from 127\.0\.0\.1:\d+ in time: ./,
				) as unknown,
			},
		});
	});
});

it('backs off between attempts, or waits for Retry-After', async () => {
	respondWith(
		reset,
		reset,
		json(503, {}, { 'retry-after': '20' }),
		json(429, {}, { 'retry-after': '7200' }),
		bytes(picture),
	);
	expect(await downloadTo(storeDigest)).toMatchObject({ ok: true });
	expect(seconds()).toEqual([0, 0.8, 2.4, 22.4, 82.4]);
});

it.each([403, 404, 410])('%i means that the link has expired, and is not retried', async (status) => {
	respondWith(text(status, '<Error/>', 'application/xml'), bytes(picture));
	expect(await downloadTo(storeDigest)).toEqual({
		ok: false,
		fault: {
			code: 'expired',
			message:
				`The image of Acme could not be fetched from ${new URL(fixture.files.origin).host}: ` +
				`the download answered ${status}`,
			description: 'The provider no longer keeps this image: run the item again.',
			httpStatus: status,
			providerStatus: null,
			retryable: false,
		},
	});
	expect(fixture.files.requests).toHaveLength(1);
});

describe.each([400, 401, 402, 405, 422, 204, 206, 304])('%i', (status) => {
	const emptyAnswer: Answer = (_, response) => void response.writeHead(status).end();

	it('is reported as a bad response, without advice on keys or charges', async () => {
		respondWith(emptyAnswer);
		expect(await downloadTo(storeDigest)).toMatchObject({
			ok: false,
			fault: { code: 'badResponse', httpStatus: status },
		});
		expect(fixture.files.requests).toHaveLength(defaultLimits.maxIncompleteAttempts);
	});

	it('may be transient', async () => {
		respondWith(
			...Array<Answer>(defaultLimits.maxIncompleteAttempts - 1).fill(emptyAnswer),
			bytes(picture),
		);
		expect(await downloadTo(storeDigest)).toMatchObject({ ok: true, value: { value: digest(picture) } });
	});
});

it.each<[string, Answer, string]>([
	['an HTML page', page, 'a web page (stated type text/html, first bytes "<!DOCTYPE ht")'],
	['an empty body', (_, response) => void response.writeHead(200).end(), 'an empty file (0 bytes)'],
	[
		'JSON with the type of an image',
		json(200, { error: 'gone' }, { 'content-type': 'image/png' }),
		'JSON (stated type image/png, first bytes "{"error":"go")',
	],
	[
		'a megabyte of zeros',
		bytes(new Uint8Array(1_000_000)),
		'a file of an unknown kind (stated type image/png, first bytes 00 00 00 00 00 00 00 00 00 00 00 00)',
	],
])('%s is not an image, whatever its content type', async (_, answer, what) => {
	respondWith(answer);
	expect(await downloadTo(storeDigest)).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: `What Acme delivered is not an image: it is ${what}` },
	});
	expect(seconds()).toEqual([0, 0.8, 2.4, 5.6].slice(0, defaultLimits.maxIncompleteAttempts));
});

it('a page in place of an image is retried, because it comes from a failing server', async () => {
	respondWith(...Array<Answer>(defaultLimits.maxIncompleteAttempts - 1).fill(page), bytes(picture));
	expect(await downloadTo(storeDigest)).toEqual({
		ok: true,
		value: { info, bytes: picture.length, value: digest(picture) },
	});
});

it('a redirect is followed, without a key', async () => {
	respondWith(redirect('/b.png'));
	fixture.files.on('GET', /b\.png/, bytes(picture));
	expect(await downloadTo(storeDigest)).toMatchObject({ ok: true, value: { info } });
	expect(
		fixture.files.requests.flatMap(({ headers }) => [
			headers.authorization,
			headers['x-key'],
			headers.cookie,
		]),
	).toEqual(Array(6).fill(undefined));
});

it.each(['ftp://a.example/a.png', 'data:image/png;base64,AA', '/a.png', ''])(
	'the address %j is not a web address and is not requested',
	async (link) => {
		expect(await downloadTo(storeDigest, 1_000, link)).toMatchObject({
			ok: false,
			fault: {
				code: 'badResponse',
				message: `Acme named an image that is not on the web: "${link}"`,
			},
		});
	},
);

it('an image above the size limit is refused, and the store receives an error', async () => {
	const head = await png({ width: 8, height: 8 });
	respondWith(async (_, response) => {
		response.writeHead(200, { 'content-type': 'image/png' }).write(head);
		const chunk = Buffer.alloc(4 * 1024 * 1024);
		for (
			let sent = head.length;
			sent <= defaultLimits.maxImageBytes && !response.destroyed;
			sent += chunk.length
		) {
			await new Promise<void>((resolve) => void response.write(chunk, () => resolve()));
		}
		response.end();
	});
	let received = 0;
	let storeError: unknown = null;
	const result = await downloadTo(async ({ chunks }) => {
		try {
			for await (const chunk of chunks) received += chunk.length;
		} catch (error) {
			storeError = error;
			throw error;
		}
	});
	expect(result).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: 'The image of Acme is larger than 100 MB', retryable: false },
	});
	expect(storeError).toBeInstanceOf(Error);
	expect(received).toBeLessThanOrEqual(defaultLimits.maxImageBytes);
	expect(fixture.files.requests).toHaveLength(1);
});

it('a store that ignores the error of a truncated download has not stored an image', async () => {
	respondWith(cutOff(picture), bytes(picture));
	const ignoringErrors: StoreImage<number> = async ({ chunks }) => {
		let size = 0;
		try {
			for await (const chunk of chunks) size += chunk.length;
		} catch {
			// Like a store that keeps whatever it has received.
		}
		return size;
	};
	expect(await downloadTo(ignoringErrors)).toMatchObject({ ok: true, value: { value: picture.length } });
	expect(fixture.files.requests).toHaveLength(2);
});

describe('a link at the origin of the credential', () => {
	const own = () => `${fixture.server.origin}/files/a.png`;
	const withKey: Answer = (request, response, stuck) =>
		request.headers.authorization === undefined
			? text(403, '')(request, response, stuck)
			: bytes(picture)(request, response, stuck);

	it('is asked for without the key first, and with it where the server requires it', async () => {
		fixture.server.on('GET', /^\/files/, withKey);
		expect(await downloadTo(storeDigest, undefined, own())).toMatchObject({ ok: true, value: { info } });
		expect(fixture.server.requests.map(({ headers }) => headers.authorization)).toEqual([
			undefined,
			'Bearer sk-the-key',
		]);
	});

	it('is said to be refused where the key does not help, instead of expired', async () => {
		fixture.server.on('GET', /^\/files/, text(403, ''));
		expect(await downloadTo(storeDigest, undefined, own())).toMatchObject({
			ok: false,
			fault: {
				code: 'auth',
				message: `The image of Acme could not be fetched from ${new URL(own()).host}: the download answered 403, also with the key`,
			},
		});
	});

	it('takes the key along no redirect', async () => {
		fixture.server.on('GET', /^\/files/, (request, response, stuck) =>
			request.headers.authorization === undefined
				? text(401, '')(request, response, stuck)
				: redirect(`${fixture.files.origin}/a.png`)(request, response, stuck),
		);
		expect(await downloadTo(storeDigest, undefined, own())).toMatchObject({ ok: false });
		expect(fixture.files.requests).toEqual([]);
	});
});
