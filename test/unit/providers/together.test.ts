import { together } from '../../../nodes/FluxKontext/providers/together';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan, prepare } from '../../../nodes/FluxKontext/core/request/prepare';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../support/requests';

const model = 'black-forest-labs/FLUX.1-kontext-pro';
const context = { baseUrl: 'https://api.together.xyz/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const answer = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const read = (body: unknown, headers = {}) =>
	together.parseSubmit(answer(body, 200, headers), request, context);

describe('the answer to a submit', () => {
	it('is the image', () => {
		expect(
			read({
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

	it('is all images in their order, by address too, also a relative one', () => {
		const data = [
			{ index: 2, url: 'https://x.example/c' },
			{ index: 0, b64_json: 'AQID' },
			{ index: 1, url: '/b.png' },
		];
		expect(read({ id: 'o-1', data })).toMatchObject({
			value: {
				images: [
					{ kind: 'base64', data: 'AQID' },
					{ kind: 'url', url: 'https://api.together.xyz/b.png', expiresAt: null },
					{ kind: 'url', url: 'https://x.example/c' },
				],
			},
		});
	});

	it('without an id has that of its request, or its time', () => {
		const data = [{ b64_json: 'AQID' }];
		expect(read({ data }, { 'x-request-id': 'r-1' })).toMatchObject({ value: { handle: { id: 'r-1' } } });
		expect(read({ id: 7, data })).toMatchObject({
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
	])('makes no sense without an image: %j', (body) => {
		expect(read(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

it('has no job to ask for or to cancel', () => {
	expect([together.buildStatus, together.parseStatus, together.buildCancel]).toEqual([
		undefined,
		undefined,
		undefined,
	]);
	expect(together.submitTimeoutMs).toBe(300_000);
});

describe('what it submits', () => {
	const sent = (
		more: Partial<Parameters<typeof imageRequest>[0]>,
		images: Parameters<typeof prepare>[1] = [],
	) => {
		const planned = plan(together, imageRequest({ model, ...more }), images.length);
		if (!planned.ok) return planned.fault.message;
		const prepared = prepare(planned.value, images);
		if (!prepared.ok) return prepared.fault.message;
		const built = prepared.value.requests.map((each) => together.buildSubmit(each, context));
		return built.map((each) => (each.ok ? each.value : each.fault.message));
	};
	const prompt = 'a red fox';
	const base = { model, prompt, response_format: 'base64' };
	const posted = (json: object) => [
		{ method: 'POST', url: 'https://api.together.xyz/v1/images/generations', json },
	];

	it('is no more than is asked for, and the image in the answer', () => {
		expect(sent({})).toEqual(posted(base));
	});

	it('is a generation with all options, several images in one job', () => {
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
			sent({
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

	it('is an edit in the shape of its image, which goes by URL or as a data URI', () => {
		expect(
			sent({ operation: 'edit', options: { safetyChecker: true } }, [
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
			sent({ operation: 'edit', sizing: { kind: 'pixels', width: 1000, height: 500 } }, [
				urlImage('https://a.example/b.png'),
			]),
		).toEqual(posted({ ...base, image_url: 'https://a.example/b.png', width: 1008, height: 496 }));
	});

	it('is a second job for the images that one cannot make', () => {
		expect(sent({ options: { numberOfImages: 5 } })).toMatchObject([
			{ json: { n: 4 } },
			{ json: { ...base } },
		]);
	});

	it('is refused unpaid: dev without an image, an ill-typed field', () => {
		expect(sent({ model: 'black-forest-labs/FLUX.1-kontext-dev' })).toContain('cannot generate images');
		expect(together.buildSubmit({ ...request, fields: { steps: 'many' } }, context)).toMatchObject({
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
])('an answer of %i with %j says what is wrong', (status, body, code, providerStatus) => {
	const fault = together.parseError(answer(body, status));
	expect(fault).toMatchObject({ code, providerStatus, httpStatus: status });
	expect(fault.message.startsWith(`Together AI answered ${status}`)).toBe(true);
});
