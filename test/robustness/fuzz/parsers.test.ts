import fc from 'fast-check';

import { providers, readJob } from '../../../index';
import { errorText } from '../../../nodes/FluxKontext/core/http/errors';
import { isWhole, TAIL_BYTES } from '../../../nodes/FluxKontext/core/image/completeness';
import { inspectImage } from '../../../nodes/FluxKontext/core/image/inspect';
import type { JsonValue } from '../../../nodes/FluxKontext/core/base/json';
import { redact, redactJson } from '../../../nodes/FluxKontext/core/base/redact';
import { retryAfterMs } from '../../../nodes/FluxKontext/core/http/retry';
import { plain } from '../../../tools/support/images';
import { holds } from './seed';
import { value, written } from './values';

const shape = { width: 20, height: 10 };
const mimeTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'];
const genuine: Buffer[] = [];
beforeAll(async () => {
	genuine.push(
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

/** Bytes that begin as an image does, with some of them overwritten and an end of their own. */
const nearlyImage = fc
	.record({
		of: fc.nat({ max: 5 }),
		writes: fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 6 }),
		length: fc.nat({ max: 600 }),
		tail: fc.uint8Array({ maxLength: 16 }),
	})
	.map(({ of, writes, length, tail }) => {
		const bytes = new Uint8Array(genuine[of] ?? []);
		for (const [at, byte] of writes) bytes[at] = byte;
		return Buffer.concat([bytes.subarray(0, length), tail]);
	});
const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), nearlyImage);

it('tells of any bytes that they are no image, or an image with a type and a size', async () => {
	const property = fc.property(bytes, (each) => {
		const info = inspectImage(each);
		if (info === null) return;
		expect(mimeTypes).toContain(info.mimeType);
		expect([info.width, info.height].every((side) => Number.isInteger(side) && side > 0)).toBe(true);
	});
	await holds(property, 10_000);
});

it('tells of whatever begins as an image whether its end is there', async () => {
	const property = fc.property(nearlyImage, fc.nat({ max: 1_000 }), (head, behind) => {
		const info = inspectImage(head);
		fc.pre(info !== null);
		expect(
			typeof isWhole(info, { head, tail: head.subarray(-TAIL_BYTES), size: head.length + behind }),
		).toBe('boolean');
	});
	await holds(property, 10_000);
});

it('takes a genuine image for whole, and no first part of it', () => {
	for (const image of genuine) {
		const taken = Array.from({ length: image.length }, (_, size) => image.subarray(0, size + 1)).flatMap(
			(part) => {
				const info = inspectImage(part);
				return info &&
					isWhole(info, { head: part, tail: part.subarray(-TAIL_BYTES), size: part.length })
					? [part.length]
					: [];
			},
		);
		expect(taken).toContain(image.length);
		// A GIF's trailer is a byte that may stand within it, too.
		if (inspectImage(image)?.mimeType !== 'image/gif') expect(taken).toEqual([image.length]);
	}
});

const json = value.map((each) => JSON.parse(written(each)) as JsonValue);
const secret = fc.stringMatching(/^[\w-]{8,40}$/).filter((each) => !'[hidden]'.includes(each));

it('leaves no secret in any text of a JSON value, and the value as it is otherwise', async () => {
	const property = fc.property(
		fc.dictionary(fc.string(), fc.jsonValue()),
		secret,
		fc.string(),
		fc.string(),
		(rest, hidden, before, after) => {
			const spread = {
				rest: rest as JsonValue,
				list: [before + hidden + after, { handle: { url: hidden } }],
			};
			const clean = redactJson(spread, [hidden]);
			expect(JSON.stringify([clean.list])).not.toContain(hidden);
			expect(JSON.stringify(clean).length).toBeGreaterThan(0);
			const numbers = { list: [1, null, true, { a: [-1.5] }] };
			expect(redactJson(numbers, [hidden])).toEqual(numbers);
		},
	);
	await holds(property, 2_000);
});

it.each(['x', 'https://', 'http://a?', 'Bearer ', 'Key k', '{"a":"'])(
	'takes the secrets out of a long text of %j in a time that grows with its length alone',
	(part) => {
		const started = Date.now();
		redactJson(
			{
				revisedPrompt: part.repeat(400_000 / part.length),
				job: { handle: { id: part.repeat(1_000) } },
			},
			['sk-0123456789'],
		);
		// It takes milliseconds; the square of its length would be half a minute.
		expect(Date.now() - started).toBeLessThan(5_000);
	},
);

it('shows no part of a key that stands where a long text is cut', () => {
	const key = 'sk-0123456789abcdef0123456789abcdef';
	for (let before = 440; before < 520; before += 1) {
		const text = errorText({ error: { message: `${'x'.repeat(before)} ${key}` } }) ?? '';
		expect(redact(text, [key])).not.toContain(key.slice(0, 12));
	}
});

it('makes of any error body no text, or one that a person can read', async () => {
	const property = fc.property(fc.oneof(json, fc.jsonValue(), fc.anything()), (body) => {
		const text = errorText(body);
		if (text !== null) expect(text.length > 0 && text.length <= 500).toBe(true);
	});
	await holds(property, 5_000);
});

it('waits for as long as any Retry-After asks within bounds, or as if there were none', async () => {
	const property = fc.property(
		fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.double().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		),
		fc.nat(),
		(text, now) => {
			const ms = retryAfterMs({ headers: { 'retry-after': text } }, now);
			if (ms !== null) expect(ms > 0 && ms <= 60_000).toBe(true);
		},
	);
	await holds(property, 5_000);
});

it.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'%s: takes nothing at all for a job that is none',
	async (_, provider) => {
		const property = fc.property(
			fc.oneof(
				json,
				fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
			),
			(each) => {
				const read = readJob(each, provider, { baseUrl: 'https://api.example', now: 0 });
				expect(read).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
			},
		);
		await holds(property, 500);
	},
);
