import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../../../nodes/FluxKontext/core/base/json';
import { redactJson } from '../../../../nodes/FluxKontext/core/base/redact';
import * as emulated from '../../../../tools/emulator/providers';

// Redaction of everything that leaves the node as JSON: items, errors, jobs.

const link = 'https://files.example/a.png?se=2026&sig=a%2Fb';
const cleanLink = 'https://files.example/a.png?[hidden]';

describe.each(Object.entries(emulated).map(([id, { newApiKey }]) => [id, newApiKey] as const))(
	'a key in the format of %s',
	(_, newApiKey) => {
		const key = newApiKey();
		/** Secret parts of the key: the whole, and the part after an id. */
		const secrets = [key, key.split(':').at(-1) ?? key];
		const hidden = (value: JsonValue): string => {
			const text = JSON.stringify(redactJson(value, [key]));
			for (const secret of [...secrets, ...secrets.map(encodeURIComponent)])
				expect(text).not.toContain(secret);
			return text;
		};

		it.each<[string, (key: string) => string]>([
			['alone', (text) => text],
			['in a sentence', (text) => `Invalid API key ${text}, see the console.`],
			['twice', (text) => `${text}${text}`],
			['where only its secret part appears', (text) => `bad secret ${text.split(':').at(-1)}`],
			['in quotes', (text) => `{"key":"${text}"}`],
			['after Bearer', (text) => `Authorization: Bearer ${text}`],
			['after Key', (text) => `authorization: Key ${text}`],
			['after a name', (text) => `x-key=${text}`],
			['in the path of an address', (text) => `https://a.example/${text}/b`],
			['in the query of an address', (text) => `https://a.example/?key=${text}&x=1`],
			['encoded in an address', (text) => `https://a.example/${encodeURIComponent(text)}/b`],
			['as the user of an address', (text) => `https://${text}@a.example/b`],
			['after BEARER in capitals', (text) => `BEARER ${text}`],
		])('is hidden %s', (__, textOf) => {
			expect(hidden(textOf(key))).toContain('[hidden]');
		});

		it('is hidden in every string of a nested value, also under url and handle', () => {
			const value = {
				error: `bad key ${key}`,
				details: {
					list: [1, null, [key]],
					job: { handle: { statusUrl: `https://a.example/${key}/status?sig=1` } },
				},
				image: { url: `${link}&key=${key}` },
			};
			expect(JSON.parse(hidden(value))).toEqual({
				error: 'bad key [hidden]',
				details: {
					list: [1, null, ['[hidden]']],
					job: { handle: { statusUrl: 'https://a.example/[hidden]/status?sig=1' } },
				},
				image: { url: `${link}&key=[hidden]` },
			});
		});

		it('is hidden where the credential holds it with surrounding whitespace', () => {
			const text = JSON.stringify(redactJson({ error: `bad key ${key}` }, [`  ${key}\n`]));
			for (const secret of secrets) expect(text).not.toContain(secret);
		});
	},
);

it('hides a key that a URL encodes, in either form and with surrounding whitespace', () => {
	const key = 'aB3+/x9=Zq7&r2';
	for (const typed of [key, ` ${key}\n`]) {
		expect(
			redactJson(
				{ error: `bad key ${key}`, url: `https://a.example/?key=${encodeURIComponent(key)}&x=1` },
				[typed],
			),
		).toEqual({ error: 'bad key [hidden]', url: 'https://a.example/?key=[hidden]&x=1' });
	}
});

describe('the signature of a link', () => {
	it('is kept in the url of an image and in a handle, and nowhere else', () => {
		const item: JsonObject = {
			image: { url: link },
			job: {
				handle: {
					images: [{ url: link, expiresAt: null }],
					statusUrl: link,
					deep: { deeper: [link] },
				},
				providerStatus: link,
			},
			error: `GET ${link} failed`,
			urls: [link],
			warnings: [{ message: link }],
		};
		expect(redactJson(item, [])).toEqual({
			image: { url: link },
			job: {
				handle: {
					images: [{ url: link, expiresAt: null }],
					statusUrl: link,
					deep: { deeper: [link] },
				},
				providerStatus: cleanLink,
			},
			error: `GET ${cleanLink} failed`,
			urls: [cleanLink],
			warnings: [{ message: cleanLink }],
		});
	});

	it('is hidden in a value that is only a string', () => {
		expect(redactJson(link, [])).toBe(cleanLink);
	});
});

it.each<[JsonValue]>([[null], [0], [true], ['a red fox'], [[]], [{}], [{ a: [1, { b: null }] }]])(
	'leaves %j unchanged',
	(value) => {
		expect(redactJson(value, ['sk-live-0123456789'])).toEqual(value);
	},
);

describe('a value that JSON cannot show', () => {
	const key = 'sk-live-0123456789';

	it('ends where it is nested too deeply', () => {
		let deep: JsonValue = key;
		for (let level = 0; level < 100_000; level += 1) deep = level % 2 === 0 ? [deep] : { a: deep };
		const text = JSON.stringify(redactJson({ a: deep, b: key }, [key]));
		expect(text).toContain('"[nested too deeply]"');
		expect(text).toMatch(/"b":"\[hidden\]"\}$/);
	});

	it('ends where it contains itself, however often', () => {
		const circle: JsonObject = { error: key };
		circle['left'] = circle;
		circle['right'] = [circle, circle];
		expect(redactJson(circle, [key])).toEqual({
			error: '[hidden]',
			left: '[contains itself]',
			right: ['[contains itself]', '[contains itself]'],
		});
	});

	it('is shown twice where it is there twice', () => {
		const shared = { a: 1 };
		expect(redactJson({ x: shared, y: [shared] }, [key])).toEqual({ x: { a: 1 }, y: [{ a: 1 }] });
	});
});

it('hides a key in the name of a property', () => {
	const key = 'sk-live-0123456789';
	expect(redactJson({ [key]: { [`x-${key}`]: 1 } }, [key])).toEqual({
		'[hidden]': { 'x-[hidden]': 1 },
	});
});

it('does not change its argument', () => {
	const value = { error: 'bad key sk-live-0123456789', list: ['sk-live-0123456789'] };
	const copy = structuredClone(value);
	redactJson(value, ['sk-live-0123456789']);
	expect(value).toEqual(copy);
});

it('ignores keys of fewer than six characters, which may be ordinary words', () => {
	expect(redactJson({ error: 'local is not the local way' }, ['local', '', ' a '])).toEqual({
		error: 'local is not the local way',
	});
	expect(redactJson({ error: 'secret is not the secret way' }, ['secret'])).toEqual({
		error: '[hidden] is not the [hidden] way',
	});
});

it('leaves the secret in no string of any value, and keeps the shape of the value', () => {
	const secret = fc.stringMatching(/^[\w-]{8,40}$/).filter((text) => !'[hidden]'.includes(text));
	const shape = (value: JsonValue): unknown =>
		Array.isArray(value)
			? value.map(shape)
			: typeof value === 'object' && value !== null
				? Object.entries(value).map(([key, entry]) => [key, shape(entry)])
				: typeof value;
	fc.assert(
		fc.property(fc.jsonValue({ maxDepth: 4 }), secret, (value, hidden) => {
			const nested = {
				list: [value as JsonValue, `see ${hidden}.`],
				url: hidden,
				handle: { id: hidden, any: value as JsonValue },
			};
			const clean = redactJson(nested, [hidden]);
			const texts = (part: JsonValue): string[] =>
				typeof part === 'string'
					? [part]
					: typeof part === 'object' && part !== null
						? Object.values(part).flatMap(texts)
						: [];
			expect(texts(clean).filter((text) => text.includes(hidden))).toEqual([]);
			expect(shape(clean)).toEqual(shape(nested));
		}),
	);
});
