import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { preparedRequest } from '../../../support/requests';

const context = { baseUrl: 'https://aimarcusimage.eu', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'task-1', path: 'kontext' as const, misses: 0, credits: 5 };
const respond = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const parseSubmit = (response: HttpResponse, model = request.model) =>
	aiGenerate.submit.parse(response, { ...request, model }, context);
const parseStatus = (body: unknown, status = 200, headers = {}) =>
	aiGenerate.status.parse(respond(body, status, headers), handle, context);

const errors: Array<[number, string]> = [
	[400, 'invalidRequest'],
	[401, 'auth'],
	[402, 'payment'],
	[422, 'invalidRequest'],
	[429, 'rateLimited'],
	[451, 'invalidRequest'],
	[455, 'unavailable'],
	[500, 'unavailable'],
	[501, 'failed'],
	[505, 'invalidRequest'],
	[550, 'unavailable'],
];

it.each(errors)(
	'maps code %i in a 200 response to `%s`, for a submit and a status request',
	(code, faultCode) => {
		const fault = {
			code: faultCode,
			message: `AI Generate answered 200 with the code ${code}: no`,
			httpStatus: 200,
			providerStatus: String(code),
		};
		expect(parseSubmit(respond({ code, msg: 'no' }))).toMatchObject({ ok: false, fault });
		expect(parseStatus({ code, message: 'no', data: null })).toMatchObject({ ok: false, fault });
	},
);

it.each(errors)('maps HTTP status %i to `%s`', (status, code) => {
	expect(aiGenerate.parseError(respond({ code: status, msg: 'no' }, status))).toMatchObject({
		code,
		message: `AI Generate answered ${status}: no`,
		httpStatus: status,
	});
});

it('maps a refusal that mentions content policies to `moderated`', () => {
	const body = { code: 400, msg: 'Your prompt was flagged by our content policies' };
	expect(parseSubmit(respond(body))).toMatchObject({ fault: { code: 'moderated' } });
	expect(aiGenerate.parseError(respond(body, 400))).toMatchObject({ code: 'moderated' });
	expect(aiGenerate.parseError(respond('<html></html>', 400))).toMatchObject({
		code: 'invalidRequest',
		message: 'AI Generate answered 400',
	});
});
