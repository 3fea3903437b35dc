import { FluxKontextSdServerApi } from '../../../credentials/FluxKontextSdServerApi.credentials';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { checkOptions } from '../../../nodes/FluxKontext/core/request/options';
import { plan } from '../../../nodes/FluxKontext/core/request/plan';
import { sdServer } from '../../../nodes/FluxKontext/providers/sdServer';
import { keyHeaders } from '../../../tools/support/credentials';
import { bytesImage, imageRequest, preparedRequest } from '../../support/requests';

const model = 'server-model';
const context = { baseUrl: 'http://127.0.0.1:1234', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const handle = { id: 'job_1', pollUrl: '/sdcpp/v1/jobs/job_1' };
const response = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => sdServer.submit.parse(response(body, 202), request, context);
const parseStatus = (body: unknown) => sdServer.status.parse(response(body), handle, context);
const job = {
	id: 'job_1',
	kind: 'img_gen',
	created: 1_775_401_200,
	started: null,
	completed: null,
	queue_position: 2,
	result: null,
	error: null,
};

describe('the response to a submit', () => {
	it.each([
		[
			{
				id: 'job_1',
				kind: 'img_gen',
				status: 'queued',
				created: 1_775_401_200,
				poll_url: '/sdcpp/v1/jobs/job_1',
			},
			handle,
		],
		[{ id: 'job_1' }, { id: 'job_1', pollUrl: null }],
		[
			{ id: 'job_1', status: 7, poll_url: {} },
			{ id: 'job_1', pollUrl: null },
		],
	])('gives the handle of the job: %j', (body, expected) => {
		expect(parseSubmit(body)).toEqual({
			ok: true,
			value: { state: 'pending', handle: expected, providerStatus: 'queued' },
		});
	});

	it.each([[{ status: 'queued' }], [{ id: '' }], [{ id: 1 }], ['<html></html>'], [null]])(
		'is unreadable without an id: %j',
		(body) => {
			expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);
});

it.each(['queued', 'generating', 'GENERATING', 'upscaling', ''])(
	'treats the status %j as pending',
	(status) => {
		expect(parseStatus({ ...job, status })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status, ahead: 2 },
		});
	},
);

describe('the status response of a completed job', () => {
	const completed = {
		...job,
		status: 'completed',
		started: 1_775_401_203,
		completed: 1_775_401_215,
		queue_position: 0,
	};

	it('holds the images in the order of their index, and the times', () => {
		const images = [
			{ index: 1, b64_json: 'BAUG' },
			{ index: 0, b64_json: 'AQID' },
		];
		expect(parseStatus({ ...completed, result: { output_format: 'png', images } })).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'completed',
				images: [
					{ kind: 'base64', data: 'AQID' },
					{ kind: 'base64', data: 'BAUG' },
				],
				meta: { queueMs: 3_000, runMs: 12_000 },
			},
		});
	});

	it('keeps the image where optional properties are ill-typed', () => {
		expect(
			parseStatus({
				status: 'completed',
				created: 'x',
				started: {},
				completed: null,
				result: { images: [{ b64_json: 'AQID' }] },
			}),
		).toMatchObject({
			value: { state: 'succeeded', images: [{ data: 'AQID' }], meta: { queueMs: null, runMs: null } },
		});
	});

	it.each([[null], [{}], [{ images: [] }], [{ images: [{}] }], [{ images: 'x' }]])(
		'is unreadable without an image: %j',
		(result) => {
			expect(parseStatus({ ...completed, result })).toMatchObject({
				ok: true,
				value: { state: 'unreadable', fault: { code: 'badResponse' } },
			});
		},
	);
});

it.each([
	[
		'failed',
		{ code: 'generation_failed', message: 'generate_image returned empty results' },
		'failed',
		'failed: generate_image returned empty results',
	],
	[
		'failed',
		'generate_image returned empty results',
		'failed',
		'failed: generate_image returned empty results',
	],
	['FAILED', null, 'failed', 'FAILED'],
	[
		'cancelled',
		{ code: 'cancelled', message: 'job cancelled by client' },
		'cancelled',
		'cancelled: job cancelled by client',
	],
	['canceled', undefined, 'cancelled', 'canceled'],
])('treats the status %s with the error %j as a failure', (status, error, code, message) => {
	expect(parseStatus({ ...job, status, error })).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message: `Stable-Diffusion.cpp Server ended the job as ${message}` },
		},
	});
});

describe('the request to submit', () => {
	it('holds the prompt, and asks for a random seed', () => {
		expect(sdServer.submit.build(request, context)).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'http://127.0.0.1:1234/sdcpp/v1/img_gen',
				json: { prompt: 'a red fox', seed: -1 },
			},
		});
	});

	it('holds all input images as bare base64, and the options in their objects', () => {
		const images = [bytesImage(new Uint8Array([1, 2, 3])), bytesImage(new Uint8Array([4, 5, 6]))];
		const fields = {
			seed: 7,
			batch_count: 2,
			sample_params: { sample_steps: 28, guidance: { distilled_guidance: 2.5 } },
		};
		const additionalFields = {
			auto_resize_ref_image: false,
			sample_params: { guidance: { txt_cfg: 1 } },
		};
		expect(
			sdServer.submit.build(
				{
					...request,
					operation: 'edit',
					images,
					size: { kind: 'pixels', width: 1184, height: 880 },
					fields,
					additionalFields,
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'http://127.0.0.1:1234/sdcpp/v1/img_gen',
				json: {
					prompt: 'a red fox',
					ref_images: ['AQID', 'BAUG'],
					width: 1184,
					height: 880,
					seed: 7,
					batch_count: 2,
					sample_params: { sample_steps: 28, guidance: { distilled_guidance: 2.5, txt_cfg: 1 } },
					auto_resize_ref_image: false,
				},
			},
		});
	});

	it.each([
		[{ batch_count: 1.5 }],
		[{ sample_params: { sample_steps: '28' } }],
		[{ sample_params: { cfg: 1 } }],
		[{ seed: 1.5 }],
	])('is refused with the fields %j', (fields) => {
		expect(sdServer.submit.build({ ...request, fields }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('is refused with zero steps before it is built', () => {
		expect(checkOptions({ steps: 0 })).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('never asks for more than 8 images', () => {
		expect(plan(sdServer, imageRequest({ model, options: { numberOfImages: 9 } }), 0)).toMatchObject({
			ok: true,
			value: { batches: [8, 1] },
		});
	});

	it('costs nothing', () => {
		expect(plan(sdServer, imageRequest({ model }), 0)).toMatchObject({
			ok: true,
			value: { estimatedCost: 0 },
		});
	});
});

describe('a status request', () => {
	const buildStatus = (pollUrl: string | null, baseUrl: string) =>
		sdServer.status.build({ id: 'job_1', pollUrl }, { ...context, baseUrl });

	it.each([
		[
			'the path that the server gave',
			'/sdcpp/v2/jobs/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v2/jobs/job_1',
		],
		[
			'that path below the path prefix of a proxy',
			'/sdcpp/v1/jobs/job_1',
			'https://gpu.example/sd',
			'https://gpu.example/sd/sdcpp/v1/jobs/job_1',
		],
		[
			'the URL that the server gave',
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path where the server gave another one',
			'/admin/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path where the server gave none',
			null,
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path where the server gave another host',
			'http://evil.example/jobs/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path where the server gave an invalid URL',
			'http://',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
	])('goes to %s', (_, pollUrl, baseUrl, url) => {
		expect(buildStatus(pollUrl, baseUrl)).toEqual({ method: 'GET', url });
	});

	it.each(['//evil.example/x', '/\\evil.example/x', '../../x', 'file:///etc/passwd'])(
		'stays on the origin of the base URL: %s',
		(pollUrl) => {
			expect(new URL(buildStatus(pollUrl, context.baseUrl).url).origin).toBe(context.baseUrl);
		},
	);
});

it('cancels by the encoded id, which cannot change the path', () => {
	expect(sdServer.cancel?.build(handle, context)).toEqual({
		method: 'POST',
		url: 'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1/cancel',
	});
	expect(sdServer.cancel?.build({ ...handle, id: '../x' }, context).url).toBe(
		'http://127.0.0.1:1234/sdcpp/v1/jobs/..%2Fx/cancel',
	);
});

it.each([
	[{ status: 'cancelled' }, 'cancelled'],
	[{ status: 'completed' }, 'completed'],
	[{}, ''],
	['<html></html>', ''],
])('reads the status word of the job from the response to a cancel request: %j', (body, status) => {
	expect(sdServer.cancel?.parse?.(response(body))).toBe(status);
});

it.each([
	[400, { error: 'invalid generation parameters' }, 'invalidRequest', ': invalid generation parameters'],
	[
		400,
		{ error: 'invalid json', message: 'unexpected end of input' },
		'invalidRequest',
		': unexpected end of input',
	],
	[401, 'Unauthorized', 'auth', ': Unauthorized'],
	[404, { error: 'job not found' }, 'notFound', ': job not found'],
	[
		409,
		{ error: 'job is currently generating and cannot be interrupted yet' },
		'badResponse',
		': job is currently generating and cannot be interrupted yet',
	],
	[410, { error: 'job expired' }, 'expired', ': job expired'],
	[429, { error: 'job queue is full' }, 'rateLimited', ': job queue is full'],
	// Verified at the real server: nothing was queued.
	[500, { error: 'server_error', message: 'out of memory' }, 'failed', ': out of memory'],
	[
		503,
		{ error: { message: 'Loading model', type: 'unavailable_error', code: 503 } },
		'rateLimited',
		': Loading model',
	],
	[503, { error: 'shutting down' }, 'unavailable', ': shutting down'],
	[502, '<html></html>', 'unavailable', ''],
])('maps %i with %j to `%s`', (status, body, code, text) => {
	expect(sdServer.parseError(response(body, status))).toMatchObject({
		code,
		message: `Stable-Diffusion.cpp Server answered ${status}${text}`,
		httpStatus: status,
	});
});

it('sends a key where the credential has one, and no header where it has none', async () => {
	const credential = new FluxKontextSdServerApi();
	expect(await keyHeaders(credential, 'k')).toEqual({ authorization: 'Bearer k' });
	expect(await keyHeaders(credential, '')).toEqual({});
});
