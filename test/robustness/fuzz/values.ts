import fc, { type Arbitrary } from 'fast-check';

import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';

/** Value in place of one of a provider, short enough to be printed. `toJson` expands it. */
export type Value =
	| { json: string }
	/** Number of lists, each within the next. */
	| { deep: number }
	/** Text, and how often it is repeated. */
	| { long: number; of: string };

const placeholderNames = ['PROXY', 'LOCALHOST', 'FOREIGN', 'TRUSTED', 'KEY'] as const;
/** Texts that are known only when the servers run: addresses, and the key of the request. */
export type Placeholders = Record<(typeof placeholderNames)[number], string>;

/** Replaces placeholders such as `{PROXY}` in a text. */
export const fillPlaceholders = (text: string, placeholders: Placeholders): string =>
	placeholderNames.reduce((filled, name) => filled.replaceAll(`{${name}}`, placeholders[name]), text);

/** Returns a value as JSON text. */
export function toJson(value: Value): string {
	if ('json' in value) return value.json;
	if ('deep' in value) return '['.repeat(value.deep) + ']'.repeat(value.deep);
	return JSON.stringify(value.of.repeat(value.long));
}

const statusWords = [
	...new Set(
		providers
			.filter(isJobProvider)
			.flatMap(({ statuses: { pending, succeeded, failed } }) => [...pending, ...succeeded, ...failed]),
	),
];
const numberLike = [
	'NaN',
	'Infinity',
	'-Infinity',
	'1e999',
	'0x1f',
	'429',
	'404',
	'-1',
	'0',
	'',
	' ',
	'null',
	'undefined',
	'true',
];
/** Names of properties that every object inherits. */
export const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
/** Lone halves of surrogate pairs. */
const loneSurrogates = ['\ud800', 'a\udfffb'];
const unusualTexts = [
	'\u0000',
	'\u202e',
	'\u2028',
	'\r\nx-evil: 1',
	'\u0007',
	'🦊',
	'<html>',
	'.',
	'..',
	'../../admin',
	'a/b?c#d',
	'%',
	'%00',
	'%2e%2e',
	'x'.repeat(501),
];
const dates = [
	'+275760-09-13T00:00:00.000Z',
	'-271821-04-20T00:00:00.000Z',
	'9999-99-99',
	'1970-01-01T00:00:00Z',
];
/** Valid and invalid addresses in the place of those of a provider. */
export const addresses = [
	'{PROXY}/v1/elsewhere',
	'{LOCALHOST}/v1/elsewhere',
	'{FOREIGN}/image.png',
	'{FOREIGN}',
	'{TRUSTED}/v1/elsewhere',
	'//127.0.0.1:1/image.png',
	'http://user:word@127.0.0.1:1/',
	'http://127.0.0.1:99999/',
	'http://nobody.invalid/image.png?sig=1',
	'http://[::1',
	'http://',
	'https:',
	'/relative/image.png',
	'file:///etc/passwd',
	'data:image/png;base64,iVBORw0KGgo=',
	'data:,',
	'javascript:alert(1)',
	'ftp://nobody.invalid/image.png',
];

/** Texts with the key, as an API could repeat it. */
const echoes = [
	'Incorrect API key provided: {KEY}',
	'{KEY}',
	'http://127.0.0.1:1/image.png?key={KEY}',
	'Authorization: Bearer {KEY}',
];

const texts = [
	...numberLike,
	...inherited,
	...loneSurrogates,
	...unusualTexts,
	...dates,
	...addresses,
	...echoes,
];
/** Any text. */
export const text: Arbitrary<string> = fc.oneof(
	{ weight: 2, arbitrary: fc.constantFrom(...statusWords) },
	...[[...numberLike, ...inherited], loneSurrogates, unusualTexts, dates, addresses, echoes].map(
		(list) => ({
			weight: 1,
			arbitrary: fc.constantFrom(...list),
		}),
	),
	{ weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const numbers = [
	'0',
	'-0',
	'-1',
	'429',
	'1e999',
	'-1e999',
	'1e308',
	'9007199254740993',
	'0.1',
	'1e-400',
	'8640000000001',
];
const number = fc.oneof(
	fc.constantFrom(...numbers),
	fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const emptyValues = ['null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '[{}]'];
const unusualObjects = [
	'{"__proto__":{"status":"ready"}}',
	'{"constructor":{"prototype":1}}',
	'{"id":"a","id":"b"}',
	'{"length":-1}',
	'{"toString":1,"valueOf":2}',
];

/** Values for tests that try each of them. */
export const allValues: readonly Value[] = [
	...[...statusWords, ...texts].map((content) => JSON.stringify(content)),
	...numbers,
	...emptyValues,
	...unusualObjects,
]
	.map<Value>((json) => ({ json }))
	.concat({ deep: 20_000 }, { long: 5_000, of: 'x' }, { long: 2_000, of: 'https://' });

/** Any value. */
export const value: Arbitrary<Value> = fc.oneof(
	{ weight: 6, arbitrary: text.map((content) => ({ json: JSON.stringify(content) })) },
	{ weight: 3, arbitrary: number.map((json) => ({ json })) },
	{ weight: 3, arbitrary: fc.constantFrom(...emptyValues).map((json) => ({ json })) },
	{ weight: 1, arbitrary: fc.constantFrom(...unusualObjects).map((json) => ({ json })) },
	{ weight: 2, arbitrary: fc.json({ maxDepth: 3 }).map((json) => ({ json })) },
	{ weight: 1, arbitrary: fc.integer({ min: 2, max: 50_000 }).map((deep) => ({ deep })) },
	{
		weight: 1,
		arbitrary: fc.record({
			long: fc.integer({ min: 1, max: 20_000 }),
			of: fc.constantFrom('x', 'https://', 'Bearer ', '{"a":', '🦊', '%'),
		}),
	},
);
