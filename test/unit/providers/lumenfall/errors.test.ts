import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';

const respond = (body: unknown, status: number): HttpResponse => ({ status, headers: {}, body });
const errorBody = (message: string, code: string, type = 'invalid_request_error') => ({
	error: { message, type, code },
});

it.each([
	[400, errorBody('prompt is required', 'INVALID_REQUEST'), 'invalidRequest'],
	[400, errorBody('Refused: violence', 'CONTENT_POLICY_VIOLATION'), 'moderated'],
	[401, errorBody('Invalid API key', 'AUTHENTICATION_FAILED', 'authentication_error'), 'auth'],
	[402, errorBody('Balance too low', 'INSUFFICIENT_BALANCE', 'insufficient_quota'), 'payment'],
	[404, errorBody('No such model', 'MODEL_NOT_FOUND'), 'notFound'],
	[404, errorBody('Switched off', 'MODEL_DISABLED'), 'notFound'],
	[429, errorBody('Too many', 'RATE_LIMITED'), 'rateLimited'],
	[502, errorBody('All providers failed', 'ALL_PROVIDERS_EXHAUSTED'), 'failed'],
	[502, errorBody('fal: content flagged by the safety checker', 'ALL_PROVIDERS_EXHAUSTED'), 'moderated'],
	[500, errorBody('The upstream failed', 'UPSTREAM_ERROR'), 'failed'],
	[422, errorBody('NSFW content detected', 'UPSTREAM_ERROR'), 'moderated'],
	[400, { error_code: 'CONTENT_POLICY_VIOLATION', message: 'Refused' }, 'moderated'],
	[401, { error: 'no key' }, 'auth'],
	[502, '<html></html>', 'unavailable'],
	[503, errorBody('Later', 'toString'), 'unavailable'],
])('maps HTTP status %i with %j to `%s`', (status, body, code) => {
	expect(lumenfall.parseError(respond(body, status))).toMatchObject({ code, httpStatus: status });
});

it('names the code and the text of the provider in a fault', () => {
	expect(
		lumenfall.parseError(respond(errorBody('Balance too low', 'INSUFFICIENT_BALANCE'), 402)),
	).toMatchObject({
		message: 'Lumenfall answered 402: Balance too low',
		providerStatus: 'INSUFFICIENT_BALANCE',
		retryable: true,
	});
});
