import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { theRouter } from '../../../nodes/FluxKontext/providers/theRouter';
import { bytesImage, preparedRequest } from '../../support/requests';

const model = 'black-forest-labs/flux-kontext-dev';
const context = { baseUrl: 'https://api.therouter.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const inSevenDays = '2026-11-27T12:00:00.000Z';
const request = preparedRequest({ model });
const handle = { id: 'img_1' };
const response = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => theRouter.submit.parse(response(body, 202), request, context);
const parseStatus = (body: unknown) => theRouter.status.parse(response(body), handle, context);

describe('the response to a submit', () => {
	it.each([
		[
			'complete',
			{
				id: 'img_1',
				object: 'image_job',
				status: 'queued',
				model,
				created_at: 1_778_637_249,
				polling_url: 'https://api.therouter.ai/v1/jobs/img_1',
				expires_at: 1_779_242_049,
			},
		],
		['as on the page about async media', { id: 'img_1', status: 'queued', model }],
		['as on the news page', { id: 'img_1', status: 'queued', expires_at: '2026-05-20T00:00:00Z' }],
		['with the id alone', { id: 'img_1' }],
		[
			'with ill-typed optional properties',
			{ id: 'img_1', status: 7, expires_at: {}, unsigned_urls: 'x', result: [] },
		],
	])('gives the handle of the job: %s', (_, body) => {
		expect(parseSubmit(body)).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'queued' },
		});
	});

	it.each([[{ status: 'queued' }], [{ id: '' }], [{ id: 1 }], ['<html></html>'], [null]])(
		'is unreadable without an id: %j',
		(body) => {
			expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);
});

it.each(['queued', 'in_progress', 'IN_PROGRESS', 'unheard_of', ''])(
	'treats the status %j as pending',
	(status) => {
		expect(parseStatus({ id: 'img_1', status })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status },
		});
	},
);

describe('the status response of a succeeded job', () => {
	const images = (body: object) => {
		const parsed = parseStatus({ id: 'img_1', status: 'succeeded', ...body });
		return parsed.ok && parsed.value.state === 'succeeded' ? parsed.value.images : parsed;
	};

	it('holds the link of the image in either documented shape', () => {
		expect(
			parseStatus({
				id: 'img_1',
				status: 'succeeded',
				model,
				unsigned_urls: ['https://s3.example/a.png?X-Amz-Signature=1'],
			}),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'succeeded',
				images: [
					{
						kind: 'url',
						url: 'https://s3.example/a.png?X-Amz-Signature=1',
						expiresAt: inSevenDays,
					},
				],
				meta: {},
			},
		});
		expect(
			images({ result: { data: [{ url: 'https://s3.example/a.png' }] }, expires_at: 1_795_176_000 }),
		).toEqual([
			{
				kind: 'url',
				url: 'https://s3.example/a.png',
				expiresAt: new Date(1_795_176_000_000).toISOString(),
			},
		]);
	});

	it('may hold the image as base64', () => {
		expect(images({ result: { data: [{ b64_json: 'AQID' }] } })).toEqual([
			{ kind: 'base64', data: 'AQID' },
		]);
	});

	it('may hold several images', () => {
		expect(images({ unsigned_urls: ['https://s3.example/a', 'https://s3.example/b'] })).toHaveLength(2);
		expect(
			images({
				unsigned_urls: [],
				result: { data: [{ url: 'https://s3.example/a' }, {}, { url: 7, b64_json: 'AQID' }] },
			}),
		).toHaveLength(2);
	});

	it.each([
		[1_795_176_000, '2026-11-20T12:00:00.000Z'],
		['2026-12-01T00:00:00Z', '2026-12-01T00:00:00.000Z'],
		['soon', inSevenDays],
		[null, inSevenDays],
		[1e300, inSevenDays],
	])('gives the expiry of the link: expires_at %j', (expiresAt, iso) => {
		expect(images({ unsigned_urls: ['https://s3.example/a'], expires_at: expiresAt })).toEqual([
			{ kind: 'url', url: 'https://s3.example/a', expiresAt: iso },
		]);
	});

	it.each([
		[{}],
		[{ unsigned_urls: [] }],
		[{ result: null }],
		[{ result: { data: [] } }],
		[{ result: { data: [{}] } }],
	])('is unreadable without an image: %j', (body) => {
		expect(images(body)).toMatchObject({
			ok: true,
			value: { state: 'unreadable', fault: { code: 'badResponse' } },
		});
	});
});

it.each([
	[
		'failed',
		{ message: 'The model failed', type: 'image_generation_error', code: 'generation_failed' },
		'failed',
		'TheRouter ended the job as failed: The model failed',
	],
	['failed', 'no reason', 'failed', 'TheRouter ended the job as failed: no reason'],
	['failed', undefined, 'failed', 'TheRouter ended the job as failed'],
	[
		'FAILED',
		{ message: 'The request was flagged', code: 'content_policy_violation' },
		'moderated',
		'TheRouter ended the job as failed: The request was flagged',
	],
	['cancelled', null, 'cancelled', 'TheRouter ended the job as cancelled'],
	['expired', null, 'expired', 'TheRouter ended the job as expired'],
])('treats the status %s with the error %j as a failure', (status, error, code, message) => {
	expect(parseStatus({ id: 'img_1', status, error })).toMatchObject({
		ok: true,
		value: { state: 'failed', handle, providerStatus: status, fault: { code, message } },
	});
});

describe('the request to submit', () => {
	it('is JSON to generate', () => {
		expect(
			theRouter.submit.build(
				{
					...request,
					size: { kind: 'pixels', width: 1360, height: 768 },
					fields: { seed: 7 },
					additionalFields: { n: 1 },
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.therouter.ai/v1/images/generations?async=true',
				json: { model, prompt: 'a red fox', size: '1360x768', seed: 7, n: 1 },
			},
		});
	});

	it('is a form to edit, with the image as a file and everything else as text', () => {
		const bytes = new Uint8Array([1, 2, 3]);
		const edit = {
			...request,
			operation: 'edit' as const,
			images: [bytesImage(bytes, { fileName: 'in.webp', mimeType: 'image/webp' })],
			fields: { seed: 7 },
			additionalFields: { user: 'me', extra: { a: 1 } },
		};
		expect(theRouter.submit.build(edit, context)).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.therouter.ai/v1/images/edits?async=true',
				form: [
					{ name: 'model', value: model },
					{ name: 'prompt', value: 'a red fox' },
					{ name: 'seed', value: '7' },
					{ name: 'user', value: 'me' },
					{ name: 'extra', value: '{"a":1}' },
					{ name: 'image', fileName: 'in.webp', mimeType: 'image/webp', bytes },
				],
			},
		});
	});
});

it('requests the status by the encoded id, which cannot change the path', () => {
	expect(theRouter.status.build({ id: 'img_1' }, context)).toEqual({
		method: 'GET',
		url: 'https://api.therouter.ai/v1/jobs/img_1',
	});
	expect(theRouter.status.build({ id: '../models?x#y' }, context)).toEqual({
		method: 'GET',
		url: 'https://api.therouter.ai/v1/jobs/..%2Fmodels%3Fx%23y',
	});
});

it.each([
	[
		401,
		{ error: { message: 'Invalid API key', type: 'authentication_error', code: 'invalid_api_key' } },
		'auth',
		'TheRouter answered 401: Invalid API key',
	],
	[402, { error: 'no balance' }, 'payment', 'TheRouter answered 402: no balance'],
	[
		404,
		{ error: { message: 'The job img_1 does not exist' } },
		'notFound',
		'TheRouter answered 404: The job img_1 does not exist',
	],
	[502, '<html></html>', 'unavailable', 'TheRouter answered 502'],
])('maps %i with %j to `%s`', (status, body, code, message) => {
	expect(theRouter.parseError(response(body, status))).toMatchObject({ code, message, httpStatus: status });
});
