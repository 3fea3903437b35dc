import fc, { type Arbitrary } from 'fast-check';

import { applyEdits, edits, type Edit } from './edits';
import { addresses, fillPlaceholders, text, toJson, value, type Placeholders, type Value } from './values';

/** Change of one response. */
export interface Mutation {
	/** `null`: unchanged. */
	status: number | null;
	/** Headers to add or replace. */
	headers: Array<[name: string, value: string]>;
	/** `null`: unchanged. */
	body: BodyChange | null;
	/** How it is sent: `cut` and `stall` send half of the announced body, `reset` and `hang` send nothing. */
	transfer: 'whole' | 'cut' | 'stall' | 'reset' | 'hang';
}

type BodyChange =
	| { edits: Edit[] }
	| { value: Value }
	| { text: string }
	| { bytes: string }
	/** Share of the body that is kept, from 0 to 1, with its own length announced. */
	| { part: number }
	| 'html'
	| 'twice';

/** Mutations of the responses to a job's requests, in their order. `null`: the genuine response. */
export interface Script {
	/** Addresses that are replaced by those of the proxy: none, the API's, or the files' too. */
	reroute: 'nothing' | 'api' | 'all';
	first: Mutation | null;
	then: ReadonlyArray<Mutation | null>;
	/** Mutation of all further responses. */
	rest: Mutation | null;
}

/** Response as it is sent. */
export interface Answer {
	status: number;
	headers: Array<[name: string, value: string]>;
	body: Buffer;
}

/** Script without mutations. */
export const genuineScript: Script = { reroute: 'nothing', first: null, then: [], rest: null };
/** Mutation without a change. */
export const emptyMutation: Mutation = { status: null, headers: [], body: null, transfer: 'whole' };

/** Statuses to respond with. */
export const statuses = [
	200, 201, 202, 204, 299, 301, 302, 304, 307, 400, 401, 402, 403, 404, 408, 409, 410, 413, 422, 425, 429,
	451, 500, 502, 503, 504, 529, 599, 999,
];
/** Values of Retry-After to respond with. */
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
const contentTypes = [
	'text/html',
	'application/json; charset=utf-16',
	'image/png',
	'application/octet-stream',
	'',
	';',
	'x'.repeat(4_000),
];
const idHeaders = ['x-request-id', 'x-lumenfall-request-id', 'x-siliconcloud-trace-id'];
const idValues = ['..', '../../admin', '\u0080\u00ff', 'a b', '%', 'x'.repeat(600), '__proto__', ''];
const headerFrom = (names: readonly string[], values: readonly string[]): Arbitrary<[string, string]> =>
	fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values));

const anyHeader = fc.oneof(
	{ weight: 3, arbitrary: headerFrom(['retry-after'], retryAfters) },
	headerFrom(['content-type'], contentTypes),
	headerFrom(['content-encoding'], ['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'identity', 'nonsense']),
	headerFrom(idHeaders, idValues),
	headerFrom(['x-ai-credits-charged'], ['-1', '1e9', '9'.repeat(400), 'NaN', '0.1']),
	headerFrom(['location'], addresses),
	headerFrom(['__proto__', 'constructor', 'hasOwnProperty'], ['1']),
	headerFrom(
		['set-cookie', 'www-authenticate', 'content-disposition'],
		['Digest realm="a", nonce="b"', '0', 'attachment'],
	),
);

const anyBodyChange: Arbitrary<BodyChange> = fc.oneof(
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
			{ weight: 1, arbitrary: fc.array(anyHeader, { minLength: 1, maxLength: 2 }) },
		),
		body: fc.oneof(
			{ weight: 1, arbitrary: fc.constant<BodyChange | null>(null) },
			{ weight: 4, arbitrary: anyBodyChange },
		),
		transfer: fc.oneof(
			{ weight: 12, arbitrary: fc.constant('whole' as const) },
			{ weight: 1, arbitrary: fc.constantFrom(...transfers) },
		),
	});

/** Returns any script. `withHangs`: whether responses may never arrive, which takes too long in real time. */
export function scripts({ withHangs }: { withHangs: boolean }): Arbitrary<Script> {
	const mutation = mutationWith(withHangs ? ['cut', 'stall', 'reset', 'hang'] : ['cut', 'reset']);
	return fc.record({
		reroute: fc.oneof(
			{ weight: 3, arbitrary: fc.constant('nothing' as const) },
			{ weight: 2, arbitrary: fc.constantFrom('api' as const, 'all' as const) },
		),
		// An invalid first response ends most jobs, so every other one is genuine.
		first: fc.option(mutation, { freq: 1 }),
		then: fc.array(
			fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: mutation }),
			{ maxLength: 4 },
		),
		rest: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: mutation }),
	});
}

const page = '<!DOCTYPE html><html><head><title>Just a moment</title></head></html>';

function changeBody(body: Buffer, change: BodyChange | null): Buffer {
	if (change === null) return body;
	if (change === 'html') return Buffer.from(page);
	if (change === 'twice') return Buffer.concat([body, body]);
	if ('edits' in change) return Buffer.from(applyEdits(body.toString(), change.edits));
	if ('value' in change) return Buffer.from(toJson(change.value));
	if ('text' in change) return Buffer.from(change.text);
	if ('bytes' in change) return Buffer.from(change.bytes, 'hex');
	return body.subarray(0, Math.floor(body.length * change.part));
}

/** Tells whether a response is text. Changes within or after the bytes of an image would not be noticed. */
const isText = ({ headers }: Answer): boolean =>
	!headers.some(([name, type]) => name === 'content-type' && type.startsWith('image/'));

/** Applies a mutation to a response. */
export function applyMutation(
	genuine: Answer,
	{ status, headers, body: change }: Mutation,
	placeholders: Placeholders,
): Answer {
	const filled = headers.map<[string, string]>(([name, content]) => [
		name,
		fillPlaceholders(content, placeholders),
	]);
	const replaced = new Set(filled.map(([name]) => name));
	const needsText =
		change === 'twice' || (change !== null && typeof change === 'object' && 'edits' in change);
	const body = needsText && !isText(genuine) ? genuine.body : changeBody(genuine.body, change);
	return {
		status: status ?? genuine.status,
		headers: [...genuine.headers.filter(([name]) => !replaced.has(name)), ...filled],
		// The bytes of an image are not text.
		body:
			change === null || !isText(genuine)
				? body
				: Buffer.from(fillPlaceholders(body.toString('latin1'), placeholders), 'latin1'),
	};
}
