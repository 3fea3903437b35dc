import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../../../nodes/FluxKontext/core/base/json';
import { redactJson } from '../../../../nodes/FluxKontext/core/base/redact';
import * as emulated from '../../../../tools/emulator/providers';

// What leaves the node as JSON: items, errors, jobs.

const link = 'https://files.example/a.png?se=2026&sig=a%2Fb';
const cleanLink = 'https://files.example/a.png?[hidden]';

describe.each(Object.entries(emulated).map(([id, { newApiKey }]) => [id, newApiKey] as const))(
	'a key as %s makes them',
	(_, newApiKey) => {
		const key = newApiKey();
		/** What of a key is secret: all of it, and of an id and a secret the secret. */
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
			['by its secret part alone', (text) => `bad secret ${text.split(':').at(-1)}`],
			['in quotes', (text) => `{"key":"${text}"}`],
			['behind Bearer', (text) => `Authorization: Bearer ${text}`],
			['behind Key', (text) => `authorization: Key ${text}`],
			['behind a name', (text) => `x-key=${text}`],
			['in the path of an address', (text) => `https://a.example/${text}/b`],
			['in the query of an address', (text) => `https://a.example/?key=${text}&x=1`],
			['encoded in an address', (text) => `https://a.example/${encodeURIComponent(text)}/b`],
			['as the user of an address', (text) => `https://${text}@a.example/b`],
			['in capitals of a header', (text) => `BEARER ${text}`],
		])('is hidden %s', (__, textOf) => {
			expect(hidden(textOf(key))).toContain('[hidden]');
		});

		it('is hidden in every text of a nested value, under url and handle as well', () => {
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

		it('is hidden also where it was typed with space around it', () => {
			const text = JSON.stringify(redactJson({ error: `bad key ${key}` }, [`  ${key}\n`]));
			for (const secret of secrets) expect(text).not.toContain(secret);
		});
	},
);

it('a key with characters that an address encodes is hidden in either form, also where it was typed with space around it', () => {
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
	it('is kept as the url of an image and in a handle, and nowhere else', () => {
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

	it('is hidden in a text that stands alone', () => {
		expect(redactJson(link, [])).toBe(cleanLink);
	});
});

it.each<[JsonValue]>([[null], [0], [true], ['a red fox'], [[]], [{}], [{ a: [1, { b: null }] }]])(
	'leaves %j as it is',
	(value) => {
		expect(redactJson(value, ['sk-live-0123456789'])).toEqual(value);
	},
);

it('changes nothing in what it is given', () => {
	const value = { error: 'bad key sk-live-0123456789', list: ['sk-live-0123456789'] };
	const copy = structuredClone(value);
	redactJson(value, ['sk-live-0123456789']);
	expect(value).toEqual(copy);
});

it('does not take a key of less than six characters for one: it is a word that a local server may have', () => {
	expect(redactJson({ error: 'local is not the local way' }, ['local', '', ' a '])).toEqual({
		error: 'local is not the local way',
	});
	expect(redactJson({ error: 'secret is not the secret way' }, ['secret'])).toEqual({
		error: '[hidden] is not the [hidden] way',
	});
});

it('leaves a secret in no text of any value, and the rest of its shape as it was', () => {
	const secret = fc.stringMatching(/^[\w-]{8,40}$/).filter((text) => !'[hidden]'.includes(text));
	const shape = (value: JsonValue): unknown =>
		Array.isArray(value)
			? value.map(shape)
			: typeof value === 'object' && value !== null
				? Object.entries(value).map(([key, each]) => [key, shape(each)])
				: typeof value;
	fc.assert(
		fc.property(fc.jsonValue({ maxDepth: 4 }), secret, (value, hidden) => {
			const within = {
				list: [value as JsonValue, `see ${hidden}.`],
				url: hidden,
				handle: { id: hidden, any: value as JsonValue },
			};
			const clean = redactJson(within, [hidden]);
			const texts = (part: JsonValue): string[] =>
				typeof part === 'string'
					? [part]
					: typeof part === 'object' && part !== null
						? Object.values(part).flatMap(texts)
						: [];
			expect(texts(clean).filter((text) => text.includes(hidden))).toEqual([]);
			expect(shape(clean)).toEqual(shape(within));
		}),
	);
});
