import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { vtrix } from '../../../../nodes/FluxKontext/providers/vtrix';

const respond = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });

it.each([
	[401, { message: 'no key' }, 'auth', 'Vtrix answered 401: no key'],
	[
		403,
		{ message: 'You may not use this model' },
		'auth',
		'Vtrix answered 403: You may not use this model',
	],
	[403, { error: 'Insufficient balance' }, 'payment', 'Vtrix answered 403: Insufficient balance'],
	[
		402,
		{ status: { code: 402, message: 'Insufficient credits', error_code: 40201 }, data: null },
		'payment',
		'Vtrix answered 402: Insufficient credits',
	],
	[400, { status: { code: 400, message: 'no', error_code: 40205 } }, 'payment', 'Vtrix answered 400: no'],
	[
		400,
		{ error: { code: 1, error_message: 'sensitive content' } },
		'moderated',
		'Vtrix answered 400: sensitive content',
	],
	[400, { message: 'prompt is required' }, 'invalidRequest', 'Vtrix answered 400: prompt is required'],
	[404, { error: 'task not found' }, 'notFound', 'Vtrix answered 404: task not found'],
	[429, { message: 'slow down' }, 'rateLimited', 'Vtrix answered 429: slow down'],
	[500, '<html></html>', 'unavailable', 'Vtrix answered 500'],
])('maps HTTP status %i with %j to its fault', (status, body, code, message) => {
	expect(vtrix.parseError(respond(body, status))).toMatchObject({ code, message, httpStatus: status });
});
