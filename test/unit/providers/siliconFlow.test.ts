import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { checkOptions } from '../../../nodes/FluxKontext/core/request/options';
import { plan } from '../../../nodes/FluxKontext/core/request/plan';
import { siliconFlow } from '../../../nodes/FluxKontext/providers/siliconFlow';
import { bytesImage, imageRequest, preparedRequest } from '../../support/requests';

const context = { baseUrl: 'https://api.siliconflow.com/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const [pro, dev] = ['black-forest-labs/FLUX.1-Kontext-pro', 'black-forest-labs/FLUX.1-Kontext-dev'];
const request = preparedRequest({ model: pro });
const response = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const parseSubmit = (body: unknown, headers = {}) =>
	siliconFlow.submit.parse(response(body, 200, headers), request, context);
const buildSubmit = (more: Partial<typeof request>) => {
	const built = siliconFlow.submit.build({ ...request, ...more }, context);
	return built.ok ? built.value : built.fault;
};
const url = 'https://s3.siliconflow.com/default/outputs/a.png?X-Amz-Signature=x%2F';
const ref = { kind: 'url', url, expiresAt: '2026-11-20T13:00:00.000Z' };

describe('the response to a submit', () => {
	it('holds the link of the image for one hour, its seed and its run time', () => {
		expect(
			parseSubmit(
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

	it('is identified by its time where it has no trace id', () => {
		expect(parseSubmit({ images: [{ url }] })).toMatchObject({
			value: { handle: { id: '2026-11-20T12:00:00.000Z' }, meta: { seed: null, runMs: null } },
		});
	});

	it('may list the image as `data`, by a relative URL or as base64', () => {
		expect(parseSubmit({ data: [{ url }] })).toMatchObject({ value: { images: [ref] } });
		expect(parseSubmit({ images: [], data: [{ url: '/files/a.png' }] })).toMatchObject({
			value: { images: [{ url: 'https://api.siliconflow.com/files/a.png' }] },
		});
		expect(parseSubmit({ images: [{ url: 'data:image/png;base64,AQID' }] })).toMatchObject({
			value: { images: [{ kind: 'base64', data: 'AQID' }] },
		});
	});

	it('keeps the image where optional properties are ill-typed', () => {
		expect(parseSubmit({ images: [{ url }], timings: 'fast', seed: '7', data: 5 })).toMatchObject({
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
	])('is unreadable without an image: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

describe('the request to submit', () => {
	const images = [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/jpeg' })];

	it('names the input image `input_image`, but `image` for dev', () => {
		expect(
			buildSubmit({
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
		expect(buildSubmit({ model: dev, operation: 'edit', images })).toHaveProperty('json', {
			model: dev,
			prompt: 'a red fox',
			image: 'data:image/jpeg;base64,AQID',
		});
		expect(buildSubmit({})).toHaveProperty('json', { model: pro, prompt: 'a red fox' });
	});

	it.each([{ seed: 1.5 }, { output_format: 'webp' }, { safety_tolerance: '2' }, { steps: 5 }])(
		'is refused with the field %j',
		(fields) => {
			expect(buildSubmit({ fields })).toMatchObject({ code: 'invalidRequest' });
		},
	);

	it.each([{ seed: -1 }, { seed: 10_000_000_000 }, { safetyTolerance: 7 }])(
		'is refused with the option %j before it is built',
		(options) => {
			const checked = checkOptions(options);
			const planned = checked.ok
				? plan(siliconFlow, imageRequest({ model: pro, options: checked.value }), 0)
				: checked;
			expect(planned).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
		},
	);
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
])('maps %i with %j to `%s`', (status, body, code, message, providerStatus) => {
	expect(siliconFlow.parseError(response(body, status))).toMatchObject({
		code,
		message,
		httpStatus: status,
		providerStatus,
	});
});
