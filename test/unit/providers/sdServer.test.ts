import { FluxKontextSdServerApi } from '../../../credentials/FluxKontextSdServerApi.credentials';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan } from '../../../nodes/FluxKontext/core/request/prepare';
import { sdServer } from '../../../nodes/FluxKontext/providers/sdServer';
import { keyHeaders } from '../../../tools/support/credentials';
import { bytesImage, imageRequest, preparedRequest } from '../../support/requests';

const model = 'server-model';
const context = { baseUrl: 'http://127.0.0.1:1234', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const handle = { id: 'job_1', pollUrl: '/sdcpp/v1/jobs/job_1' };
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const submitted = (body: unknown) => sdServer.parseSubmit(answer(body, 202), request, context);
const looked = (body: unknown) => sdServer.parseStatus?.(answer(body), handle, context);
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

describe('the answer to a submit', () => {
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
	])('names the job: %j', (body, wanted) => {
		expect(submitted(body)).toEqual({
			ok: true,
			value: { state: 'pending', handle: wanted, providerStatus: 'queued' },
		});
	});

	it.each([[{ status: 'queued' }], [{ id: '' }], [{ id: 1 }], ['<html></html>'], [null]])(
		'is no answer without an id: %j',
		(body) => {
			expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);
});

it.each(['queued', 'generating', 'GENERATING', 'upscaling', ''])(
	'%j means that the job goes on',
	(status) => {
		expect(looked({ ...job, status })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status, ahead: 2 },
		});
	},
);

describe('a completed job', () => {
	const completed = {
		...job,
		status: 'completed',
		started: 1_775_401_203,
		completed: 1_775_401_215,
		queue_position: 0,
	};

	it('brings its images in their order, and its times', () => {
		const images = [
			{ index: 1, b64_json: 'BAUG' },
			{ index: 0, b64_json: 'AQID' },
		];
		expect(looked({ ...completed, result: { output_format: 'png', images } })).toEqual({
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

	it('does not lose the image to facts of another type', () => {
		expect(
			looked({
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
		'makes no sense without an image: %j',
		(result) => {
			expect(looked({ ...completed, result })).toMatchObject({
				ok: false,
				fault: { code: 'badResponse' },
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
])('%s with the error %j is an end', (status, error, code, message) => {
	expect(looked({ ...job, status, error })).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message: `Stable-Diffusion.cpp Server ended the job as ${message}` },
		},
	});
});

describe('what it submits', () => {
	it('is the prompt, and a seed by chance', () => {
		expect(sdServer.buildSubmit(request, context)).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'http://127.0.0.1:1234/sdcpp/v1/img_gen',
				json: { prompt: 'a red fox', seed: -1 },
			},
		});
	});

	it('is all input images as bare base64, with the options in their objects', () => {
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
			sdServer.buildSubmit(
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
		[{ batch_count: 9 }],
		[{ sample_params: { sample_steps: 0 } }],
		[{ sample_params: { cfg: 1 } }],
		[{ seed: 1.5 }],
	])('is refused before it is sent where a value does not fit: %j', (fields) => {
		expect(sdServer.buildSubmit({ ...request, fields }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('costs nothing', () => {
		expect(plan(sdServer, imageRequest({ model }), 0)).toMatchObject({
			ok: true,
			value: { estimatedCost: 0 },
		});
	});
});

describe('a look at the job', () => {
	const urlFor = (pollUrl: string | null, baseUrl: string) =>
		sdServer.buildStatus?.({ id: 'job_1', pollUrl }, { ...context, baseUrl });

	it.each([
		[
			'the path that it named',
			'/sdcpp/v1/jobs/job_1?full=1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1?full=1',
		],
		[
			'the same below the path of a proxy',
			'/sdcpp/v1/jobs/job_1',
			'https://gpu.example/sd',
			'https://gpu.example/sd/sdcpp/v1/jobs/job_1',
		],
		[
			'an address of its own',
			'http://127.0.0.1:1234/jobs/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/jobs/job_1',
		],
		[
			'the documented path, where it named none',
			null,
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path, where it named another host',
			'http://evil.example/jobs/job_1',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
		[
			'the documented path, where it named what is no address',
			'http://',
			context.baseUrl,
			'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1',
		],
	])('goes to %s', (_, pollUrl, baseUrl, url) => {
		expect(urlFor(pollUrl, baseUrl)).toEqual({ method: 'GET', url });
	});

	it.each(['//evil.example/x', '/\\evil.example/x', '../../x', 'file:///etc/passwd'])(
		'never leaves the origin: %s',
		(pollUrl) => {
			expect(new URL(urlFor(pollUrl, context.baseUrl)?.url ?? '').origin).toBe(context.baseUrl);
		},
	);
});

it('cancels by the id, and cannot leave its path through one', () => {
	expect(sdServer.buildCancel?.(handle, context)).toEqual({
		method: 'POST',
		url: 'http://127.0.0.1:1234/sdcpp/v1/jobs/job_1/cancel',
	});
	expect(sdServer.buildCancel?.({ ...handle, id: '../x' }, context).url).toBe(
		'http://127.0.0.1:1234/sdcpp/v1/jobs/..%2Fx/cancel',
	);
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
	[500, { error: 'server_error', message: 'out of memory' }, 'unavailable', ': out of memory'],
	[502, '<html></html>', 'unavailable', ''],
])('an answer of %i with %j says what is wrong', (status, body, code, text) => {
	expect(sdServer.parseError(answer(body, status))).toMatchObject({
		code,
		message: `Stable-Diffusion.cpp Server answered ${status}${text}`,
		httpStatus: status,
	});
});

it('its credential sends the key of a proxy where there is one, and no header where there is none', async () => {
	const credential = new FluxKontextSdServerApi();
	expect(await keyHeaders(credential, 'k')).toEqual({ authorization: 'Bearer k' });
	expect(await keyHeaders(credential, '')).toEqual({});
});
