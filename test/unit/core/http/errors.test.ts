import fc from 'fast-check';

import { errorText, faultFromHttp } from '../../../../nodes/FluxKontext/core/http/errors';
import { codeForStatus, isTransient } from '../../../../nodes/FluxKontext/core/http/status';

describe('errorText', () => {
	it.each([
		['a text', 'Bad gateway', 'Bad gateway'],
		['`error` as text (Runpod)', { error: 'Invalid image URL' }, 'Invalid image URL'],
		[
			'`error.message` (OpenAI)',
			{ error: { message: 'Invalid API key', type: 'authentication_error', code: 'invalid_api_key' } },
			'Invalid API key',
		],
		[
			'`message` and `error`: the message',
			{ error: 'Bad Request', message: 'size is not supported' },
			'size is not supported',
		],
		['`msg`', { code: 422, msg: 'no credits' }, 'no credits'],
		['`error_message`', { error_message: 'too long' }, 'too long'],
		['`detail` as text (Black Forest Labs)', { detail: 'Not authenticated' }, 'Not authenticated'],
		[
			'`detail` as a list (FastAPI)',
			{ detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
			'prompt: Field required',
		],
		[
			'`detail` as a longer list',
			{
				detail: [
					{ loc: ['body', 'input', 'size'], msg: 'no size', type: 'x' },
					{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' },
				],
			},
			'input.size: no size; query.id: Field required',
		],
		[
			'`detail` about the body itself',
			{ detail: [{ loc: ['body'], msg: 'Field required', type: 'missing' }] },
			'Field required',
		],
		[
			'`detail` with a position',
			{ detail: [{ loc: ['body', 'images', 0], msg: 'no image' }] },
			'images.0: no image',
		],
		['a list of texts', { error: ['first', 'second'] }, 'first; second'],
		['nested errors', { error: { error: { detail: 'deep' } } }, 'deep'],
		['`detail` where `error` is null', { error: null, detail: 'this' }, 'this'],
	])('reads %s', (_, body, text) => {
		expect(errorText(body)).toBe(text);
	});

	it.each([
		['an empty text', ' \n'],
		['an HTML page', '<!DOCTYPE html><html><body>Just a moment</body></html>'],
		['XML', '<?xml version="1.0"?><Error/>'],
		['an HTML page in a field', { error: '<html></html>' }],
		['null', null],
		['a number', 42],
		['an empty object', {}],
		['an empty list', { detail: [] }],
		['fields that are not text', { error: 1, message: false }],
	])('finds no text in %s', (_, body) => {
		expect(errorText(body)).toBeNull();
	});

	it('returns a short text or null for any body, and never throws', () => {
		const long = 'x'.repeat(10_000);
		for (const body of [
			long,
			{ error: long },
			{ detail: [{ loc: ['body', 'a'], msg: long }] },
			{ loc: ['a'], msg: long },
			[long, long],
		]) {
			expect(errorText(body)?.length).toBeLessThanOrEqual(500);
		}
		fc.assert(
			fc.property(fc.jsonValue({ maxDepth: 5 }), (body) => {
				const text = errorText(body);
				expect(text === null || (text !== '' && text.length <= 500)).toBe(true);
			}),
		);
	});

	it('stops at a limited depth in a deeply nested body', () => {
		const depth = 200_000;
		const body: unknown = JSON.parse(`${'{"error":'.repeat(depth)}"deep"${'}'.repeat(depth)}`);
		expect(errorText(body)).toBeNull();
	});
});

it.each([
	[400, 'invalidRequest'],
	[401, 'auth'],
	[402, 'payment'],
	[403, 'auth'],
	[404, 'notFound'],
	[405, 'notFound'],
	[408, 'unavailable'],
	[410, 'expired'],
	[413, 'invalidRequest'],
	[415, 'invalidRequest'],
	[418, 'badResponse'],
	[422, 'invalidRequest'],
	[425, 'unavailable'],
	[429, 'rateLimited'],
	[500, 'unavailable'],
	[503, 'unavailable'],
	[520, 'unavailable'],
	[302, 'badResponse'],
	[204, 'badResponse'],
])('maps status %i to %s', (status, code) => {
	expect(codeForStatus(status)).toBe(code);
});

it('treats 408, 425, 429 and 5xx as transient, and no other status', () => {
	const statuses = Array.from({ length: 500 }, (_, index) => index + 100);
	expect(statuses.filter(isTransient)).toEqual([
		408,
		425,
		429,
		...statuses.filter((status) => status >= 500),
	]);
});

it('creates a fault with the provider, the status and the text, and keeps the status', () => {
	expect(faultFromHttp('Acme', { status: 402, headers: {}, body: { detail: 'Top up' } })).toMatchObject({
		code: 'payment',
		message: 'Acme answered 402: Top up',
		httpStatus: 402,
		providerStatus: null,
		retryable: true,
	});
	expect(faultFromHttp('Acme', { status: 502, headers: {}, body: '<html>' }).message).toBe(
		'Acme answered 502',
	);
});

it.each([401, 403])(
	'a web page with %i is the answer of a firewall, and says nothing about the key',
	(status) => {
		const challenge = '\n<!DOCTYPE html><title>Just a moment...</title>';
		expect(faultFromHttp('Acme', { status, headers: {}, body: challenge })).toEqual({
			code: 'unavailable',
			message: `Acme answered ${status} with a web page in place of its API`,
			description:
				'A firewall or a proxy in between may have answered: check the base URL in the credential, ' +
				'then run again later.',
			httpStatus: status,
			providerStatus: null,
			retryable: true,
		});
	},
);
