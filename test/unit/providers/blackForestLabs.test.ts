import { blackForestLabs } from '../../../nodes/FluxKontext/providers/blackForestLabs';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan, prepare } from '../../../nodes/FluxKontext/core/request/prepare';
import type { ImageRequest } from '../../../nodes/FluxKontext/core/provider';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../support/requests';

const context = { baseUrl: 'https://api.bfl.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'job-1', pollingUrl: 'https://api.us1.bfl.ai/v1/get_result?id=job-1', credits: 4 };
const answer = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body });
const submitted = (body: unknown) => blackForestLabs.parseSubmit(answer(body), request, context);
const looked = (body: unknown) => blackForestLabs.parseStatus?.(answer(body), handle, context);
const empty = { id: 'job-1', result: null, progress: null, details: null, preview: null };

describe('the answer to a submit', () => {
	it('names the job, where to ask for it and what it costs', () => {
		expect(
			submitted({ id: 'job-1', polling_url: handle.pollingUrl, cost: 4, input_mp: 0.3, output_mp: 1 }),
		).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'Pending' },
		});
	});

	it.each([
		[
			'the answer to a submit with a webhook',
			{ id: 'job-1', status: 'Pending', webhook_url: 'https://a.example' },
		],
		['nulls', { id: 'job-1', polling_url: null, cost: null }],
		['facts of other types', { id: 'job-1', polling_url: 7, cost: 'four' }],
	])('needs no more than the id: %s', (_, body) => {
		expect(submitted(body)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { id: 'job-1', pollingUrl: null, credits: null },
				providerStatus: 'Pending',
			},
		});
	});

	it.each([[{}], [{ id: '' }], [{ id: 7 }], ['<html></html>'], [null], [[]]])(
		'is no answer without an id: %j',
		(body) => {
			expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
		},
	);
});

describe('the state of a job', () => {
	it.each(['Pending', 'Reasoning', 'Generating', 'pending', 'Dreaming', ''])(
		'%j means that it goes on',
		(status) => {
			expect(looked({ ...empty, status })).toEqual({
				ok: true,
				value: { state: 'pending', handle, providerStatus: status },
			});
		},
	);

	it('Ready brings the image, whose link lives ten minutes, and what was said about it', () => {
		const result = {
			sample: 'https://delivery.us1.bfl.ai/a.png?sig=1',
			prompt: 'A red fox',
			seed: 42,
			start_time: 1_700_000_000.25,
			end_time: 1_700_000_004.5,
			duration: 4.25,
		};
		expect(looked({ ...empty, status: 'Ready', result })).toEqual({
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

	it('a cost in the last answer is newer than that of the first', () => {
		expect(
			looked({ ...empty, status: 'Ready', result: { sample: 'https://x.example/a' }, cost: 6 }),
		).toMatchObject({
			value: { meta: { cost: 0.06, seed: null, revisedPrompt: null, runMs: null } },
		});
	});

	it('facts of another type do not lose the image', () => {
		const result = {
			sample: 'https://x.example/a',
			seed: '42',
			prompt: ['A'],
			start_time: 'now',
			end_time: {},
		};
		expect(looked({ ...empty, status: 'Ready', result, cost: '4' })).toMatchObject({
			ok: true,
			value: {
				state: 'succeeded',
				images: [{ url: 'https://x.example/a' }],
				meta: { seed: null, revisedPrompt: null, cost: 0.04, runMs: null },
			},
		});
	});

	it.each([[null], [{}], [{ sample: null }], [{ sample: '' }], ['https://x.example/a']])(
		'Ready without an image makes no sense: %j',
		(result) => {
			expect(looked({ ...empty, status: 'Ready', result })).toMatchObject({
				ok: false,
				fault: { code: 'badResponse' },
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
	])('%s is an end: %j', (status, details, code, message) => {
		expect(looked({ ...empty, status, details })).toMatchObject({
			ok: true,
			value: {
				state: 'failed',
				handle,
				providerStatus: status,
				fault: { code, message, providerStatus: status },
			},
		});
	});

	it('is read from an error answer that carries it, and from no other', () => {
		const reads = (body: unknown) => blackForestLabs.readsErrorStatus?.(answer(body, 503));
		expect(
			[{ status: 'Error', details: {} }, { detail: 'busy' }, { status: 503 }, 'busy', null].map(reads),
		).toEqual([true, false, false, false, false]);
	});
});

describe('where it asks', () => {
	const urlOf = (pollingUrl: string | null, baseUrl = context.baseUrl) =>
		blackForestLabs.buildStatus?.({ ...handle, pollingUrl }, { ...context, baseUrl }).url;

	it('is the address that the provider gave, on any of its hosts', () => {
		expect(urlOf(handle.pollingUrl)).toBe(handle.pollingUrl);
	});

	it.each([
		'https://evil.example/v1/get_result?id=job-1',
		'http://api.us1.bfl.ai/v1/get_result?id=job-1',
		'https://api.bfl.ai@evil.example/',
		'not an address',
		null,
	])('is its own base URL rather than %j', (pollingUrl) => {
		const read = submitted({ id: 'job-1', polling_url: pollingUrl });
		expect(read).toMatchObject({ ok: true, value: { handle: { pollingUrl: null } } });
		expect(
			read.ok && blackForestLabs.buildStatus?.(read.value.handle as typeof handle, context).url,
		).toBe('https://api.bfl.ai/v1/get_result?id=job-1');
	});

	it('is within the path of a proxy', () => {
		expect(urlOf(null, 'https://proxy.example/bfl')).toBe(
			'https://proxy.example/bfl/v1/get_result?id=job-1',
		);
	});
});

describe('what it submits', () => {
	it('is the whole body under its own names, images bare or by address', () => {
		const images = [bytesImage(new Uint8Array([1, 2, 3])), urlImage('https://a.example/b.png')];
		const built = blackForestLabs.buildSubmit(
			{
				...request,
				model: 'flux-kontext-max',
				images,
				size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
				fields: { seed: 0, output_format: 'webp' },
				additionalFields: { safety_tolerance: 1, webhook_url: 'https://a.example' },
			},
			context,
		);
		expect(built).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.bfl.ai/v1/flux-kontext-max',
				json: {
					prompt: 'a red fox',
					input_image: 'AQID',
					input_image_2: 'https://a.example/b.png',
					aspect_ratio: '16:9',
					output_format: 'webp',
					seed: 0,
					safety_tolerance: 1,
					webhook_url: 'https://a.example',
				},
			},
		});
	});

	describe('for FLUX.2', () => {
		const sent = (more: Partial<ImageRequest>, images: Parameters<typeof prepare>[1] = []) => {
			const planned = plan(
				blackForestLabs,
				imageRequest({ model: 'flux-2-pro', ...more }),
				images.length,
			);
			if (!planned.ok) return planned.fault.message;
			const prepared = prepare(planned.value, images);
			if (!prepared.ok) return prepared.fault.message;
			const [first = request] = prepared.value.requests;
			const built = blackForestLabs.buildSubmit(first, context);
			return built.ok
				? {
						url: built.value.url,
						json: built.value.json,
						warned: prepared.value.warnings.map(({ option }) => option),
					}
				: built.fault.message;
		};
		const base = { prompt: 'a red fox', output_format: 'png' };
		const image = bytesImage(new Uint8Array([1, 2, 3]), { width: 1000, height: 500 });

		it('is width and height, told only where they are asked for', () => {
			expect(sent({})).toEqual({ url: 'https://api.bfl.ai/v1/flux-2-pro', json: base, warned: [] });
			expect(
				sent({
					sizing: { kind: 'aspectRatio', ratio: { w: 16, h: 9 } },
					options: { safetyTolerance: 6, steps: 20 },
				}),
			).toEqual({
				url: 'https://api.bfl.ai/v1/flux-2-pro',
				json: { ...base, width: 1360, height: 768, safety_tolerance: 5 },
				warned: ['steps', 'safetyTolerance'],
			});
			expect(sent({ sizing: { kind: 'pixels', width: 8000, height: 4000 } })).toMatchObject({
				json: { ...base, width: 2880, height: 1456 },
				warned: ['width'],
			});
		});

		it('leaves the shape of an edit to the model, unless a scale is asked for', () => {
			expect(sent({ operation: 'edit' }, [image])).toMatchObject({
				json: { ...base, input_image: 'AQID' },
				warned: [],
			});
			expect(sent({ operation: 'edit' }, [image])).not.toHaveProperty('json.width');
			expect(sent({ operation: 'edit', resolution: '2K' }, [image])).toMatchObject({
				json: { width: 2880, height: 1456 },
			});
		});

		it('takes eight images, and not nine', () => {
			const eight = Array.from({ length: 8 }, (_, index) =>
				urlImage(`https://a.example/${index + 1}.png`),
			);
			expect(sent({ model: 'flux-2-max', operation: 'edit' }, eight)).toMatchObject({
				url: 'https://api.bfl.ai/v1/flux-2-max',
				json: {
					input_image: 'https://a.example/1.png',
					input_image_2: 'https://a.example/2.png',
					input_image_8: 'https://a.example/8.png',
				},
			});
			expect(sent({ operation: 'edit' }, [...eight, image])).toContain('takes at most 8');
		});

		it('has all options of flex', () => {
			const options = {
				seed: 7,
				outputFormat: 'jpeg',
				promptUpsampling: false,
				guidance: 1.5,
				steps: 50,
				safetyTolerance: 0,
			};
			expect(sent({ model: 'flux-2-flex', options })).toEqual({
				url: 'https://api.bfl.ai/v1/flux-2-flex',
				json: {
					prompt: 'a red fox',
					output_format: 'jpeg',
					seed: 7,
					prompt_upsampling: false,
					guidance: 1.5,
					steps: 50,
					safety_tolerance: 0,
				},
				warned: [],
			});
		});

		it('is like pro for a model that the catalogue does not know, and like Kontext for any other', () => {
			const sizing = { kind: 'aspectRatio' as const, ratio: { w: 1, h: 1 } };
			expect(sent({ model: 'flux-2-klein-9b', sizing })).toEqual({
				url: 'https://api.bfl.ai/v1/flux-2-klein-9b',
				json: { ...base, width: 1024, height: 1024 },
				warned: [],
			});
			expect(sent({ model: 'flux-9', sizing })).toMatchObject({
				json: { ...base, aspect_ratio: '1:1' },
			});
		});

		it('is refused unpaid with a field of the other family', () => {
			const model = 'flux-2-pro';
			expect(
				blackForestLabs.buildSubmit(
					{ ...request, model, size: { kind: 'ratio', ratio: { w: 1, h: 1 } } },
					context,
				),
			).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
			expect(
				blackForestLabs.buildSubmit(
					{ ...request, size: { kind: 'pixels', width: 64, height: 64 } },
					context,
				),
			).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
		});
	});

	it('cannot leave its path through the name of a model', () => {
		expect(blackForestLabs.buildSubmit({ ...request, model: '../admin?x#y' }, context)).toMatchObject({
			value: { url: 'https://api.bfl.ai/v1/..%2Fadmin%3Fx%23y' },
		});
	});

	it('is refused unpaid where a field is ill-typed', () => {
		expect(blackForestLabs.buildSubmit({ ...request, fields: { seed: 'one' } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
});

it.each([
	[403, { detail: 'Not authenticated' }, 'auth', 'Black Forest Labs answered 403: Not authenticated'],
	[
		402,
		{ detail: 'Insufficient credits' },
		'payment',
		'Black Forest Labs answered 402: Insufficient credits',
	],
	[
		422,
		{ detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
		'invalidRequest',
		'Black Forest Labs answered 422: prompt: Field required',
	],
	[429, { detail: 'You must wait' }, 'rateLimited', 'Black Forest Labs answered 429: You must wait'],
	[503, '', 'unavailable', 'Black Forest Labs answered 503'],
])('an answer of %i says what is wrong', (status, body, code, message) => {
	expect(blackForestLabs.parseError(answer(body, status))).toMatchObject({
		code,
		message,
		httpStatus: status,
	});
});
