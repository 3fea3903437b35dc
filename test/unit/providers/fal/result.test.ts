import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';

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
const response = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const readStatus = (body: unknown, status = 200) => fal.status.parse(response(body, status), handle, context);
const readResult = (body: unknown, status = 200) =>
	fal.result?.parse(response(body, status), { ...handle, runMs: 1_250 }, context);

describe('parsing the response to a request for the result', () => {
	const image = {
		url: 'https://v3.fal.media/files/a/b.png',
		width: 1024,
		height: 768,
		content_type: 'image/png',
	};
	const ref = { kind: 'url', url: image.url, expiresAt: '2026-11-27T12:00:00.000Z' };

	it('reads the images, the seed and the prompt; links expire after seven days', () => {
		expect(
			readResult({
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

	it('reads an image from a data URI', () => {
		expect(readResult({ images: [{ url: 'data:image/png;base64,AQID' }] })).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ kind: 'base64', data: 'AQID' }],
				meta: { seed: null, revisedPrompt: null },
			},
		});
	});

	it('maps a result to `moderated` when every image is flagged, and delivers it when only some are', () => {
		expect(readResult({ images: [image], has_nsfw_concepts: [true] })).toMatchObject({
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
			expect(readResult({ images: [image, image], has_nsfw_concepts })).toMatchObject({
				value: { state: 'succeeded', images: [ref, ref] },
			});
		}
	});

	it.each([[{}], [{ images: [] }], [{ images: [{ url: '' }] }], [{ images: 'x' }]])(
		'finds a response without an image unreadable: %j',
		(body) => {
			expect(readResult(body)).toMatchObject({
				ok: true,
				value: { state: 'unreadable', fault: { code: 'badResponse' } },
			});
		},
	);

	const modelError = (type: string, msg: string, field?: string) => ({
		detail: [{ loc: ['body', ...(field ? [field] : [])], msg, type }],
	});
	it.each([
		[
			422,
			modelError('content_policy_violation', 'flagged', 'prompt'),
			'moderated',
			'fal refused the prompt or an image: prompt: flagged',
			'content_policy_violation',
		],
		[
			422,
			modelError('image_load_error', 'cannot be read', 'image_url'),
			'invalidRequest',
			'fal could not make the image: image_url: cannot be read',
			'image_load_error',
		],
		[
			504,
			modelError('generation_timeout', 'too long'),
			'failed',
			'fal could not make the image: too long',
			'generation_timeout',
		],
		[
			500,
			modelError('downstream_service_error', 'broken'),
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
		'reads an HTTP %i that describes the run as the end of the job: %j',
		(status, body, code, message, providerStatus) => {
			for (const endpoint of [fal.status, fal.result]) {
				expect(endpoint?.readsErrorStatus?.(response(body, status))).toBe(true);
			}
			for (const parse of [readResult, readStatus]) {
				expect(parse(body, status)).toMatchObject({
					ok: true,
					value: {
						state: 'failed',
						providerStatus,
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
	])('leaves an HTTP %i that does not describe the run to `parseError`: %j', (status, body) => {
		for (const endpoint of [fal.status, fal.result]) {
			expect(endpoint?.readsErrorStatus?.(response(body, status))).toBe(false);
		}
	});
});
