import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { replicate } from '../../../nodes/FluxKontext/providers/replicate';
import { bytesImage, preparedRequest, urlImage } from '../../support/requests';

const context = {
	baseUrl: 'https://api.replicate.com/v1',
	waitMs: 600_000,
	now: Date.parse('2026-11-20T12:00:00Z'),
};
const at = 'https://api.replicate.com/v1/predictions/job1';
const handle = { id: 'job1', getUrl: at, cancelUrl: `${at}/cancel` };
const pro = 'black-forest-labs/flux-kontext-pro';
const request = preparedRequest({ model: pro });
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const prediction = (more: object) => ({
	id: 'job1',
	model: pro,
	version: 'hidden',
	input: {},
	output: null,
	error: null,
	logs: '',
	urls: { get: at, cancel: `${at}/cancel`, web: 'x' },
	metrics: {},
	data_removed: false,
	...more,
});
const submitted = (body: unknown) => replicate.parseSubmit(answer(body, 201), request, context);
const looked = (body: unknown) => replicate.parseStatus?.(answer(body), handle, context);
const submit = (more: Partial<typeof request>) => {
	const built = replicate.buildSubmit({ ...request, ...more }, context);
	return built.ok ? built.value : built.fault;
};
const url = 'https://replicate.delivery/xezq/a/out.png';

describe('the answer to a submit', () => {
	it('names the job and its addresses', () => {
		expect(submitted(prediction({ status: 'starting' }))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'starting' },
		});
		expect(submitted({ id: 'job1', status: 'processing' })).toMatchObject({
			value: { handle: { id: 'job1', getUrl: null, cancelUrl: null } },
		});
	});

	it('may be final, when it was waited for', () => {
		expect(submitted(prediction({ status: 'succeeded', output: url }))).toMatchObject({
			value: { state: 'succeeded', handle, images: [{ url }] },
		});
		expect(submitted(prediction({ status: 'failed', error: 'broken' }))).toMatchObject({
			value: { state: 'failed', handle, fault: { code: 'failed' } },
		});
	});

	it.each([
		[{ status: 'starting' }],
		[{ id: '', status: 'starting' }],
		[{ id: 'job1' }],
		['<html></html>'],
		[null],
	])('makes no sense without an id and a status: %j', (body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

it.each(['starting', 'processing', 'PROCESSING', 'daydreaming', ''])(
	'%j means that the job goes on',
	(status) => {
		expect(looked(prediction({ status }))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status },
		});
	},
);

describe('a job that succeeded', () => {
	const body = prediction({
		status: 'succeeded',
		metrics: { predict_time: 4.5213, total_time: 4.9 },
		completed_at: '2026-11-20T11:59:58.500Z',
	});
	const ref = { kind: 'url', url, expiresAt: '2026-11-20T12:59:58.500Z' };

	it('brings the image, which lives an hour from its end, and the time of its run', () => {
		expect(looked({ ...body, output: url })).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'succeeded',
				images: [ref],
				meta: { runMs: 4_521 },
			},
		});
	});

	it('may bring a list, or a data URI', () => {
		expect(looked({ ...body, output: [url, '', 5, url] })).toMatchObject({
			value: { images: [ref, ref] },
		});
		expect(looked({ ...body, output: 'data:image/png;base64,AQID' })).toMatchObject({
			value: { images: [{ kind: 'base64', data: 'AQID' }] },
		});
	});

	it('does not lose the image to facts of another type', () => {
		expect(
			looked({ ...body, output: url, metrics: 'x', completed_at: 'soon', data_removed: 'no', urls: 5 }),
		).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ url, expiresAt: '2026-11-20T13:00:00.000Z' }],
				meta: { runMs: null },
			},
		});
	});

	it('is expired when its image was removed', () => {
		expect(looked({ ...body, output: null, data_removed: true })).toMatchObject({
			value: {
				state: 'failed',
				handle,
				providerStatus: 'succeeded',
				fault: {
					code: 'expired',
					message: 'Replicate has deleted the image, as it does an hour after the job',
				},
			},
		});
	});

	it.each([[null], [''], [[]], [{ url }]])('makes no sense without an image: %j', (output) => {
		expect(looked({ ...body, output })).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

it.each([
	['failed', 'CUDA out of memory', 'failed', 'Replicate ended the job as failed: CUDA out of memory'],
	['failed', null, 'failed', 'Replicate ended the job as failed'],
	[
		'failed',
		'Something (E005) (abc)',
		'moderated',
		'Replicate ended the job as failed: Something (E005) (abc)',
	],
	[
		'failed',
		'NSFW content detected. Try running it again',
		'moderated',
		'Replicate ended the job as failed: NSFW content detected. Try running it again',
	],
	['canceled', null, 'cancelled', 'Replicate ended the job as canceled'],
	['aborted', null, 'cancelled', 'Replicate ended the job as aborted'],
])('%s with the error %j is an end', (status, error, code, message) => {
	expect(looked(prediction({ status, error }))).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message, providerStatus: status },
		},
	});
});

describe('a submit', () => {
	it('wraps all of it in `input`, and waits some seconds for the image', () => {
		const size = { kind: 'ratio', ratio: { w: 16, h: 9 } } as const;
		expect(
			submit({
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

	it('names the image as address or data URI, and matches it without a ratio', () => {
		const input = { prompt: 'a red fox', aspect_ratio: 'match_input_image', output_format: 'png' };
		expect(submit({ operation: 'edit', images: [urlImage('https://a.example/b.png')] })).toMatchObject({
			json: { input: { ...input, input_image: 'https://a.example/b.png' } },
		});
		expect(
			submit({
				operation: 'edit',
				images: [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/gif' })],
			}),
		).toMatchObject({ json: { input: { ...input, input_image: 'data:image/gif;base64,AQID' } } });
	});

	it('tells a model outside the catalogue nothing that was not asked for', () => {
		expect(
			submit({ model: 'a-b/c.1', operation: 'edit', images: [urlImage('https://a.example/b.png')] }),
		).toMatchObject({
			url: 'https://api.replicate.com/v1/models/a-b/c.1/predictions',
			json: { input: { prompt: 'a red fox', input_image: 'https://a.example/b.png' } },
		});
		expect(submit({ model: 'a/b' })).toHaveProperty('json', { input: { prompt: 'a red fox' } });
	});

	it.each(['flux-kontext-pro', 'a/b/c', '../account', 'a/..', 'a/b:1234', 'a/b?c'])(
		'of the model %j is refused unpaid',
		(model) => {
			expect(submit({ model })).toMatchObject({
				code: 'invalidRequest',
				message: expect.stringContaining(`"${model}"`) as unknown,
			});
		},
	);

	it('is refused where a field is not what Replicate takes', () => {
		expect(submit({ fields: { output_format: 'jpeg' } })).toMatchObject({
			code: 'invalidRequest',
			message: expect.stringContaining('output_format') as unknown,
		});
	});
});

it('asks for and cancels a job at its addresses, or at the documented ones where they are missing or foreign', () => {
	const documented = [
		{ method: 'GET', url: at },
		{ method: 'POST', url: `${at}/cancel` },
	];
	const urls = (some: typeof handle) => [
		replicate.buildStatus?.(some, context),
		replicate.buildCancel?.(some, context),
	];
	expect(urls(handle)).toEqual(documented);
	for (const foreign of [
		null,
		'https://replicate.com/x',
		'https://api.replicate.com.example/x',
		'http://api.replicate.com/x',
		'x',
	]) {
		const read = submitted(prediction({ status: 'starting', urls: { get: foreign, cancel: foreign } }));
		expect(read).toMatchObject({ ok: true, value: { handle: { getUrl: null, cancelUrl: null } } });
		expect(read.ok && urls(read.value.handle as typeof handle)).toEqual(documented);
	}
	expect(replicate.buildStatus?.({ id: '../account', getUrl: null, cancelUrl: null }, context).url).toBe(
		'https://api.replicate.com/v1/predictions/..%2Faccount',
	);
});

it.each([
	[
		401,
		{ title: 'Unauthenticated', detail: 'You did not pass a valid authentication token', status: 401 },
		'auth',
		'Replicate answered 401: You did not pass a valid authentication token',
	],
	[
		402,
		{ title: 'Insufficient credit', status: 402 },
		'payment',
		'Replicate answered 402: Insufficient credit',
	],
	[
		404,
		{ detail: 'The requested resource could not be found.', status: 404 },
		'notFound',
		'Replicate answered 404: The requested resource could not be found.',
	],
	[
		422,
		{
			detail: '- input.output_format: output_format must be one of the following: "jpg", "png"\n',
			status: 422,
			title: 'Input validation failed',
			invalid_fields: [
				{
					type: 'enum',
					field: 'input.output_format',
					description: 'output_format must be one of the following: "jpg", "png"',
				},
			],
		},
		'invalidRequest',
		'Replicate answered 422: - input.output_format: output_format must be one of the following: "jpg", "png"',
	],
	[
		429,
		{ detail: 'Request was throttled. Your rate limit resets in ~30s.' },
		'rateLimited',
		'Replicate answered 429: Request was throttled. Your rate limit resets in ~30s.',
	],
	[502, '<html></html>', 'unavailable', 'Replicate answered 502'],
])('an answer of %i says what is wrong', (status, body, code, message) => {
	expect(replicate.parseError(answer(body, status))).toMatchObject({ code, message, httpStatus: status });
});
