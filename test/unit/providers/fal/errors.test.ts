import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';

const response = (body: unknown, status: number): HttpResponse => ({ status, headers: {}, body });

describe('parseError', () => {
	it.each([
		[
			401,
			{ detail: 'Authentication is required' },
			'auth',
			'fal answered 401: Authentication is required',
			null,
		],
		[
			403,
			{
				detail:
					'User is locked. Reason: Exhausted balance. ' +
					'Top up your balance at fal.ai/dashboard/billing.',
			},
			'payment',
			'fal answered 403: User is locked. Reason: Exhausted balance. ' +
				'Top up your balance at fal.ai/dashboard/billing.',
			null,
		],
		[403, { detail: 'Forbidden' }, 'auth', 'fal answered 403: Forbidden', null],
		[404, { status: 'NOT_FOUND' }, 'notFound', 'fal answered 404: NOT_FOUND', 'NOT_FOUND'],
		[
			400,
			{ status: 'ALREADY_COMPLETED' },
			'invalidRequest',
			'fal answered 400: ALREADY_COMPLETED',
			'ALREADY_COMPLETED',
		],
		[
			422,
			{ detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
			'invalidRequest',
			'fal answered 422: prompt: Field required',
			'missing',
		],
		[
			422,
			{ detail: [{ loc: ['body', 'prompt'], msg: 'no', type: 'content_policy_violation' }] },
			'moderated',
			'fal answered 422: prompt: no',
			'content_policy_violation',
		],
		[
			429,
			{ detail: 'Too many requests', error_type: 'concurrent_requests_limit' },
			'rateLimited',
			'fal answered 429: Too many requests',
			'concurrent_requests_limit',
		],
		[
			499,
			{ detail: 'stopped', error_type: 'client_cancelled' },
			'cancelled',
			'fal answered 499: stopped',
			'client_cancelled',
		],
		[
			504,
			{ detail: 'slow', error_type: 'startup_timeout' },
			'unavailable',
			'fal answered 504: slow',
			'startup_timeout',
		],
		[500, '<html></html>', 'unavailable', 'fal answered 500', null],
	])('maps an HTTP %i with %j to a fault', (status, body, code, message, providerStatus) => {
		expect(fal.parseError(response(body, status))).toMatchObject({
			code,
			message,
			httpStatus: status,
			providerStatus,
		});
	});
});
