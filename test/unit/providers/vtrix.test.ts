import { vtrix } from '../../../nodes/FluxKontext/providers/vtrix';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan } from '../../../nodes/FluxKontext/core/request/prepare';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../support/requests';

const context = { baseUrl: 'https://cloud.vtrix.ai/model', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux_kontext_pro' });
const handle = { id: 'task-1' };
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const submitted = (body: unknown) => vtrix.parseSubmit(answer(body), request, context);
const looked = (body: unknown) => vtrix.parseStatus?.(answer(body), handle, context);

describe('the answer to a submit', () => {
	it('names the task', () => {
		expect(
			submitted({
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

	it('may be wrapped, as at a sibling, and may have no status', () => {
		expect(submitted({ status: { code: 200, message: 'ok' }, data: { id: 'task-1' } })).toEqual({
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
	])('is no answer without an id: %j', (body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it('without an id tells what it says instead', () => {
		expect(submitted({ error: 'model is offline' })).toMatchObject({
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
	])('may be a refusal: %j', (body, code, message) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code, message, httpStatus: 200 } });
	});
});

describe('the state of a task', () => {
	it.each(['in_progress', 'pending', 'processing', 'IN_PROGRESS', 'daydreaming', ''])(
		'%j means that it goes on',
		(status) => {
			expect(looked({ id: 'task-1', status, progress: 0.4 })).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status, progress: 0.4 },
			});
		},
	);

	it('completed brings the image and what it cost, a text', () => {
		const output = [{ content: [{ type: 'image', url: 'https://x.example/a.png', id: 'i' }] }];
		expect(
			looked({
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
		expect(looked({ status: 'COMPLETED', output, usage })).toMatchObject({
			value: { state: 'succeeded', meta: { cost } },
		});
	});

	it('takes every image of every part, wrapped or relative, and nothing that is none', () => {
		const output = [
			{ content: [{ type: 'text', url: 'https://x.example/t' }, { url: '/files/a.png' }] },
			{ content: null },
			{ content: [{ type: 'image', url: 'https://x.example/b.png' }] },
		];
		expect(
			looked({ status: { code: 200 }, data: { id: 'task-1', status: 'completed', output } }),
		).toMatchObject({
			value: {
				images: [{ url: 'https://cloud.vtrix.ai/files/a.png' }, { url: 'https://x.example/b.png' }],
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
	])('completed makes no sense without an image: %j', (output) => {
		expect(looked({ status: 'completed', output })).toMatchObject({
			ok: false,
			fault: { code: 'badResponse' },
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
	])('%s with the error %j is an end', (status, error, code, message) => {
		expect(looked({ id: 'task-1', status, error })).toMatchObject({
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

it('asks for a task at its own address, and cannot leave it through an id', () => {
	expect(vtrix.buildStatus?.({ id: '../x?y' }, context)).toEqual({
		method: 'GET',
		url: 'https://cloud.vtrix.ai/model/v1/generation/task/..%2Fx%3Fy',
	});
});

describe('what it submits', () => {
	it('is wrapped, with what the user adds among the parameters', () => {
		const images = [bytesImage(new Uint8Array([1, 2, 3])), urlImage('https://a.example/b.png')];
		expect(
			vtrix.buildSubmit(
				{
					...request,
					images,
					size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
					fields: { seed: 7, output_format: 'png' },
					additionalFields: { safety_tolerance: 3 },
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://cloud.vtrix.ai/model/v1/generation',
				json: {
					model: 'flux_kontext_pro',
					input: [
						{
							params: {
								prompt: 'a red fox',
								input_image: 'AQID',
								input_image_2: 'https://a.example/b.png',
								aspect_ratio: '16:9',
								seed: 7,
								output_format: 'png',
								safety_tolerance: 3,
							},
						},
					],
				},
			},
		});
		expect(vtrix.buildSubmit(request, context)).toMatchObject({
			value: { json: { input: [{ params: { prompt: 'a red fox' } }] } },
		});
	});

	it('is refused unpaid where a field is ill-typed', () => {
		expect(vtrix.buildSubmit({ ...request, fields: { steps: 'many' } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('has the options of the tier', () => {
		const fieldsOf = (model: string) => {
			const planned = plan(
				vtrix,
				imageRequest({
					model,
					options: { safetyTolerance: 0, guidance: 2, steps: 30, negativePrompt: 'blur' },
				}),
				0,
			);
			return planned.ok
				? [planned.value.fields, planned.value.warnings.map(({ option }) => option)]
				: [];
		};
		expect(fieldsOf('flux_kontext_pro')).toEqual([
			{ safety_tolerance: 1 },
			['guidance', 'steps', 'negativePrompt', 'safetyTolerance'],
		]);
		expect(fieldsOf('flux_kontext_max')).toEqual([
			{ safety_tolerance: 0, guidance_scale: 2, steps: 30, negative_prompt: 'blur' },
			[],
		]);
	});
});

it.each([
	[401, { message: 'no key' }, 'auth', 'Vtrix answered 401: no key'],
	[
		403,
		{ message: 'You may not use this model' },
		'auth',
		'Vtrix answered 403: You may not use this model',
	],
	[403, { error: 'Insufficient balance' }, 'payment', 'Vtrix answered 403: Insufficient balance'],
	[
		402,
		{ status: { code: 402, message: 'Insufficient credits', error_code: 40201 }, data: null },
		'payment',
		'Vtrix answered 402: Insufficient credits',
	],
	[400, { status: { code: 400, message: 'no', error_code: 40205 } }, 'payment', 'Vtrix answered 400: no'],
	[
		400,
		{ error: { code: 1, error_message: 'sensitive content' } },
		'moderated',
		'Vtrix answered 400: sensitive content',
	],
	[400, { message: 'prompt is required' }, 'invalidRequest', 'Vtrix answered 400: prompt is required'],
	[404, { error: 'task not found' }, 'notFound', 'Vtrix answered 404: task not found'],
	[429, { message: 'slow down' }, 'rateLimited', 'Vtrix answered 429: slow down'],
	[500, '<html></html>', 'unavailable', 'Vtrix answered 500'],
])('an answer of %i with %j says what is wrong', (status, body, code, message) => {
	expect(vtrix.parseError(answer(body, status))).toMatchObject({ code, message, httpStatus: status });
});
