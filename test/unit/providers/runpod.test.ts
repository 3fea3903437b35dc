import { runpod } from '../../../nodes/FluxKontext/providers/runpod';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { bytesImage, preparedRequest, urlImage } from '../../support/requests';

const endpoint = 'black-forest-labs-flux-1-kontext-dev';
const context = { baseUrl: 'https://api.runpod.ai/v2', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({
	model: endpoint,
	operation: 'edit',
	images: [urlImage('https://a.example/b.png')],
});
const handle = { id: 'job-1', endpoint };
const respond = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => runpod.submit.parse(respond(body), request, context);
const parseStatus = (body: unknown) => runpod.status.parse(respond(body), handle, context);

it('reads the id from the response to a submit and keeps the endpoint in the handle', () => {
	expect(parseSubmit({ id: 'job-1', status: 'IN_QUEUE' })).toEqual({
		ok: true,
		value: { state: 'pending', handle, providerStatus: 'IN_QUEUE' },
	});
});

it.each([[{ status: 'IN_QUEUE' }], [{ id: '', status: 'IN_QUEUE' }], ['<html></html>'], [null], [undefined]])(
	'rejects %j as a response to a submit',
	(body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	},
);

it.each(['IN_QUEUE', 'IN_PROGRESS', 'RUNNING', 'QUEUED', 'in_progress', 'DAYDREAMING', ''])(
	'reads the status %j as pending',
	(status) => {
		expect(parseStatus({ id: 'job-1', status, delayTime: 5, workerId: 'w' })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status },
		});
	},
);

describe('the status response of a completed job', () => {
	const body = { id: 'sync-1-u1', status: 'COMPLETED', delayTime: 18, executionTime: 4_521, workerId: 'w' };

	it('yields the image with a link that expires after seven days, its cost in USD and its times', () => {
		expect(
			parseStatus({
				...body,
				output: { image_url: 'https://image.runpod.ai/abc/output.png', cost: 0.031457 },
			}),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'COMPLETED',
				images: [
					{
						kind: 'url',
						url: 'https://image.runpod.ai/abc/output.png',
						expiresAt: '2026-11-27T12:00:00.000Z',
					},
				],
				meta: { cost: 0.031457, queueMs: 18, runMs: 4_521 },
			},
		});
	});

	it('may name the image `result`, as other public endpoints do', () => {
		expect(parseStatus({ ...body, output: { result: 'https://image.runpod.ai/x.png' } })).toMatchObject({
			value: { images: [{ url: 'https://image.runpod.ai/x.png' }], meta: { cost: null } },
		});
	});

	it('yields the image even where other properties are ill-typed', () => {
		expect(
			parseStatus({
				...body,
				delayTime: '18',
				executionTime: {},
				output: { image_url: 'https://image.runpod.ai/x.png', cost: '0.03' },
			}),
		).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ url: 'https://image.runpod.ai/x.png' }],
				meta: { cost: null, queueMs: null, runMs: null },
			},
		});
	});

	it.each([[null], [{}], [{ image_url: '' }], ['text'], [[]]])(
		'is unreadable without an image: %j',
		(output) => {
			expect(parseStatus({ ...body, output })).toMatchObject({
				ok: true,
				value: { state: 'unreadable', fault: { code: 'badResponse' } },
			});
		},
	);
});

it.each([
	['FAILED', 'Invalid image URL', 'failed', 'Runpod ended the job as FAILED: Invalid image URL'],
	[
		'FAILED',
		'Error submitting task: 400, {"code":400,"message":"size is not supported"}',
		'failed',
		'Runpod ended the job as FAILED: size is not supported',
	],
	['FAILED', 'broken {json', 'failed', 'Runpod ended the job as FAILED: broken {json'],
	['FAILED', { message: 'worker exited' }, 'failed', 'Runpod ended the job as FAILED: worker exited'],
	[
		'FAILED',
		'The image was flagged by the safety checker',
		'moderated',
		'Runpod ended the job as FAILED: The image was flagged by the safety checker',
	],
	['FAILED', 'NSFW content detected', 'moderated', 'Runpod ended the job as FAILED: NSFW content detected'],
	['FAILED', undefined, 'failed', 'Runpod ended the job as FAILED'],
	['CANCELLED', undefined, 'cancelled', 'Runpod ended the job as CANCELLED'],
	['CANCELED', null, 'cancelled', 'Runpod ended the job as CANCELED'],
	['TIMED_OUT', undefined, 'failed', 'Runpod ended the job as TIMED_OUT'],
])('reads the status %s with the error %j as failed', (status, error, code, message) => {
	expect(parseStatus({ id: 'job-1', status, error })).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message, providerStatus: status },
		},
	});
});

it("reads a failed job from an error response, and no job from a gateway's own error", () => {
	const describesJob = (body: unknown) => runpod.status.readsErrorStatus?.(respond(body, 400));
	expect(
		[
			{ id: 'job-1', status: 'FAILED', error: 'x' },
			{ error: 'job not found' },
			{ status: 400 },
			'x',
			null,
		].map(describesJob),
	).toEqual([true, false, false, false, false]);
});

it('builds a submit with all fields in `input` and the image as a URL or a data URI', () => {
	const images = [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/jpeg' })];
	expect(
		runpod.submit.build(
			{
				...request,
				images,
				size: { kind: 'pixels', width: 1024, height: 768 },
				fields: { seed: 7, guidance: 2.5 },
				additionalFields: { guidance: 3, extra: { a: 1 } },
			},
			context,
		),
	).toEqual({
		ok: true,
		value: {
			method: 'POST',
			url: 'https://api.runpod.ai/v2/black-forest-labs-flux-1-kontext-dev/run',
			json: {
				input: {
					prompt: 'a red fox',
					image: 'data:image/jpeg;base64,AQID',
					size: '1024*768',
					seed: 7,
					guidance: 3,
					extra: { a: 1 },
				},
			},
		},
	});
	expect(runpod.submit.build(request, context)).toMatchObject({
		value: { json: { input: { prompt: 'a red fox', image: 'https://a.example/b.png' } } },
	});
});

it.each(['', '..', 'a/b', '..%2fadmin', 'x?y', 'a\\b', 'a b'])(
	'refuses a job whose endpoint is %j',
	(name) => {
		expect(runpod.readHandle({ id: 'job-1', endpoint: name })).toMatchObject({ ok: false });
	},
);

it('builds status and cancel requests to the endpoint of the job and encodes its id', () => {
	expect(runpod.status.build(handle, context)).toEqual({
		method: 'GET',
		url: `https://api.runpod.ai/v2/${endpoint}/status/job-1`,
	});
	expect(runpod.cancel?.build({ ...handle, id: '../purge-queue?x' }, context)).toEqual({
		method: 'POST',
		url: `https://api.runpod.ai/v2/${endpoint}/cancel/..%2Fpurge-queue%3Fx`,
	});
});

it.each([
	[401, { error: 'Unauthorized' }, 'auth', 'Runpod answered 401: Unauthorized'],
	[404, { error: 'job not found' }, 'notFound', 'Runpod answered 404: job not found'],
	[
		400,
		{ error: 'Bad Request', message: 'Error submitting task: 400, {"message":"too small"}' },
		'invalidRequest',
		'Runpod answered 400: too small',
	],
	[500, '<html></html>', 'unavailable', 'Runpod answered 500'],
])('maps HTTP status %i with %j to its fault', (status, body, code, message) => {
	expect(runpod.parseError(respond(body, status))).toMatchObject({ code, message, httpStatus: status });
});
