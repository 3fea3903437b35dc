import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { vtrix } from '../../../../nodes/FluxKontext/providers/vtrix';
import { preparedRequest } from '../../../support/requests';

const context = { baseUrl: 'https://cloud.vtrix.ai/model', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux_kontext_pro' });
const handle = { id: 'task-1' };
const respond = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => vtrix.submit.parse(respond(body), request, context);
const parseStatus = (body: unknown) => vtrix.status.parse(respond(body), handle, context);

describe('the parser of submit responses', () => {
	it('reads the task id', () => {
		expect(
			parseSubmit({
				id: 'task-1',
				status: 'in_progress',
				model: 'flux_kontext_pro',
				created_at: 1_768_800_000,
			}),
		).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'in_progress' },
		});
	});

	it('unwraps an envelope as SeaCloud sends it and needs no status', () => {
		expect(parseSubmit({ status: { code: 200, message: 'ok' }, data: { id: 'task-1' } })).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'in_progress' },
		});
	});

	it.each([
		[{}],
		[{ status: 'in_progress' }],
		[{ id: '' }],
		[{ id: 7 }],
		['<html></html>'],
		[null],
		[{ status: { code: 200 }, data: null }],
	])('rejects a response without a task id: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it('quotes the error text of a response without a task id', () => {
		expect(parseSubmit({ error: 'model is offline' })).toMatchObject({
			fault: { code: 'badResponse', message: 'Vtrix gave no id: model is offline' },
		});
	});

	it.each([
		[
			{ status: { code: 402, message: 'Insufficient credits', error_code: 40201 }, data: null },
			'payment',
			'Vtrix answered 200: Insufficient credits',
		],
		[
			{ status: { code: 401, message: 'Unauthorized' }, data: null },
			'auth',
			'Vtrix answered 200: Unauthorized',
		],
		[
			{ status: { code: 400, message: 'Flagged by moderation' } },
			'moderated',
			'Vtrix answered 200: Flagged by moderation',
		],
		[
			{ error: { code: 40208, error_message: 'No balance' } },
			'payment',
			'Vtrix answered 200: No balance',
		],
	])('maps an error in a 200 response to its fault: %j', (body, code, message) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code, message, httpStatus: 200 } });
	});
});

describe('the parser of status responses', () => {
	it.each(['in_progress', 'pending', 'processing', 'IN_PROGRESS', 'daydreaming', ''])(
		'reads the status %j as pending',
		(status) => {
			expect(parseStatus({ id: 'task-1', status, progress: 0.4 })).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status, progress: 0.4 },
			});
		},
	);

	it('reads the image and the cost, which is text, of a completed task', () => {
		const output = [{ content: [{ type: 'image', url: 'https://x.example/a.png', id: 'i' }] }];
		expect(
			parseStatus({
				id: 'task-1',
				status: 'completed',
				output,
				usage: { cost: '0.04', discount: 1 },
				metadata: {},
			}),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'completed',
				images: [{ kind: 'url', url: 'https://x.example/a.png', expiresAt: null }],
				meta: { cost: 0.04 },
			},
		});
	});

	it.each([
		[{ cost: 0.08 }, 0.08],
		[{ cost: 'free' }, null],
		[{ cost: '' }, null],
		[{ cost: null }, null],
		[null, null],
		['0.04', null],
	])('reads the cost of %j', (usage, cost) => {
		const output = [{ content: [{ url: 'https://x.example/a.png' }] }];
		expect(parseStatus({ status: 'COMPLETED', output, usage })).toMatchObject({
			value: { state: 'succeeded', meta: { cost } },
		});
	});

	it('collects the images of all parts, whatever their type, and resolves relative links', () => {
		const output = [
			{ content: [{ type: 'text', url: 'https://x.example/t' }, { url: '/files/a.png' }] },
			{ content: null },
			{ content: [{ type: 'image', url: 'https://x.example/b.png' }] },
		];
		expect(
			parseStatus({ status: { code: 200 }, data: { id: 'task-1', status: 'completed', output } }),
		).toMatchObject({
			value: {
				images: [
					{ url: 'https://x.example/t' },
					{ url: 'https://cloud.vtrix.ai/files/a.png' },
					{ url: 'https://x.example/b.png' },
				],
			},
		});
	});

	it.each([
		[undefined],
		[null],
		[[]],
		[[{ content: [] }]],
		[[{ content: [{ type: 'image', url: '' }] }]],
		['text'],
	])('finds a completed task without an image unreadable: %j', (output) => {
		expect(parseStatus({ status: 'completed', output })).toMatchObject({
			ok: true,
			value: { state: 'unreadable', fault: { code: 'badResponse' } },
		});
	});

	it.each([
		['failed', 'out of memory', 'failed', 'Vtrix ended the job as failed: out of memory'],
		['failed', { code: '002014001', message: 'no' }, 'failed', 'Vtrix ended the job as failed: no'],
		['failed', { code: 123, error_message: 'no' }, 'failed', 'Vtrix ended the job as failed: no'],
		[
			'failed',
			{ code: 40203, message: 'no balance' },
			'payment',
			'Vtrix ended the job as failed: no balance',
		],
		[
			'failed',
			{ code: 1, message: 'flagged as NSFW' },
			'moderated',
			'Vtrix ended the job as failed: flagged as NSFW',
		],
		['failed', null, 'failed', 'Vtrix ended the job as failed'],
		[
			'completed',
			'CONTENT moderated',
			'moderated',
			'Vtrix ended the job as completed: CONTENT moderated',
		],
		['cancelled', null, 'cancelled', 'Vtrix ended the job as cancelled'],
		['CANCELED', null, 'cancelled', 'Vtrix ended the job as CANCELED'],
	])('reads the status %s with the error %j as failed', (status, error, code, message) => {
		expect(parseStatus({ id: 'task-1', status, error })).toMatchObject({
			ok: true,
			value: {
				state: 'failed',
				handle,
				providerStatus: status,
				fault: { code, message, providerStatus: status },
			},
		});
	});
});
