import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { bytesImage, preparedRequest, urlImage } from '../../../support/requests';

const context = { baseUrl: 'https://queue.fal.run', now: Date.parse('2026-11-20T12:00:00Z') };
const app = 'https://queue.fal.run/fal-ai/flux-pro/requests/job-1';
const handle = {
	id: 'job-1',
	endpoint: 'fal-ai/flux-pro/kontext/text-to-image',
	statusUrl: `${app}/status`,
	responseUrl: app,
	cancelUrl: `${app}/cancel`,
	runMs: null,
};
const request = preparedRequest({ model: 'kontext/pro' });
const response = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const submit = (overrides: Partial<typeof request>) => {
	const built = fal.submit.build({ ...request, ...overrides }, context);
	return built.ok
		? { url: built.value.url.replace(context.baseUrl, ''), json: built.value.json }
		: built.fault;
};
const oneImage = [urlImage('https://a.example/1.png')];
const twoImages = [...oneImage, bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/webp' })];

describe('the requests for a job', () => {
	const requestsFor = (job: typeof handle) => [
		fal.status.build(job, context),
		fal.result?.build(job, context),
		fal.cancel?.build(job, context),
	];
	const expected = (jobUrl: string, resultUrl = jobUrl) => [
		{ method: 'GET', url: `${jobUrl}/status` },
		{ method: 'GET', url: resultUrl },
		{ method: 'PUT', url: `${jobUrl}/cancel` },
	];

	it('go to the addresses of the response, also to the whole endpoint or to another host of fal', () => {
		const full = 'https://eu.queue.fal.run/fal-ai/flux-pro/kontext/max/requests/job-1';
		expect(requestsFor(handle)).toEqual(expected(app));
		expect(
			requestsFor({
				...handle,
				endpoint: 'fal-ai/flux-pro/kontext/max',
				statusUrl: `${full}/status`,
				responseUrl: `${full}/response`,
				cancelUrl: `${full}/cancel`,
			}),
		).toEqual(expected(full, `${full}/response`));
	});

	it.each([
		['missing', null],
		['on a foreign host', 'https://queue.fal.run.example/x'],
		['without TLS', 'http://queue.fal.run/x'],
		['no URL', 'x'],
	])('go to addresses built from owner and app where the address in the response is %s', (_, url) => {
		const parsed = fal.submit.parse(
			response({ request_id: 'job-1', status_url: url, response_url: url, cancel_url: url }),
			request,
			context,
		);
		expect(parsed).toMatchObject({
			ok: true,
			value: { handle: { statusUrl: null, responseUrl: null, cancelUrl: null } },
		});
		expect(parsed.ok && requestsFor(parsed.value.handle as typeof handle)).toEqual(expected(app));
	});

	it('encode the id, so that it cannot lead to another path', () => {
		expect(fal.status.build({ ...handle, id: '../x?y', statusUrl: null }, context).url).toBe(
			'https://queue.fal.run/fal-ai/flux-pro/requests/..%2Fx%3Fy/status',
		);
	});
});

describe('building a submit', () => {
	it.each([
		['kontext/pro', [], '/fal-ai/flux-pro/kontext/text-to-image'],
		['kontext/pro', oneImage, '/fal-ai/flux-pro/kontext'],
		['kontext/pro', twoImages, '/fal-ai/flux-pro/kontext/multi'],
		['kontext/max', [], '/fal-ai/flux-pro/kontext/max/text-to-image'],
		['kontext/max', oneImage, '/fal-ai/flux-pro/kontext/max'],
		['kontext/max', twoImages, '/fal-ai/flux-pro/kontext/max/multi'],
		['kontext/dev', [], '/fal-ai/flux-kontext/dev/text-to-image'],
		['kontext/dev', oneImage, '/fal-ai/flux-kontext/dev'],
		['fal-ai/flux-2-pro', [], '/fal-ai/flux-2-pro'],
		['fal-ai/flux-kontext-lora', oneImage, '/fal-ai/flux-kontext-lora'],
		['blackforestlabs/flux-3/text-to-image', [], '/blackforestlabs/flux-3/text-to-image'],
	])('chooses the endpoint for %s with %j: %s', (model, images, url) => {
		expect(submit({ model, images, operation: images.length > 0 ? 'edit' : 'generate' })).toMatchObject({
			url,
		});
	});

	it('sends one image as `image_url` and several as `image_urls`, as URLs or data URIs', () => {
		expect(submit({ operation: 'edit', images: oneImage })).toEqual({
			url: '/fal-ai/flux-pro/kontext',
			json: { prompt: 'a red fox', image_url: 'https://a.example/1.png', output_format: 'png' },
		});
		const image_urls = ['https://a.example/1.png', 'data:image/webp;base64,AQID'];
		expect(submit({ operation: 'edit', images: twoImages })).toMatchObject({ json: { image_urls } });
		expect(submit({ operation: 'edit', images: twoImages })).not.toHaveProperty('json.image_url');
	});

	it('sends no defaults to an endpoint outside the catalogue, and a list of images to /edit', () => {
		expect(submit({ model: 'fal-ai/flux-2-pro' })).toEqual({
			url: '/fal-ai/flux-2-pro',
			json: { prompt: 'a red fox' },
		});
		expect(submit({ model: 'fal-ai/flux-2-pro/edit', operation: 'edit', images: oneImage })).toEqual({
			url: '/fal-ai/flux-2-pro/edit',
			json: { prompt: 'a red fox', image_urls: ['https://a.example/1.png'] },
		});
	});

	it('sends a ratio as `aspect_ratio`, and to dev as `resolution_mode`', () => {
		const size = { kind: 'ratio', ratio: { w: 3, h: 2 } } as const;
		expect(submit({ size })).toMatchObject({ json: { aspect_ratio: '3:2' } });
		expect(submit({ model: 'kontext/dev', operation: 'edit', images: oneImage, size })).toEqual({
			url: '/fal-ai/flux-kontext/dev',
			json: {
				prompt: 'a red fox',
				image_url: 'https://a.example/1.png',
				resolution_mode: '3:2',
				output_format: 'png',
			},
		});
		expect(submit({ model: 'kontext/dev', operation: 'edit', images: oneImage })).toMatchObject({
			json: { resolution_mode: 'match_input' },
		});
	});

	it('merges the additional fields last', () => {
		expect(
			submit({
				fields: { seed: 7, safety_tolerance: '3' },
				additionalFields: { seed: 8, sync_mode: true },
			}),
		).toMatchObject({ json: { seed: 8, safety_tolerance: '3', sync_mode: true } });
	});

	it.each(['flux-2-pro', '', 'fal-ai/', 'fal-ai/../x', '../x', 'fal-ai/x?y=1', 'https://x.example/a'])(
		'rejects the model %j before anything is sent',
		(model) => {
			expect(submit({ model })).toMatchObject({
				code: 'invalidRequest',
				message: expect.stringContaining(`"${model}"`) as unknown,
			});
		},
	);

	it('rejects a field of a type that fal does not take', () => {
		expect(submit({ fields: { safety_tolerance: 2 } })).toMatchObject({
			code: 'invalidRequest',
			message: expect.stringContaining('safety_tolerance') as unknown,
		});
	});
});
