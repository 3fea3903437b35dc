import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { preparedRequest } from '../../../support/requests';

const context = { baseUrl: 'https://api.bfl.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'job-1', pollingUrl: 'https://api.us1.bfl.ai/v1/get_result?id=job-1', credits: 4 };
const respond = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const parseSubmit = (body: unknown) => blackForestLabs.submit.parse(respond(body), request, context);
const parseStatus = (body: unknown) => blackForestLabs.status.parse(respond(body), handle, context);
const empty = { id: 'job-1', result: null, progress: null, details: null, preview: null };

describe('the parser of submit responses', () => {
	it('reads the id of the job, its polling URL and its cost', () => {
		expect(
			parseSubmit({
				id: 'job-1',
				polling_url: handle.pollingUrl,
				cost: 4,
				input_mp: 0.3,
				output_mp: 1,
			}),
		).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'Pending' },
		});
	});

	it.each([
		[
			'the response to a submit with a webhook',
			{ id: 'job-1', status: 'Pending', webhook_url: 'https://a.example' },
		],
		['nulls', { id: 'job-1', polling_url: null, cost: null }],
		['ill-typed properties', { id: 'job-1', polling_url: 7, cost: 'four' }],
	])('needs nothing but the id: %s', (_, body) => {
		expect(parseSubmit(body)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { id: 'job-1', pollingUrl: null, credits: null },
				providerStatus: 'Pending',
			},
		});
	});

	it.each([[{}], [{ id: '' }], [{ id: 7 }], ['<html></html>'], [null], [[]]])(
		'rejects a response without an id: %j',
		(body) => {
			expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);
});

describe('the parser of status responses', () => {
	it.each(['Pending', 'Reasoning', 'Generating', 'pending', 'Dreaming', ''])(
		'reads the status %j as pending',
		(status) => {
			expect(parseStatus({ ...empty, status })).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status },
			});
		},
	);

	it('reads the image of a Ready job, its link, which expires after ten minutes, and its facts', () => {
		const result = {
			sample: 'https://delivery.us1.bfl.ai/a.png?sig=1',
			prompt: 'A red fox',
			seed: 42,
			start_time: 1_700_000_000.25,
			end_time: 1_700_000_004.5,
			duration: 4.25,
		};
		expect(parseStatus({ ...empty, status: 'Ready', result })).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'Ready',
				images: [
					{
						kind: 'url',
						url: 'https://delivery.us1.bfl.ai/a.png?sig=1',
						expiresAt: '2026-11-20T12:10:00.000Z',
					},
				],
				meta: { seed: 42, revisedPrompt: 'A red fox', cost: 0.04, runMs: 4_250 },
			},
		});
	});

	it('prefers a cost in the status response to that of the submit', () => {
		expect(
			parseStatus({ ...empty, status: 'Ready', result: { sample: 'https://x.example/a' }, cost: 6 }),
		).toMatchObject({
			value: { meta: { cost: 0.06, seed: null, revisedPrompt: null, runMs: null } },
		});
	});

	it('reads the image even where other properties are ill-typed', () => {
		const result = {
			sample: 'https://x.example/a',
			seed: '42',
			prompt: ['A'],
			start_time: 'now',
			end_time: {},
		};
		expect(parseStatus({ ...empty, status: 'Ready', result, cost: '4' })).toMatchObject({
			ok: true,
			value: {
				state: 'succeeded',
				images: [{ url: 'https://x.example/a' }],
				meta: { seed: null, revisedPrompt: null, cost: 0.04, runMs: null },
			},
		});
	});

	it.each([[null], [{}], [{ sample: null }], [{ sample: '' }], ['https://x.example/a']])(
		'finds Ready without an image unreadable: %j',
		(result) => {
			expect(parseStatus({ ...empty, status: 'Ready', result })).toMatchObject({
				ok: true,
				value: { state: 'unreadable', fault: { code: 'badResponse' } },
			});
		},
	);

	it.each([
		[
			'Error',
			{ error: 'out of memory' },
			'failed',
			'Black Forest Labs could not make the image: out of memory',
		],
		['Error', null, 'failed', 'Black Forest Labs could not make the image'],
		['Failed', { message: 'no' }, 'failed', 'Black Forest Labs could not make the image: no'],
		[
			'Request Moderated',
			{ 'Moderation Reasons': ['Derivative Works Filter', 'Image 2'] },
			'moderated',
			'Black Forest Labs refused the prompt or an input image: Derivative Works Filter, Image 2',
		],
		[
			'Request Moderated',
			{ 'Moderation Reasons': [{ toString: 1 }] },
			'moderated',
			'Black Forest Labs refused the prompt or an input image',
		],
		['Request Moderated', null, 'moderated', 'Black Forest Labs refused the prompt or an input image'],
		[
			'Content Moderated',
			{ 'Moderation Reasons': ['Sexual Content'] },
			'moderated',
			'Black Forest Labs refused the finished image: Sexual Content',
		],
		['Task not found', null, 'notFound', 'Black Forest Labs does not know this job (any more)'],
		['error', null, 'failed', 'Black Forest Labs could not make the image'],
	])('reads the status %s with the details %j as failed', (status, details, code, message) => {
		expect(parseStatus({ ...empty, status, details })).toMatchObject({
			ok: true,
			value: {
				state: 'failed',
				handle,
				providerStatus: status,
				fault: { code, message, providerStatus: status },
			},
		});
	});

	it('is used for an error response with a status word, and for no other', () => {
		const describesJob = (body: unknown) => blackForestLabs.status.readsErrorStatus?.(respond(body, 503));
		expect(
			[{ status: 'Error', details: {} }, { detail: 'busy' }, { status: 503 }, 'busy', null].map(
				describesJob,
			),
		).toEqual([true, false, false, false, false]);
	});
});
