import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan } from '../../../nodes/FluxKontext/core/request/plan';
import { prepare } from '../../../nodes/FluxKontext/core/request/prepare';
import { together } from '../../../nodes/FluxKontext/providers/together';
import { endpointsOf } from '../../support/endpoints';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../support/requests';

const model = 'black-forest-labs/FLUX.1-kontext-pro';
const context = { baseUrl: 'https://api.together.xyz/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const response = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const parseSubmit = (body: unknown, headers = {}) =>
	together.submit.parse(response(body, 200, headers), request, context);

describe('the response to a submit', () => {
	it('holds the image', () => {
		expect(
			parseSubmit({
				id: 'o-1',
				model,
				object: 'list',
				data: [{ index: 0, type: 'b64_json', b64_json: 'AQID' }],
			}),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { id: 'o-1', images: [] },
				providerStatus: 'completed',
				images: [{ kind: 'base64', data: 'AQID' }],
				meta: {},
			},
		});
	});

	it('holds all images in the order of their index, as base64 or by an absolute or relative URL', () => {
		const data = [
			{ index: 2, url: 'https://x.example/c' },
			{ index: 0, b64_json: 'AQID' },
			{ index: 1, url: '/b.png' },
		];
		expect(parseSubmit({ id: 'o-1', data })).toMatchObject({
			value: {
				images: [
					{ kind: 'base64', data: 'AQID' },
					{ kind: 'url', url: 'https://api.together.xyz/b.png', expiresAt: null },
					{ kind: 'url', url: 'https://x.example/c' },
				],
			},
		});
	});

	it('without an id is identified by the request id, or else by its time', () => {
		const data = [{ b64_json: 'AQID' }];
		expect(parseSubmit({ data }, { 'x-request-id': 'r-1' })).toMatchObject({
			value: { handle: { id: 'r-1' } },
		});
		expect(parseSubmit({ id: 7, data })).toMatchObject({
			value: { handle: { id: '2026-11-20T12:00:00.000Z' } },
		});
	});

	it.each([
		[{}],
		[{ id: 'o-1' }],
		[{ data: [] }],
		[{ data: [{ index: 0 }] }],
		[{ data: [{ url: '' }] }],
		['<html></html>'],
		[null],
	])('is unreadable without an image: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

it('is synchronous: it has no endpoints for jobs, and waits long for the response to a submit', () => {
	expect(endpointsOf(together)).toEqual({});
	expect(together).not.toHaveProperty('status');
	expect(together).not.toHaveProperty('cancel');
	expect(together.submitTimeoutMs).toBe(300_000);
});

describe('the request to submit', () => {
	const buildRequests = (
		more: Partial<Parameters<typeof imageRequest>[0]>,
		images: Parameters<typeof prepare>[1] = [],
	) => {
		const planned = plan(together, imageRequest({ model, ...more }), images.length);
		if (!planned.ok) return planned.fault.message;
		const prepared = prepare(planned.value, images);
		if (!prepared.ok) return prepared.fault.message;
		return prepared.value.requests.map((item) => {
			const built = together.submit.build(item, context);
			return built.ok ? built.value : built.fault.message;
		});
	};
	const prompt = 'a red fox';
	const base = { model, prompt, response_format: 'base64' };
	const posted = (json: object) => [
		{ method: 'POST', url: 'https://api.together.xyz/v1/images/generations', json },
	];

	it('holds only what was requested, and asks for the image in the response', () => {
		expect(buildRequests({})).toEqual(posted(base));
	});

	it('to generate maps every option, and makes several images with one request', () => {
		const options = {
			seed: 7,
			numberOfImages: 3,
			outputFormat: 'png',
			guidance: 3,
			steps: 30,
			negativePrompt: 'blur',
			safetyChecker: false,
		};
		expect(
			buildRequests({
				sizing: { kind: 'aspectRatio', ratio: { w: 16, h: 9 } },
				options,
				additionalFields: { response_format: 'url' },
			}),
		).toEqual(
			posted({
				model,
				prompt,
				response_format: 'url',
				width: 1360,
				height: 768,
				seed: 7,
				n: 3,
				output_format: 'png',
				guidance_scale: 3,
				steps: 30,
				negative_prompt: 'blur',
				disable_safety_checker: true,
			}),
		);
	});

	it('to edit has the shape of its input image, which goes by URL or as a data URI', () => {
		expect(
			buildRequests({ operation: 'edit', options: { safetyChecker: true } }, [
				bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/jpeg' }),
			]),
		).toEqual(
			posted({
				...base,
				image_url: 'data:image/jpeg;base64,AQID',
				width: 1184,
				height: 880,
				disable_safety_checker: false,
			}),
		);
		expect(
			buildRequests({ operation: 'edit', sizing: { kind: 'pixels', width: 1000, height: 500 } }, [
				urlImage('https://a.example/b.png'),
			]),
		).toEqual(posted({ ...base, image_url: 'https://a.example/b.png', width: 1008, height: 496 }));
	});

	it('is followed by a second one for the images that the first cannot make', () => {
		expect(buildRequests({ options: { numberOfImages: 5 } })).toMatchObject([
			{ json: { n: 4 } },
			{ json: { ...base } },
		]);
	});

	it('is refused before it is sent: dev without an image, an ill-typed field', () => {
		expect(buildRequests({ model: 'black-forest-labs/FLUX.1-kontext-dev' })).toContain(
			'cannot generate images',
		);
		expect(together.submit.build({ ...request, fields: { steps: 'many' } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
});

it.each([
	[
		401,
		{
			error: {
				message: 'Invalid API key',
				type: 'invalid_request_error',
				param: null,
				code: 'invalid_api_key',
			},
		},
		'auth',
		'invalid_api_key',
	],
	[
		402,
		{ error: { message: 'Credit limit exceeded', type: 'credit_limit', param: null, code: null } },
		'payment',
		'credit_limit',
	],
	[
		404,
		{
			error: {
				message: 'Unable to access model',
				type: 'invalid_request_error',
				code: 'model_not_available',
			},
		},
		'notFound',
		'model_not_available',
	],
	[
		422,
		{ error: { message: 'width: wrong', type: 'invalid_request_error', param: 'width', code: null } },
		'invalidRequest',
		'invalid_request_error',
	],
	[
		400,
		{ error: { message: 'NSFW content detected', type: 'invalid_request_error' } },
		'moderated',
		'invalid_request_error',
	],
	[
		422,
		{ error: { message: 'no', code: 'content_policy_violation' } },
		'moderated',
		'content_policy_violation',
	],
	[429, { error: { message: 'slow down', type: 'rate_limit' } }, 'rateLimited', 'rate_limit'],
	[500, { error: 'busy' }, 'unavailable', null],
	[503, '<html></html>', 'unavailable', null],
])('maps %i with %j to `%s`', (status, body, code, providerStatus) => {
	const fault = together.parseError(response(body, status));
	expect(fault).toMatchObject({ code, providerStatus, httpStatus: status });
	expect(fault.message.startsWith(`Together AI answered ${status}`)).toBe(true);
});
