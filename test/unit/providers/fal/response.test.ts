import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { preparedRequest } from '../../../support/requests';

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
const readStatus = (body: unknown, status = 200) => fal.status.parse(response(body, status), handle, context);

describe('parsing the response to a submit', () => {
	it('reads the id and the addresses of the job', () => {
		const body = {
			request_id: 'job-1',
			status: 'IN_QUEUE',
			status_url: `${app}/status`,
			response_url: app,
			cancel_url: `${app}/cancel`,
			queue_position: 3,
		};
		expect(fal.submit.parse(response(body), request, context)).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'IN_QUEUE' },
		});
	});

	it('accepts a response that holds the id alone', () => {
		expect(fal.submit.parse(response({ request_id: 'job-1', status_url: 5 }), request, context)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { ...handle, statusUrl: null, responseUrl: null, cancelUrl: null },
				providerStatus: 'IN_QUEUE',
			},
		});
	});

	it.each([[{}], [{ request_id: '' }], ['<html></html>'], [null]])(
		'maps a response without an id to `badResponse`: %j',
		(body) => {
			expect(fal.submit.parse(response(body), request, context)).toMatchObject({
				ok: false,
				fault: { code: 'badResponse' },
			});
		},
	);
});

describe('parsing a status response', () => {
	it.each(['IN_QUEUE', 'IN_PROGRESS', 'in_progress', 'DAYDREAMING', ''])(
		'reads %j as pending',
		(status) => {
			expect(readStatus({ status, queue_position: 2, logs: [] }, 202)).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status, ahead: 2 },
			});
		},
	);

	it('reads COMPLETED without an error as `resultReady`, with the duration of the run', () => {
		const ready = {
			ok: true,
			value: { state: 'resultReady', handle: { ...handle, runMs: 3_142 }, providerStatus: 'COMPLETED' },
		};
		expect(readStatus({ status: 'COMPLETED', metrics: { inference_time: 3.1416 }, logs: null })).toEqual(
			ready,
		);
		expect(
			readStatus({ status: 'COMPLETED', metrics: 'none', error: null, error_type: null }),
		).toMatchObject({ value: { state: 'resultReady', handle } });
	});

	it.each([
		[
			'COMPLETED',
			{ error: 'worker died', error_type: 'runner_server_error' },
			'failed',
			'fal could not make the image: worker died',
			'runner_server_error',
		],
		[
			'COMPLETED',
			{ error: 'worker died' },
			'failed',
			'fal could not make the image: worker died',
			'COMPLETED',
		],
		[
			'COMPLETED',
			{ error: { detail: [{ loc: ['body'], msg: 'no', type: 'x' }] } },
			'failed',
			'fal could not make the image: no',
			'COMPLETED',
		],
		[
			'COMPLETED',
			{ error_type: 'request_timeout' },
			'failed',
			'fal could not make the image',
			'request_timeout',
		],
		[
			'COMPLETED',
			{ error: 'stopped', error_type: 'client_cancelled' },
			'cancelled',
			'fal could not make the image: stopped',
			'client_cancelled',
		],
		[
			'COMPLETED',
			{ error: 'no', error_type: 'content_policy_violation' },
			'moderated',
			'fal refused the prompt or an image: no',
			'content_policy_violation',
		],
		['FAILED', {}, 'failed', 'fal could not make the image', 'FAILED'],
		['CANCELED', {}, 'cancelled', 'fal could not make the image', 'CANCELED'],
	])('reads %s with %j as a failure', (status, fields, code, message, providerStatus) => {
		expect(readStatus({ status, ...fields })).toMatchObject({
			ok: true,
			value: { state: 'failed', handle, providerStatus, fault: { code, message } },
		});
	});
});
