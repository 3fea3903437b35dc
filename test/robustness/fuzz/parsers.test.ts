import fc from 'fast-check';

import { providers, readJob } from '../../../index';
import type { JsonValue } from '../../../nodes/FluxKontext/core/base/json';
import { defaultLimits } from '../../../nodes/FluxKontext/core/base/limits';
import { redact, redactJson } from '../../../nodes/FluxKontext/core/base/redact';
import { errorText } from '../../../nodes/FluxKontext/core/http/errors';
import { retryAfterMs } from '../../../nodes/FluxKontext/core/http/retry';
import { isComplete, TAIL_BYTES } from '../../../nodes/FluxKontext/core/image/completeness';
import { inspectImage } from '../../../nodes/FluxKontext/core/image/inspect';
import { plain } from '../../../tools/support/images';
import { holds } from './seed';
import { toJson, value } from './values';

const shape = { width: 20, height: 10 };
const mimeTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'];
const images: Buffer[] = [];
beforeAll(async () => {
	images.push(
		...(await Promise.all(
			[
				plain(shape).png(),
				plain(shape).jpeg(),
				plain(shape).webp(),
				plain(shape).webp({ lossless: true }),
				plain(shape).gif(),
				plain(shape).avif({ effort: 0 }),
			].map(async (image) => await image.toBuffer()),
		)),
	);
});

/** Bytes of an image, some of them overwritten, with another end. */
const damagedImage = fc
	.record({
		index: fc.nat({ max: 5 }),
		writes: fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 6 }),
		length: fc.nat({ max: 600 }),
		tail: fc.uint8Array({ maxLength: 16 }),
	})
	.map(({ index, writes, length, tail }) => {
		const bytes = new Uint8Array(images[index] ?? []);
		for (const [offset, byte] of writes) bytes[offset] = byte;
		return Buffer.concat([bytes.subarray(0, length), tail]);
	});
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), damagedImage);

it('inspects any bytes as no image, or as an image with a type and a size', async () => {
	const property = fc.property(anyBytes, (bytes) => {
		const info = inspectImage(bytes);
		if (info === null) return;
		expect(mimeTypes).toContain(info.mimeType);
		expect([info.width, info.height].every((side) => Number.isInteger(side) && side > 0)).toBe(true);
	});
	await holds(property, 10_000);
});

it('decides for anything that begins as an image whether it is complete', async () => {
	const property = fc.property(damagedImage, fc.nat({ max: 1_000 }), (head, skippedBytes) => {
		const info = inspectImage(head);
		fc.pre(info !== null);
		expect(
			typeof isComplete(info, {
				head,
				tail: head.subarray(-TAIL_BYTES),
				size: head.length + skippedBytes,
			}),
		).toBe('boolean');
	});
	await holds(property, 10_000);
});

it('finds an image complete, and none of its first parts', () => {
	for (const image of images) {
		const completeSizes = Array.from({ length: image.length }, (_, size) =>
			image.subarray(0, size + 1),
		).flatMap((part) => {
			const info = inspectImage(part);
			return info &&
				isComplete(info, { head: part, tail: part.subarray(-TAIL_BYTES), size: part.length })
				? [part.length]
				: [];
		});
		expect(completeSizes).toContain(image.length);
		// The byte that ends a GIF may also occur within it.
		if (inspectImage(image)?.mimeType !== 'image/gif') expect(completeSizes).toEqual([image.length]);
	}
});

const anyJson = value.map((generated) => JSON.parse(toJson(generated)) as JsonValue);
const anySecret = fc.stringMatching(/^[\w-]{8,40}$/).filter((secret) => !'[hidden]'.includes(secret));

it('removes a secret from all texts of a JSON value and changes nothing else', async () => {
	const property = fc.property(
		fc.dictionary(fc.string(), fc.jsonValue()),
		anySecret,
		fc.string(),
		fc.string(),
		(rest, secret, before, after) => {
			const content = {
				rest: rest as JsonValue,
				list: [before + secret + after, { handle: { url: secret } }],
			};
			const redacted = redactJson(content, [secret]);
			expect(JSON.stringify([redacted.list])).not.toContain(secret);
			expect(JSON.stringify(redacted).length).toBeGreaterThan(0);
			const numbers = { list: [1, null, true, { a: [-1.5] }] };
			expect(redactJson(numbers, [secret])).toEqual(numbers);
		},
	);
	await holds(property, 2_000);
});

it.each(['x', 'https://', 'http://a?', 'Bearer ', 'Key k', '{"a":"'])(
	'redacts a long text of %j in linear time',
	(part) => {
		const startedAt = Date.now();
		redactJson(
			{
				revisedPrompt: part.repeat(400_000 / part.length),
				job: { handle: { id: part.repeat(1_000) } },
			},
			['sk-0123456789'],
		);
		// Linear time is milliseconds; quadratic time would be half a minute.
		expect(Date.now() - startedAt).toBeLessThan(5_000);
	},
);

it('shows no part of a key at the position where a long text is clipped', () => {
	const key = 'sk-0123456789abcdef0123456789abcdef';
	for (let before = 440; before < 520; before += 1) {
		const text = errorText({ error: { message: `${'x'.repeat(before)} ${key}` } }) ?? '';
		expect(redact(text, [key])).not.toContain(key.slice(0, 12));
	}
});

it('extracts from any error body no text, or a readable one', async () => {
	const property = fc.property(fc.oneof(anyJson, fc.jsonValue(), fc.anything()), (body) => {
		const text = errorText(body);
		if (text !== null) expect(text.length > 0 && text.length <= 500).toBe(true);
	});
	await holds(property, 5_000);
});

it('bounds the wait for any Retry-After, or ignores it', async () => {
	const property = fc.property(
		fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.double().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		),
		fc.nat(),
		(text, now) => {
			const ms = retryAfterMs({ headers: { 'retry-after': text } }, now, defaultLimits);
			if (ms !== null) expect(ms > 0 && ms <= 60_000).toBe(true);
		},
	);
	await holds(property, 5_000);
});

it.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'refuses any value that is not a job record of %s',
	async (_, provider) => {
		const property = fc.property(
			fc.oneof(
				anyJson,
				fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
			),
			(record) => {
				const read = readJob(record, provider);
				expect(read).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
			},
		);
		await holds(property, 500);
	},
);
