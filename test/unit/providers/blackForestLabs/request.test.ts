import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { bytesImage, preparedRequest, urlImage } from '../../../support/requests';

const context = { baseUrl: 'https://api.bfl.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'job-1', pollingUrl: 'https://api.us1.bfl.ai/v1/get_result?id=job-1', credits: 4 };
const respond = (body: unknown): HttpResponse => ({ status: 200, headers: {}, body });
const parseSubmit = (body: unknown) => blackForestLabs.submit.parse(respond(body), request, context);

describe('the builder of status requests', () => {
	const urlOf = (pollingUrl: string | null, baseUrl = context.baseUrl) =>
		blackForestLabs.status.build({ ...handle, pollingUrl }, { ...context, baseUrl }).url;

	it('uses the polling URL of the response, on any host of the provider', () => {
		expect(urlOf(handle.pollingUrl)).toBe(handle.pollingUrl);
	});

	it.each([
		'https://evil.example/v1/get_result?id=job-1',
		'http://api.us1.bfl.ai/v1/get_result?id=job-1',
		'https://api.bfl.ai@evil.example/',
		'not an address',
		null,
	])('uses the base URL in place of the polling URL %j', (pollingUrl) => {
		const accepted = parseSubmit({ id: 'job-1', polling_url: pollingUrl });
		expect(accepted).toMatchObject({ ok: true, value: { handle: { pollingUrl: null } } });
		expect(
			accepted.ok && blackForestLabs.status.build(accepted.value.handle as typeof handle, context).url,
		).toBe('https://api.bfl.ai/v1/get_result?id=job-1');
	});

	it('keeps the path of a proxy', () => {
		expect(urlOf(null, 'https://proxy.example/bfl')).toBe(
			'https://proxy.example/bfl/v1/get_result?id=job-1',
		);
	});
});

describe('the builder of submits', () => {
	it('builds the whole body, with images as bare base64 or URLs', () => {
		const images = [bytesImage(new Uint8Array([1, 2, 3])), urlImage('https://a.example/b.png')];
		const built = blackForestLabs.submit.build(
			{
				...request,
				model: 'flux-kontext-max',
				images,
				size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
				fields: { seed: 0, output_format: 'webp' },
				additionalFields: { safety_tolerance: 1, webhook_url: 'https://a.example' },
			},
			context,
		);
		expect(built).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.bfl.ai/v1/flux-kontext-max',
				json: {
					prompt: 'a red fox',
					input_image: 'AQID',
					input_image_2: 'https://a.example/b.png',
					aspect_ratio: '16:9',
					output_format: 'webp',
					seed: 0,
					safety_tolerance: 1,
					webhook_url: 'https://a.example',
				},
			},
		});
	});

	it('encodes the name of the model, so that it cannot lead to another path', () => {
		expect(blackForestLabs.submit.build({ ...request, model: '../admin?x#y' }, context)).toMatchObject({
			value: { url: 'https://api.bfl.ai/v1/..%2Fadmin%3Fx%23y' },
		});
	});

	it('rejects an ill-typed field before anything is sent', () => {
		expect(blackForestLabs.submit.build({ ...request, fields: { seed: 'one' } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
});
