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
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const submitted = (body: unknown) => runpod.parseSubmit(answer(body), request, context);
const looked = (body: unknown) => runpod.parseStatus?.(answer(body), handle, context);

it('the answer to a submit names the job; its endpoint is part of the handle', () => {
	expect(submitted({ id: 'job-1', status: 'IN_QUEUE' })).toEqual({
		ok: true,
		value: { state: 'pending', handle, providerStatus: 'IN_QUEUE' },
	});
});

it.each([[{ status: 'IN_QUEUE' }], [{ id: '', status: 'IN_QUEUE' }], ['<html></html>'], [null], [undefined]])(
	'%j is no answer to a submit',
	(body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	},
);

it.each(['IN_QUEUE', 'IN_PROGRESS', 'RUNNING', 'QUEUED', 'in_progress', 'DAYDREAMING', ''])(
	'%j means that the job goes on',
	(status) => {
		expect(looked({ id: 'job-1', status, delayTime: 5, workerId: 'w' })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status },
		});
	},
);

describe('a completed job', () => {
	const body = { id: 'sync-1-u1', status: 'COMPLETED', delayTime: 18, executionTime: 4_521, workerId: 'w' };

	it('brings the image, its cost in USD and its times; the link lives seven days', () => {
		expect(
			looked({
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

	it('may name the image as `result`, as sibling endpoints do', () => {
		expect(looked({ ...body, output: { result: 'https://image.runpod.ai/x.png' } })).toMatchObject({
			value: { images: [{ url: 'https://image.runpod.ai/x.png' }], meta: { cost: null } },
		});
	});

	it('does not lose the image to facts of another type', () => {
		expect(
			looked({
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
		'makes no sense without an image: %j',
		(output) => {
			expect(looked({ ...body, output })).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
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
])('%s with the error %j is an end', (status, error, code, message) => {
	expect(looked({ id: 'job-1', status, error })).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message, providerStatus: status },
		},
	});
});

it("a failed job is read from an error answer, which a gateway's own error is not", () => {
	const reads = (body: unknown) => runpod.readsErrorStatus?.(answer(body, 400));
	expect(
		[
			{ id: 'job-1', status: 'FAILED', error: 'x' },
			{ error: 'job not found' },
			{ status: 400 },
			'x',
			null,
		].map(reads),
	).toEqual([true, false, false, false, false]);
});

it('submits all of it within `input`, with the image as an address or as a data URI', () => {
	const images = [bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/jpeg' })];
	expect(
		runpod.buildSubmit(
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
	expect(runpod.buildSubmit(request, context)).toMatchObject({
		value: { json: { input: { prompt: 'a red fox', image: 'https://a.example/b.png' } } },
	});
});

it('asks for and cancels a job at its endpoint, and cannot leave its path through an id', () => {
	expect(runpod.buildStatus?.(handle, context)).toEqual({
		method: 'GET',
		url: `https://api.runpod.ai/v2/${endpoint}/status/job-1`,
	});
	expect(runpod.buildCancel?.({ ...handle, id: '../purge-queue?x' }, context)).toEqual({
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
])('an answer of %i says what is wrong', (status, body, code, message) => {
	expect(runpod.parseError(answer(body, status))).toMatchObject({ code, message, httpStatus: status });
});
