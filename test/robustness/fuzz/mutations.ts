import fc, { type Arbitrary } from 'fast-check';

import { edited, edits, type Edit } from './edits';
import { addresses, located, text, value, written, type Places, type Value } from './values';

/** What is done to one answer. */
export interface Mutation {
	status: number | null;
	headers: Array<[name: string, value: string]>;
	body: Body | null;
	/** How it gets to the client: `cut` and `stall` bring half of what was announced, `reset` and `hang` nothing. */
	transfer: 'whole' | 'cut' | 'stall' | 'reset' | 'hang';
}

type Body =
	| { edits: Edit[] }
	| { value: Value }
	| { text: string }
	| { bytes: string }
	/** So much of it, announced as the whole. */
	| { part: number }
	| 'html'
	| 'twice';

/** The answers to the requests of a job, in the order in which they come. */
export interface Script {
	/** Whether addresses of the API, or of the files too, are made to lead through the proxy. */
	reroute: 'nothing' | 'api' | 'all';
	first: Mutation | null;
	then: ReadonlyArray<Mutation | null>;
	/** All further ones. */
	rest: Mutation | null;
}

export interface Answer {
	status: number;
	headers: Array<[name: string, value: string]>;
	body: Buffer;
}

export const statuses = [
	200, 201, 202, 204, 299, 301, 302, 304, 307, 400, 401, 402, 403, 404, 408, 409, 410, 413, 422, 425, 429,
	451, 500, 502, 503, 504, 529, 599, 999,
];
export const retryAfters = [
	'-1',
	'0',
	'0.001',
	'1.5',
	'120',
	'9'.repeat(400),
	'1e9',
	'0x10',
	'NaN',
	'Infinity',
	'soon',
	'10, 20',
	'Fri, 31 Dec 9999 23:59:59 GMT',
	'Thu, 01 Jan 1970 00:00:00 GMT',
	'+275760-09-13',
	'-5',
];
const types = [
	'text/html',
	'application/json; charset=utf-16',
	'image/png',
	'application/octet-stream',
	'',
	';',
	'x'.repeat(4_000),
];
const ids = ['x-request-id', 'x-lumenfall-request-id', 'x-siliconcloud-trace-id'];
const idValues = ['..', '../../admin', '\u0080\u00ff', 'a b', '%', 'x'.repeat(600), '__proto__', ''];
const named = (names: readonly string[], values: readonly string[]): Arbitrary<[string, string]> =>
	fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values));

const header = fc.oneof(
	{ weight: 3, arbitrary: named(['retry-after'], retryAfters) },
	named(['content-type'], types),
	named(['content-encoding'], ['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'identity', 'nonsense']),
	named(ids, idValues),
	named(['x-ai-credits-charged'], ['-1', '1e9', '9'.repeat(400), 'NaN', '0.1']),
	named(['location'], addresses),
	named(['__proto__', 'constructor', 'hasOwnProperty'], ['1']),
	named(
		['set-cookie', 'www-authenticate', 'content-disposition'],
		['Digest realm="a", nonce="b"', '0', 'attachment'],
	),
);

const body: Arbitrary<Body> = fc.oneof(
	{ weight: 12, arbitrary: fc.record({ edits }) },
	{ weight: 2, arbitrary: fc.record({ value }) },
	{ weight: 1, arbitrary: fc.record({ text }) },
	{
		weight: 1,
		arbitrary: fc.record({
			bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex')),
		}),
	},
	{ weight: 2, arbitrary: fc.record({ part: fc.double({ min: 0, max: 0.99, noNaN: true }) }) },
	{ weight: 1, arbitrary: fc.constantFrom('html' as const, 'twice' as const) },
);

const mutationWith = (transfers: ReadonlyArray<Mutation['transfer']>): Arbitrary<Mutation> =>
	fc.record({
		status: fc.oneof(
			{ weight: 3, arbitrary: fc.constant(null) },
			{ weight: 1, arbitrary: fc.constantFrom(...statuses) },
		),
		headers: fc.oneof(
			{ weight: 3, arbitrary: fc.constant<Mutation['headers']>([]) },
			{ weight: 1, arbitrary: fc.array(header, { minLength: 1, maxLength: 2 }) },
		),
		body: fc.oneof(
			{ weight: 1, arbitrary: fc.constant<Body | null>(null) },
			{ weight: 4, arbitrary: body },
		),
		transfer: fc.oneof(
			{ weight: 12, arbitrary: fc.constant('whole' as const) },
			{ weight: 1, arbitrary: fc.constantFrom(...transfers) },
		),
	});

/** `patient`: a test in real time has none for answers that never come. */
export function scripts({ patient }: { patient: boolean }): Arbitrary<Script> {
	const mutation = mutationWith(patient ? ['cut', 'stall', 'reset', 'hang'] : ['cut', 'reset']);
	return fc.record({
		reroute: fc.oneof(
			{ weight: 3, arbitrary: fc.constant('nothing' as const) },
			{ weight: 2, arbitrary: fc.constantFrom('api' as const, 'all' as const) },
		),
		// A first answer that makes no sense ends most jobs, so it is left alone every other time.
		first: fc.option(mutation, { freq: 1 }),
		then: fc.array(
			fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: mutation }),
			{ maxLength: 4 },
		),
		rest: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: mutation }),
	});
}

const page = '<!DOCTYPE html><html><head><title>Just a moment</title></head></html>';

function bodyOf(was: Buffer, change: Body | null): Buffer {
	if (change === null) return was;
	if (change === 'html') return Buffer.from(page);
	if (change === 'twice') return Buffer.concat([was, was]);
	if ('edits' in change) return Buffer.from(edited(was.toString(), change.edits));
	if ('value' in change) return Buffer.from(written(change.value));
	if ('text' in change) return Buffer.from(change.text);
	if ('bytes' in change) return Buffer.from(change.bytes, 'hex');
	return was.subarray(0, Math.floor(was.length * change.part));
}

/** Images are not looked into: what is changed within one, or comes behind it, cannot be seen by anybody. */
const isText = ({ headers }: Answer): boolean =>
	!headers.some(([name, type]) => name === 'content-type' && type.startsWith('image/'));

/** The answer that is given in the place of the genuine one. */
export function mutated(genuine: Answer, { status, headers, body: change }: Mutation, where: Places): Answer {
	const named = headers.map<[string, string]>(([name, each]) => [name, located(each, where)]);
	const replaced = new Set(named.map(([name]) => name));
	const opaque =
		(change === 'twice' || (change !== null && typeof change === 'object' && 'edits' in change)) &&
		!isText(genuine);
	const made = opaque ? genuine.body : bodyOf(genuine.body, change);
	return {
		status: status ?? genuine.status,
		headers: [...genuine.headers.filter(([name]) => !replaced.has(name)), ...named],
		// A picture's bytes are no text.
		body:
			change === null || !isText(genuine)
				? made
				: Buffer.from(located(made.toString('latin1'), where), 'latin1'),
	};
}
