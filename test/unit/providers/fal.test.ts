import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { fal } from '../../../nodes/FluxKontext/providers/fal';
import { bytesImage, preparedRequest, urlImage } from '../../support/requests';

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
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const looked = (body: unknown, status = 200) => fal.parseStatus?.(answer(body, status), handle, context);
const fetched = (body: unknown, status = 200) =>
	fal.parseResult?.(answer(body, status), { ...handle, runMs: 1_250 }, context);
const submit = (more: Partial<typeof request>) => {
	const built = fal.buildSubmit({ ...request, ...more }, context);
	return built.ok
		? { url: built.value.url.replace(context.baseUrl, ''), json: built.value.json }
		: built.fault;
};
const one = [urlImage('https://a.example/1.png')];
const two = [...one, bytesImage(new Uint8Array([1, 2, 3]), { mimeType: 'image/webp' })];

describe('the answer to a submit', () => {
	it('names the job and its addresses', () => {
		const body = {
			request_id: 'job-1',
			status: 'IN_QUEUE',
			status_url: `${app}/status`,
			response_url: app,
			cancel_url: `${app}/cancel`,
			queue_position: 3,
		};
		expect(fal.parseSubmit(answer(body), request, context)).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'IN_QUEUE' },
		});
	});

	it('may name the job alone', () => {
		expect(fal.parseSubmit(answer({ request_id: 'job-1', status_url: 5 }), request, context)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { ...handle, statusUrl: null, responseUrl: null, cancelUrl: null },
				providerStatus: 'IN_QUEUE',
			},
		});
	});

	it.each([[{}], [{ request_id: '' }], ['<html></html>'], [null]])(
		'makes no sense without an id: %j',
		(body) => {
			expect(fal.parseSubmit(answer(body), request, context)).toMatchObject({
				ok: false,
				fault: { code: 'badResponse' },
			});
		},
	);
});

describe('addresses', () => {
	const urls = (some: typeof handle) => [
		fal.buildStatus?.(some, context),
		fal.buildResult?.(some, context),
		fal.buildCancel?.(some, context),
	];
	const called = (at: string, result = at) => [
		{ method: 'GET', url: `${at}/status` },
		{ method: 'GET', url: result },
		{ method: 'PUT', url: `${at}/cancel` },
	];

	it('are those of the answer, also with the whole endpoint or on another host of fal', () => {
		const full = 'https://eu.queue.fal.run/fal-ai/flux-pro/kontext/max/requests/job-1';
		expect(urls(handle)).toEqual(called(app));
		expect(
			urls({
				...handle,
				statusUrl: `${full}/status`,
				responseUrl: `${full}/response`,
				cancelUrl: `${full}/cancel`,
			}),
		).toEqual(called(full, `${full}/response`));
	});

	it.each([
		['missing', null],
		['on a foreign host', 'https://queue.fal.run.example/x'],
		['without TLS', 'http://queue.fal.run/x'],
		['no address', 'x'],
	])('are built from owner and app where the answer has them %s', (_, url) => {
		const read = fal.parseSubmit(
			answer({ request_id: 'job-1', status_url: url, response_url: url, cancel_url: url }),
			request,
			context,
		);
		expect(read).toMatchObject({
			ok: true,
			value: { handle: { statusUrl: null, responseUrl: null, cancelUrl: null } },
		});
		expect(read.ok && urls(read.value.handle as typeof handle)).toEqual(called(app));
	});

	it('cannot be left through an id', () => {
		expect(fal.buildStatus?.({ ...handle, id: '../x?y', statusUrl: null }, context).url).toBe(
			'https://queue.fal.run/fal-ai/flux-pro/requests/..%2Fx%3Fy/status',
		);
	});
});

describe('the status', () => {
	it.each(['IN_QUEUE', 'IN_PROGRESS', 'in_progress', 'DAYDREAMING', ''])(
		'%j means that the job goes on',
		(status) => {
			expect(looked({ status, queue_position: 2, logs: [] }, 202)).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status, ahead: 2 },
			});
		},
	);

	it('COMPLETED without an error says that the result is there, and how long the run took', () => {
		const ready = {
			ok: true,
			value: { state: 'resultReady', handle: { ...handle, runMs: 3_142 }, providerStatus: 'COMPLETED' },
		};
		expect(looked({ status: 'COMPLETED', metrics: { inference_time: 3.1416 }, logs: null })).toEqual(
			ready,
		);
		expect(looked({ status: 'COMPLETED', metrics: 'none', error: null, error_type: null })).toMatchObject(
			{ value: { state: 'resultReady', handle } },
		);
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
	])('%s with %j is a failure', (status, more, code, message, word) => {
		expect(looked({ status, ...more })).toMatchObject({
			ok: true,
			value: { state: 'failed', handle, providerStatus: word, fault: { code, message } },
		});
	});
});

describe('the result', () => {
	const image = {
		url: 'https://v3.fal.media/files/a/b.png',
		width: 1024,
		height: 768,
		content_type: 'image/png',
	};
	const ref = { kind: 'url', url: image.url, expiresAt: '2026-11-27T12:00:00.000Z' };

	it('brings the images, the seed and the prompt; the links live seven days', () => {
		expect(
			fetched({
				images: [image, image],
				seed: 7,
				prompt: 'a fox',
				has_nsfw_concepts: [false, false],
				timings: {},
			}),
		).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { ...handle, runMs: 1_250 },
				providerStatus: 'COMPLETED',
				images: [ref, ref],
				meta: { seed: 7, revisedPrompt: 'a fox', runMs: 1_250 },
			},
		});
	});

	it('may bring an image as a data URI', () => {
		expect(fetched({ images: [{ url: 'data:image/png;base64,AQID' }] })).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ kind: 'base64', data: 'AQID' }],
				meta: { seed: null, revisedPrompt: null },
			},
		});
	});

	it('is moderated when every image is flagged, and delivered when only some are', () => {
		expect(fetched({ images: [image], has_nsfw_concepts: [true] })).toMatchObject({
			value: {
				state: 'failed',
				providerStatus: 'has_nsfw_concepts',
				fault: {
					code: 'moderated',
					message: 'fal flagged the finished image as not safe for work',
					retryable: false,
				},
			},
		});
		for (const has_nsfw_concepts of [[true, false], [true], [], null, 'no', ['x']]) {
			expect(fetched({ images: [image, image], has_nsfw_concepts })).toMatchObject({
				value: { state: 'succeeded', images: [ref, ref] },
			});
		}
	});

	it.each([[{}], [{ images: [] }], [{ images: [{ url: '' }] }], [{ images: 'x' }], [null]])(
		'makes no sense without an image: %j',
		(body) => {
			expect(fetched(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);

	const model = (type: string, msg: string, field?: string) => ({
		detail: [{ loc: ['body', ...(field ? [field] : [])], msg, type }],
	});
	it.each([
		[
			422,
			model('content_policy_violation', 'flagged', 'prompt'),
			'moderated',
			'fal refused the prompt or an image: prompt: flagged',
			'content_policy_violation',
		],
		[
			422,
			model('image_load_error', 'cannot be read', 'image_url'),
			'invalidRequest',
			'fal could not make the image: image_url: cannot be read',
			'image_load_error',
		],
		[
			504,
			model('generation_timeout', 'too long'),
			'failed',
			'fal could not make the image: too long',
			'generation_timeout',
		],
		[
			500,
			model('downstream_service_error', 'broken'),
			'failed',
			'fal could not make the image: broken',
			'downstream_service_error',
		],
		[
			504,
			{ detail: 'too long', error_type: 'request_timeout' },
			'failed',
			'fal could not make the image: too long',
			'request_timeout',
		],
		[
			503,
			{ detail: 'no runner', error_type: 'runner_scheduling_failure' },
			'failed',
			'fal could not make the image: no runner',
			'runner_scheduling_failure',
		],
		[
			499,
			{ detail: 'stopped', error_type: 'client_cancelled' },
			'cancelled',
			'fal could not make the image: stopped',
			'client_cancelled',
		],
	])(
		'an answer of %i that tells of the run is the end of the job: %j',
		(status, body, code, message, word) => {
			expect(fal.readsErrorStatus?.(answer(body, status))).toBe(true);
			for (const read of [fetched, looked]) {
				expect(read(body, status)).toMatchObject({
					ok: true,
					value: {
						state: 'failed',
						providerStatus: word,
						fault: { code, message, httpStatus: status },
					},
				});
			}
		},
	);

	it.each([
		[500, { detail: 'Internal Server Error', error_type: 'internal_error' }],
		[503, { detail: 'busy' }],
		[502, '<html></html>'],
		[404, { status: 'NOT_FOUND' }],
		[401, { detail: 'no key', error_type: 'request_timeout' }],
		[429, { detail: ['x'] }],
	])('an answer of %i that does not is trouble of that request: %j', (status, body) => {
		expect(fal.readsErrorStatus?.(answer(body, status))).toBe(false);
	});
});

describe('a submit', () => {
	it.each([
		['kontext/pro', [], '/fal-ai/flux-pro/kontext/text-to-image'],
		['kontext/pro', one, '/fal-ai/flux-pro/kontext'],
		['kontext/pro', two, '/fal-ai/flux-pro/kontext/multi'],
		['kontext/max', [], '/fal-ai/flux-pro/kontext/max/text-to-image'],
		['kontext/max', one, '/fal-ai/flux-pro/kontext/max'],
		['kontext/max', two, '/fal-ai/flux-pro/kontext/max/multi'],
		['kontext/dev', [], '/fal-ai/flux-kontext/dev/text-to-image'],
		['kontext/dev', one, '/fal-ai/flux-kontext/dev'],
		['fal-ai/flux-2-pro', [], '/fal-ai/flux-2-pro'],
		['fal-ai/flux-kontext-lora', one, '/fal-ai/flux-kontext-lora'],
		['blackforestlabs/flux-3/text-to-image', [], '/blackforestlabs/flux-3/text-to-image'],
	])('of %s with %j goes to %s', (model, images, url) => {
		expect(submit({ model, images, operation: images.length > 0 ? 'edit' : 'generate' })).toMatchObject({
			url,
		});
	});

	it('names one image or lists several, as address or data URI', () => {
		expect(submit({ operation: 'edit', images: one })).toEqual({
			url: '/fal-ai/flux-pro/kontext',
			json: { prompt: 'a red fox', image_url: 'https://a.example/1.png', output_format: 'png' },
		});
		const image_urls = ['https://a.example/1.png', 'data:image/webp;base64,AQID'];
		expect(submit({ operation: 'edit', images: two })).toMatchObject({ json: { image_urls } });
		expect(submit({ operation: 'edit', images: two })).not.toHaveProperty('json.image_url');
	});

	it('tells another endpoint nothing that was not asked for, and lists the image for one that edits', () => {
		expect(submit({ model: 'fal-ai/flux-2-pro' })).toEqual({
			url: '/fal-ai/flux-2-pro',
			json: { prompt: 'a red fox' },
		});
		expect(submit({ model: 'fal-ai/flux-2-pro/edit', operation: 'edit', images: one })).toEqual({
			url: '/fal-ai/flux-2-pro/edit',
			json: { prompt: 'a red fox', image_urls: ['https://a.example/1.png'] },
		});
	});

	it('tells a ratio as aspect_ratio, and dev as resolution_mode', () => {
		const size = { kind: 'ratio', ratio: { w: 3, h: 2 } } as const;
		expect(submit({ size })).toMatchObject({ json: { aspect_ratio: '3:2' } });
		expect(submit({ model: 'kontext/dev', operation: 'edit', images: one, size })).toEqual({
			url: '/fal-ai/flux-kontext/dev',
			json: {
				prompt: 'a red fox',
				image_url: 'https://a.example/1.png',
				resolution_mode: '3:2',
				output_format: 'png',
			},
		});
		expect(submit({ model: 'kontext/dev', operation: 'edit', images: one })).toMatchObject({
			json: { resolution_mode: 'match_input' },
		});
	});

	it('merges the additional fields last', () => {
		expect(
			submit({
				fields: { seed: 7, safety_tolerance: '3' },
				additionalFields: { seed: 8, sync_mode: true },
			}),
		).toMatchObject({ json: { seed: 8, safety_tolerance: '3', sync_mode: true } });
	});

	it.each(['flux-2-pro', '', 'fal-ai/', 'fal-ai/../x', '../x', 'fal-ai/x?y=1', 'https://x.example/a'])(
		'of the model %j is refused unpaid',
		(model) => {
			expect(submit({ model })).toMatchObject({
				code: 'invalidRequest',
				message: expect.stringContaining(`"${model}"`) as unknown,
			});
		},
	);

	it('is refused where a field is not what fal takes', () => {
		expect(submit({ fields: { safety_tolerance: 2 } })).toMatchObject({
			code: 'invalidRequest',
			message: expect.stringContaining('safety_tolerance') as unknown,
		});
	});
});

it.each([
	[
		401,
		{ detail: 'Authentication is required' },
		'auth',
		'fal answered 401: Authentication is required',
		null,
	],
	[
		403,
		{
			detail: 'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.',
		},
		'payment',
		'fal answered 403: User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.',
		null,
	],
	[403, { detail: 'Forbidden' }, 'auth', 'fal answered 403: Forbidden', null],
	[404, { status: 'NOT_FOUND' }, 'notFound', 'fal answered 404: NOT_FOUND', 'NOT_FOUND'],
	[
		400,
		{ status: 'ALREADY_COMPLETED' },
		'invalidRequest',
		'fal answered 400: ALREADY_COMPLETED',
		'ALREADY_COMPLETED',
	],
	[
		422,
		{ detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
		'invalidRequest',
		'fal answered 422: prompt: Field required',
		'missing',
	],
	[
		422,
		{ detail: [{ loc: ['body', 'prompt'], msg: 'no', type: 'content_policy_violation' }] },
		'moderated',
		'fal answered 422: prompt: no',
		'content_policy_violation',
	],
	[
		429,
		{ detail: 'Too many requests', error_type: 'concurrent_requests_limit' },
		'rateLimited',
		'fal answered 429: Too many requests',
		'concurrent_requests_limit',
	],
	[
		499,
		{ detail: 'stopped', error_type: 'client_cancelled' },
		'cancelled',
		'fal answered 499: stopped',
		'client_cancelled',
	],
	[
		504,
		{ detail: 'slow', error_type: 'startup_timeout' },
		'unavailable',
		'fal answered 504: slow',
		'startup_timeout',
	],
	[500, '<html></html>', 'unavailable', 'fal answered 500', null],
])('an answer of %i with %j says what is wrong', (status, body, code, message, providerStatus) => {
	expect(fal.parseError(answer(body, status))).toMatchObject({
		code,
		message,
		httpStatus: status,
		providerStatus,
	});
});
