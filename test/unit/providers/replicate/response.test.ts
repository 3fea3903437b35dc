import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { preparedRequest } from '../../../support/requests';

const context = {
	baseUrl: 'https://api.replicate.com/v1',
	waitMs: 600_000,
	now: Date.parse('2026-11-20T12:00:00Z'),
};
const jobUrl = 'https://api.replicate.com/v1/predictions/job1';
const handle = { id: 'job1', getUrl: jobUrl, cancelUrl: `${jobUrl}/cancel` };
const pro = 'black-forest-labs/flux-kontext-pro';
const request = preparedRequest({ model: pro });
const respond = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const prediction = (overrides: object) => ({
	id: 'job1',
	model: pro,
	version: 'hidden',
	input: {},
	output: null,
	error: null,
	logs: '',
	urls: { get: jobUrl, cancel: `${jobUrl}/cancel`, web: 'x' },
	metrics: {},
	data_removed: false,
	...overrides,
});
const parseSubmit = (body: unknown) => replicate.submit.parse(respond(body, 201), request, context);
const parseStatus = (body: unknown) => replicate.status.parse(respond(body), handle, context);
const url = 'https://replicate.delivery/xezq/a/out.png';

describe('the parser of submit responses', () => {
	it('reads the id and the URLs of the job', () => {
		expect(parseSubmit(prediction({ status: 'starting' }))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'starting' },
		});
		expect(parseSubmit({ id: 'job1', status: 'processing' })).toMatchObject({
			value: { handle: { id: 'job1', getUrl: null, cancelUrl: null } },
		});
	});

	it('reads a finished job, where the submit waited for it', () => {
		expect(parseSubmit(prediction({ status: 'succeeded', output: url }))).toMatchObject({
			value: { state: 'succeeded', handle, images: [{ url }] },
		});
		expect(parseSubmit(prediction({ status: 'failed', error: 'broken' }))).toMatchObject({
			value: { state: 'failed', handle, fault: { code: 'failed' } },
		});
	});

	it.each([
		[{ status: 'starting' }],
		[{ id: '', status: 'starting' }],
		[{ id: 'job1' }],
		['<html></html>'],
		[null],
	])('rejects a response without an id or a status: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

it.each(['starting', 'processing', 'PROCESSING', 'daydreaming', ''])(
	'reads the status %j as pending',
	(status) => {
		expect(parseStatus(prediction({ status }))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: status },
		});
	},
);

describe('the status response of a succeeded job', () => {
	const body = prediction({
		status: 'succeeded',
		metrics: { predict_time: 4.5213, total_time: 4.9 },
		completed_at: '2026-11-20T11:59:58.500Z',
	});
	const ref = { kind: 'url', url, expiresAt: '2026-11-20T12:59:58.500Z' };

	it('yields the image, whose link expires an hour after the job ended, and the time of work', () => {
		expect(parseStatus({ ...body, output: url })).toEqual({
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

	it('may hold a list of images, or a data URI', () => {
		expect(parseStatus({ ...body, output: [url, '', 5, url] })).toMatchObject({
			value: { images: [ref, ref] },
		});
		expect(parseStatus({ ...body, output: 'data:image/png;base64,AQID' })).toMatchObject({
			value: { images: [{ kind: 'base64', data: 'AQID' }] },
		});
	});

	it('yields the image even where other properties are ill-typed', () => {
		expect(
			parseStatus({
				...body,
				output: url,
				metrics: 'x',
				completed_at: 'soon',
				data_removed: 'no',
				urls: 5,
			}),
		).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ url, expiresAt: '2026-11-20T13:00:00.000Z' }],
				meta: { runMs: null },
			},
		});
	});

	it('is mapped to `expired` where the image was removed', () => {
		expect(parseStatus({ ...body, output: null, data_removed: true })).toMatchObject({
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

	it.each([[null], [''], [[]], [{ text: 'a fox' }], ['a fox'], [7]])(
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
])('reads the status %s with the error %j as failed', (status, error, code, message) => {
	expect(parseStatus(prediction({ status, error }))).toMatchObject({
		ok: true,
		value: {
			state: 'failed',
			handle,
			providerStatus: status,
			fault: { code, message, providerStatus: status },
		},
	});
});
