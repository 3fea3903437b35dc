import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';

const respond = (body: unknown, status: number): HttpResponse => ({ status, headers: {}, body });

it.each([
	[403, { detail: 'Not authenticated' }, 'auth', 'Black Forest Labs answered 403: Not authenticated'],
	[
		402,
		{ detail: 'Insufficient credits' },
		'payment',
		'Black Forest Labs answered 402: Insufficient credits',
	],
	[
		422,
		{ detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
		'invalidRequest',
		'Black Forest Labs answered 422: prompt: Field required',
	],
	[429, { detail: 'You must wait' }, 'rateLimited', 'Black Forest Labs answered 429: You must wait'],
	[503, '', 'unavailable', 'Black Forest Labs answered 503'],
])('maps HTTP status %i with %j to its fault', (status, body, code, message) => {
	expect(blackForestLabs.parseError(respond(body, status))).toMatchObject({
		code,
		message,
		httpStatus: status,
	});
});
