import fc, { type Arbitrary } from 'fast-check';

import { providers } from '../../../nodes/FluxKontext/providers';

/** What may stand where a provider puts a value, small enough to be printed; `written` makes JSON of it. */
export type Value =
	| { json: string }
	/** So many lists, each within the next. */
	| { deep: number }
	/** So many times the same text. */
	| { long: number; of: string };

/** Stand in texts for what is only known when servers run: addresses, and the key that the request bore. */
const places = ['PROXY', 'LOCALHOST', 'TRAP', 'TRUSTED', 'KEY'] as const;
export type Places = Record<(typeof places)[number], string>;

export const located = (text: string, where: Places): string =>
	places.reduce((done, name) => done.replaceAll(`{${name}}`, where[name]), text);

export function written(value: Value): string {
	if ('json' in value) return value.json;
	if ('deep' in value) return '['.repeat(value.deep) + ']'.repeat(value.deep);
	return JSON.stringify(value.of.repeat(value.long));
}

const words = [
	...new Set(
		providers.flatMap(({ statuses: { pending, succeeded, failed } }) => [
			...pending,
			...succeeded,
			...failed,
		]),
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
export const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
const halves = ['\ud800', 'a\udfffb'];
const odd = [
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
export const addresses = [
	'{PROXY}/v1/elsewhere',
	'{LOCALHOST}/v1/elsewhere',
	'{TRAP}/image.png',
	'{TRAP}',
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

const echoes = [
	'Incorrect API key provided: {KEY}',
	'{KEY}',
	'http://127.0.0.1:1/image.png?key={KEY}',
	'Authorization: Bearer {KEY}',
];

const texts = [...numberLike, ...inherited, ...halves, ...odd, ...dates, ...addresses, ...echoes];
export const text: Arbitrary<string> = fc.oneof(
	{ weight: 2, arbitrary: fc.constantFrom(...words) },
	...[[...numberLike, ...inherited], halves, odd, dates, addresses, echoes].map((list) => ({
		weight: 1,
		arbitrary: fc.constantFrom(...list),
	})),
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
const empty = ['null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '[{}]'];
const crooked = [
	'{"__proto__":{"status":"ready"}}',
	'{"constructor":{"prototype":1}}',
	'{"id":"a","id":"b"}',
	'{"length":-1}',
	'{"toString":1,"valueOf":2}',
];

/** One of each kind, for where every one is tried. */
export const allValues: readonly Value[] = [
	...[...words, ...texts].map((each) => JSON.stringify(each)),
	...numbers,
	...empty,
	...crooked,
]
	.map<Value>((json) => ({ json }))
	.concat({ deep: 20_000 }, { long: 5_000, of: 'x' }, { long: 2_000, of: 'https://' });

export const value: Arbitrary<Value> = fc.oneof(
	{ weight: 6, arbitrary: text.map((each) => ({ json: JSON.stringify(each) })) },
	{ weight: 3, arbitrary: number.map((json) => ({ json })) },
	{ weight: 3, arbitrary: fc.constantFrom(...empty).map((json) => ({ json })) },
	{ weight: 1, arbitrary: fc.constantFrom(...crooked).map((json) => ({ json })) },
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
