import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { siliconFlow } from '../../../nodes/FluxKontext/providers/siliconFlow';
import { bytesImage, preparedRequest } from '../../support/requests';

const context = { baseUrl: 'https://api.siliconflow.com/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const [pro, dev] = ['black-forest-labs/FLUX.1-Kontext-pro', 'black-forest-labs/FLUX.1-Kontext-dev'];
const request = preparedRequest({ model: pro });
const answer = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const submitted = (body: unknown, headers = {}) =>
	siliconFlow.parseSubmit(answer(body, 200, headers), request, context);
const submit = (more: Partial<typeof request>) => {
	const built = siliconFlow.buildSubmit({ ...request, ...more }, context);
	return built.ok ? built.value : built.fault;
};
const url = 'https://s3.siliconflow.com/default/outputs/a.png?X-Amz-Signature=x%2F';
const ref = { kind: 'url', url, expiresAt: '2026-11-20T13:00:00.000Z' };

describe('the answer', () => {
	it('is the image, with its seed and the time it took; the link lives one hour', () => {
		expect(
			submitted(
				{ images: [{ url }], timings: { inference: 3.1416 }, seed: 7 },
				{ 'x-siliconcloud-trace-id': 'ti_1' },
			),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { id: 'ti_1', images: [{ url, expiresAt: ref.expiresAt }] },
				providerStatus: 'succeeded',
				images: [ref],
				meta: { seed: 7, runMs: 3_142 },
			},
		});
	});

	it('is known by its time where it has no trace id', () => {
		expect(submitted({ images: [{ url }] })).toMatchObject({
			value: { handle: { id: '2026-11-20T12:00:00.000Z' }, meta: { seed: null, runMs: null } },
		});
	});

	it('may list the image as data, by a relative address or as base64', () => {
		expect(submitted({ data: [{ url }] })).toMatchObject({ value: { images: [ref] } });
		expect(submitted({ images: [], data: [{ url: '/files/a.png' }] })).toMatchObject({
			value: { images: [{ url: 'https://api.siliconflow.com/files/a.png' }] },
		});
		expect(submitted({ images: [{ url: 'data:image/png;base64,AQID' }] })).toMatchObject({
			value: { images: [{ kind: 'base64', data: 'AQID' }] },
		});
	});

	it('does not lose the image to facts of another type', () => {
		expect(submitted({ images: [{ url }], timings: 'fast', seed: '7', data: 5 })).toMatchObject({
			value: { state: 'succeeded', images: [ref], meta: { seed: null, runMs: null } },
		});
	});

	it.each([
		[{}],
		[{ images: [] }],
		[{ images: [{ url: '' }] }],
		[{ images: 'x', data: 'y' }],
		['Invalid token'],
		[{ code: 20012, message: 'no' }],
		[null],
	])('makes no sense without an image: %j', (body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

describe('a submit', () => {
	const images = [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/jpeg' })];

	it('names the image input_image, and for dev image', () => {
		expect(
			submit({
				operation: 'edit',
				images,
				size: { kind: 'ratio', ratio: { w: 3, h: 2 } },
				fields: { seed: 7 },
				additionalFields: { seed: 8, extra: [1] },
			}),
		).toEqual({
			method: 'POST',
			url: 'https://api.siliconflow.com/v1/images/generations',
			json: {
				model: pro,
				prompt: 'a red fox',
				input_image: 'data:image/jpeg;base64,AQID',
				aspect_ratio: '3:2',
				seed: 8,
				extra: [1],
			},
		});
		expect(submit({ model: dev, operation: 'edit', images })).toHaveProperty('json', {
			model: dev,
			prompt: 'a red fox',
			image: 'data:image/jpeg;base64,AQID',
		});
		expect(submit({})).toHaveProperty('json', { model: pro, prompt: 'a red fox' });
	});

	it.each([
		{ seed: -1 },
		{ seed: 10_000_000_000 },
		{ output_format: 'webp' },
		{ safety_tolerance: 7 },
		{ steps: 5 },
	])('is refused with %j', (fields) => {
		expect(submit({ fields })).toMatchObject({ code: 'invalidRequest' });
	});
});

it.each([
	[
		400,
		{ code: 20012, message: 'Model does not exist. Please check it carefully.', data: null },
		'invalidRequest',
		'SiliconFlow answered 400: Model does not exist. Please check it carefully.',
		'20012',
	],
	[
		400,
		{ code: 20015, message: 'The image was flagged as sensitive', data: null },
		'moderated',
		'SiliconFlow answered 400: The image was flagged as sensitive',
		'20015',
	],
	[451, 'content policy', 'moderated', 'SiliconFlow answered 451: content policy', null],
	[401, 'Invalid token', 'auth', 'SiliconFlow answered 401: Invalid token', null],
	[
		403,
		{ code: 30001, message: 'Sorry, your account balance is insufficient', data: null },
		'payment',
		'SiliconFlow answered 403: Sorry, your account balance is insufficient',
		'30001',
	],
	[403, { message: 'Forbidden' }, 'auth', 'SiliconFlow answered 403: Forbidden', null],
	[404, '404 page not found', 'notFound', 'SiliconFlow answered 404: 404 page not found', null],
	[
		429,
		{ message: 'Request was rejected due to rate limiting. Details:TPM limit reached.', data: null },
		'rateLimited',
		'SiliconFlow answered 429: Request was rejected due to rate limiting. Details:TPM limit reached.',
		null,
	],
	[
		503,
		{ code: 50505, message: 'Model service overloaded. Please try again later.', data: null },
		'rateLimited',
		'SiliconFlow answered 503: Model service overloaded. Please try again later.',
		'50505',
	],
	[503, 'flagged as down', 'unavailable', 'SiliconFlow answered 503: flagged as down', null],
	[504, 'Gateway timeout', 'unavailable', 'SiliconFlow answered 504: Gateway timeout', null],
	[500, '<html></html>', 'unavailable', 'SiliconFlow answered 500', null],
])('an answer of %i with %j says what is wrong', (status, body, code, message, providerStatus) => {
	expect(siliconFlow.parseError(answer(body, status))).toMatchObject({
		code,
		message,
		httpStatus: status,
		providerStatus,
	});
});
