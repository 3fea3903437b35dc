import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';

const respond = (body: unknown, status: number): HttpResponse => ({ status, headers: {}, body });

it.each([
	[
		401,
		{ title: 'Unauthenticated', detail: 'You did not pass a valid authentication token', status: 401 },
		'auth',
		'Replicate answered 401: You did not pass a valid authentication token',
	],
	[
		402,
		{ title: 'Insufficient credit', status: 402 },
		'payment',
		'Replicate answered 402: Insufficient credit',
	],
	[
		404,
		{ detail: 'The requested resource could not be found.', status: 404 },
		'notFound',
		'Replicate answered 404: The requested resource could not be found.',
	],
	[
		422,
		{
			detail: '- input.output_format: output_format must be one of the following: "jpg", "png"\n',
			status: 422,
			title: 'Input validation failed',
			invalid_fields: [
				{
					type: 'enum',
					field: 'input.output_format',
					description: 'output_format must be one of the following: "jpg", "png"',
				},
			],
		},
		'invalidRequest',
		'Replicate answered 422: - input.output_format: ' +
			'output_format must be one of the following: "jpg", "png"',
	],
	[
		429,
		{ detail: 'Request was throttled. Your rate limit resets in ~30s.' },
		'rateLimited',
		'Replicate answered 429: Request was throttled. Your rate limit resets in ~30s.',
	],
	[502, '<html></html>', 'unavailable', 'Replicate answered 502'],
])('maps HTTP status %i with %j to its fault', (status, body, code, message) => {
	expect(replicate.parseError(respond(body, status))).toMatchObject({ code, message, httpStatus: status });
});
