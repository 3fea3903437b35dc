import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { bytesImage, preparedRequest, urlImage } from '../../../support/requests';

const context = {
	baseUrl: 'https://api.replicate.com/v1',
	waitMs: 600_000,
	now: Date.parse('2026-11-20T12:00:00Z'),
};
const jobUrl = 'https://api.replicate.com/v1/predictions/job1';
const handle = { id: 'job1', getUrl: jobUrl, cancelUrl: `${jobUrl}/cancel` };
const pro = 'black-forest-labs/flux-kontext-pro';
const request = preparedRequest({ model: pro });
const respond = (body: unknown, status: number): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => replicate.submit.parse(respond(body, 201), request, context);
const buildSubmit = (overrides: Partial<typeof request>) => {
	const built = replicate.submit.build({ ...request, ...overrides }, context);
	return built.ok ? built.value : built.fault;
};

describe('the builder of submits', () => {
	it('wraps all fields in `input` and requests a wait of 5 s for the image', () => {
		const size = { kind: 'ratio', ratio: { w: 16, h: 9 } } as const;
		expect(
			buildSubmit({
				size,
				fields: { seed: 7, output_format: 'jpg' },
				additionalFields: { seed: 8, extra: true },
			}),
		).toEqual({
			method: 'POST',
			url: `https://api.replicate.com/v1/models/${pro}/predictions`,
			headers: { Prefer: 'wait=5' },
			json: {
				input: {
					prompt: 'a red fox',
					aspect_ratio: '16:9',
					seed: 8,
					output_format: 'jpg',
					extra: true,
				},
			},
		});
	});

	it('sends the image as a URL or a data URI, and matches its ratio where none is requested', () => {
		const input = { prompt: 'a red fox', aspect_ratio: 'match_input_image', output_format: 'png' };
		expect(
			buildSubmit({ operation: 'edit', images: [urlImage('https://a.example/b.png')] }),
		).toMatchObject({
			json: { input: { ...input, input_image: 'https://a.example/b.png' } },
		});
		expect(
			buildSubmit({
				operation: 'edit',
				images: [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/gif' })],
			}),
		).toMatchObject({ json: { input: { ...input, input_image: 'data:image/gif;base64,AQID' } } });
	});

	it('sends a model outside the catalogue no field that was not requested', () => {
		expect(
			buildSubmit({
				model: 'a-b/c.1',
				operation: 'edit',
				images: [urlImage('https://a.example/b.png')],
			}),
		).toMatchObject({
			url: 'https://api.replicate.com/v1/models/a-b/c.1/predictions',
			json: { input: { prompt: 'a red fox', input_image: 'https://a.example/b.png' } },
		});
		expect(buildSubmit({ model: 'a/b' })).toHaveProperty('json', { input: { prompt: 'a red fox' } });
	});

	it.each(['flux-kontext-pro', 'a/b/c', '../account', 'a/..', 'a/b:1234', 'a/b?c'])(
		'rejects the model %j before anything is sent',
		(model) => {
			expect(buildSubmit({ model })).toMatchObject({
				code: 'invalidRequest',
				message: expect.stringContaining(`"${model}"`) as unknown,
			});
		},
	);

	it('rejects a value that Replicate does not take', () => {
		expect(buildSubmit({ fields: { output_format: 'jpeg' } })).toMatchObject({
			code: 'invalidRequest',
			message: expect.stringContaining('output_format') as unknown,
		});
	});
});

it('sends status and cancel requests to the URLs of the response, or else to the documented ones', () => {
	const documented = [
		{ method: 'GET', url: jobUrl },
		{ method: 'POST', url: `${jobUrl}/cancel` },
	];
	const requestsOf = (job: typeof handle) => [
		replicate.status.build(job, context),
		replicate.cancel?.build(job, context),
	];
	expect(requestsOf(handle)).toEqual(documented);
	for (const foreign of [
		null,
		'https://replicate.com/x',
		'https://api.replicate.com.example/x',
		'http://api.replicate.com/x',
		'x',
	]) {
		const urls = { get: foreign, cancel: foreign };
		const accepted = parseSubmit({ id: 'job1', status: 'starting', urls });
		expect(accepted).toMatchObject({ ok: true, value: { handle: { getUrl: null, cancelUrl: null } } });
		expect(accepted.ok && requestsOf(accepted.value.handle as typeof handle)).toEqual(documented);
	}
	expect(replicate.status.build({ id: '../account', getUrl: null, cancelUrl: null }, context).url).toBe(
		'https://api.replicate.com/v1/predictions/..%2Faccount',
	);
});
