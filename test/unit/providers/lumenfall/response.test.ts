import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { preparedRequest } from '../../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'https://api.lumenfall.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const inOneHour = '2026-11-20T13:00:00.000Z';
const request = preparedRequest({ model });
const respond = (
	body: unknown,
	status = 200,
	headers: Record<string, string> = { 'x-lumenfall-request-id': 'req_1' },
): HttpResponse => ({ status, headers, body });
const parseSubmit = (body: unknown, headers?: Record<string, string>) =>
	lumenfall.submit.parse(respond(body, 200, headers), request, context);
const url = 'https://media.lumenfall.ai/abc123.png';
const errorBody = (message: string, code: string, type = 'invalid_request_error') => ({
	error: { message, type, code },
});

describe('the parser of submit responses', () => {
	it('reads the image of a response as documented', () => {
		const body = {
			created: 1_702_345_678,
			size: '1024x1024',
			data: [{ url, revised_prompt: 'a red fox in the snow' }],
			metadata: {
				model,
				executed_model: 'fal/flux.1-kontext-dev',
				provider: 'fal',
				provider_name: 'fal.ai',
				cost: 0.025,
				cost_currency: 'USD',
				attempts: [],
			},
		};
		expect(parseSubmit(body)).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { id: 'req_1', images: [{ url, expiresAt: inOneHour }] },
				providerStatus: 'succeeded',
				images: [{ kind: 'url', url, expiresAt: inOneHour }],
				meta: { revisedPrompt: 'a red fox in the snow', cost: 0.025 },
			},
		});
	});

	it('uses the time as the id where no header names the request', () => {
		expect(parseSubmit({ data: [{ url }] }, {})).toMatchObject({
			value: { handle: { id: '2026-11-20T12:00:00.000Z' } },
		});
	});

	it.each([
		['base64', [{ b64_json: 'AQID' }], [{ kind: 'base64', data: 'AQID' }]],
		[
			'a data URI, which sync_mode requests',
			[{ url: 'data:image/png;base64,AQID' }],
			[{ kind: 'base64', data: 'AQID' }],
		],
		[
			'several images',
			[{ url }, { b64_json: 'AQID' }, {}],
			[
				{ kind: 'url', url, expiresAt: inOneHour },
				{ kind: 'base64', data: 'AQID' },
			],
		],
		[
			'a relative URL of its own host',
			[{ url: '/media/1.png' }],
			[{ kind: 'url', url: 'https://api.lumenfall.ai/media/1.png', expiresAt: inOneHour }],
		],
	])('reads %s', (_, data, images) => {
		expect(parseSubmit({ data })).toMatchObject({
			ok: true,
			value: { images, meta: { revisedPrompt: null, cost: null } },
		});
	});

	it.each([
		[{ cost: 0.03, cost_currency: 'EUR' }, null],
		[{ cost: 0.03 }, 0.03],
		[{ cost: '0.03', cost_currency: 'USD' }, null],
		['none', null],
		[null, null],
	])('reads the cost only if it is in USD: %j', (metadata, cost) => {
		expect(parseSubmit({ data: [{ url }], metadata })).toMatchObject({
			ok: true,
			value: { images: [{ url }], meta: { cost } },
		});
	});

	it.each([
		[{}],
		[{ data: [] }],
		[{ data: [{}] }],
		[{ data: [{ url: 'https://' }] }],
		[{ data: 'x' }],
		['<html></html>'],
		[null],
	])('rejects a response without an image: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it.each([
		[
			errorBody('The prompt was refused', 'CONTENT_POLICY_VIOLATION'),
			'moderated',
			'The prompt was refused',
		],
		[errorBody('No provider left', 'ALL_PROVIDERS_EXHAUSTED'), 'failed', 'No provider left'],
		[{ error: 'broken' }, 'failed', 'broken'],
		[{ error_code: 'RATE_LIMITED', message: 'slow down' }, 'rateLimited', 'slow down'],
	])('maps an error in a 200 response to its fault: %j', (body, code, text) => {
		expect(parseSubmit(body)).toMatchObject({
			ok: false,
			fault: { code, message: `Lumenfall answered 200: ${text}` },
		});
	});
});
