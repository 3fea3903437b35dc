import { aiGenerate } from '../../../nodes/FluxKontext/providers/aiGenerate';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan, prepare } from '../../../nodes/FluxKontext/core/request/prepare';
import type { ImageRequest } from '../../../nodes/FluxKontext/core/provider';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../support/requests';

const slug = 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k';
const context = { baseUrl: 'https://aimarcusimage.eu', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'task-1', path: 'kontext' as const, misses: 0, credits: 5 };
const answer = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const submitted = (response: HttpResponse, model = request.model) =>
	aiGenerate.parseSubmit(response, { ...request, model }, context);
const looked = (body: unknown, status = 200, headers = {}) =>
	aiGenerate.parseStatus?.(answer(body, status, headers), handle, context);
const record = (data: object) => ({ code: 200, msg: 'success', data: { taskId: 'task-1', ...data } });

describe('the answer to a submit', () => {
	it('names the task, and in a header what it costs', () => {
		expect(
			submitted(
				answer({ code: 200, data: { taskId: 'task-1' } }, 200, { 'x-ai-credits-charged': '5.00' }),
			),
		).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'submitted' },
		});
	});

	it('of a slug leads to the other path; a header that is no number is no cost', () => {
		expect(
			submitted(
				answer({ code: 200, message: 'success', data: { taskId: 'task-1' } }, 200, {
					'x-ai-credits-charged': 'free',
				}),
				slug,
			),
		).toMatchObject({
			value: { handle: { id: 'task-1', path: 'jobs', misses: 0, credits: null } },
		});
	});

	it.each([
		[{}],
		[{ code: 200 }],
		[{ code: 200, data: null }],
		[{ code: 200, data: { taskId: '' } }],
		[{ code: 200, data: { taskId: 7 } }],
		['<html></html>'],
		[null],
	])('is no answer without an id: %j', (body) => {
		expect(submitted(answer(body))).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

const errors: Array<[number, string]> = [
	[400, 'invalidRequest'],
	[401, 'auth'],
	[402, 'payment'],
	[422, 'invalidRequest'],
	[429, 'rateLimited'],
	[451, 'invalidRequest'],
	[455, 'unavailable'],
	[500, 'unavailable'],
	[501, 'failed'],
	[505, 'invalidRequest'],
	[550, 'unavailable'],
];

it.each(errors)('the code %i in an answer of 200 is %s, to a submit and to a look', (code, faultCode) => {
	const fault = {
		code: faultCode,
		message: `AI Generate answered 200 with the code ${code}: no`,
		httpStatus: 200,
		providerStatus: String(code),
	};
	expect(submitted(answer({ code, msg: 'no' }))).toMatchObject({ ok: false, fault });
	expect(looked({ code, message: 'no', data: null })).toMatchObject({ ok: false, fault });
});

it.each(errors)('the status %i is %s too', (status, code) => {
	expect(aiGenerate.parseError(answer({ code: status, msg: 'no' }, status))).toMatchObject({
		code,
		message: `AI Generate answered ${status}: no`,
		httpStatus: status,
	});
});

it('a refusal for what the prompt says is moderation', () => {
	const body = { code: 400, msg: 'Your prompt was flagged by our content policies' };
	expect(submitted(answer(body))).toMatchObject({ fault: { code: 'moderated' } });
	expect(aiGenerate.parseError(answer(body, 400))).toMatchObject({ code: 'moderated' });
	expect(aiGenerate.parseError(answer('<html></html>', 400))).toMatchObject({
		code: 'invalidRequest',
		message: 'AI Generate answered 400',
	});
});

describe('the state of a task', () => {
	it.each([
		[{ successFlag: 0 }, 'GENERATING'],
		[{ successFlag: '0' }, 'GENERATING'],
		[{ successFlag: 7 }, '7'],
		[{ state: 'waiting' }, 'waiting'],
		[{ state: 'queuing' }, 'queuing'],
		[{ state: 'generating' }, 'generating'],
		[{ state: 'daydreaming' }, 'daydreaming'],
	])('%j means that it goes on', (data, providerStatus) => {
		expect(looked(record(data))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus },
		});
	});

	it('1 brings the image and what it cost', () => {
		const data = {
			successFlag: 1,
			errorCode: null,
			errorMessage: '',
			response: { originImageUrl: 'https://x.example/o', resultImageUrl: 'https://x.example/a.png' },
		};
		expect(looked(record(data))).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle,
				providerStatus: 'SUCCESS',
				images: [{ kind: 'url', url: 'https://x.example/a.png', expiresAt: null }],
				meta: { cost: 0.035, runMs: null },
			},
		});
	});

	it('success brings the links out of a text of JSON, relative ones too, and a newer charge', () => {
		const data = {
			state: 'success',
			resultJson: '{"resultUrls":["https://x.example/a.png","/files/b.png"]}',
			costTime: 32_241,
			failCode: '',
			failMsg: '',
		};
		expect(looked(record(data), 200, { 'x-ai-credits-charged': '7' })).toMatchObject({
			value: {
				state: 'succeeded',
				providerStatus: 'success',
				images: [
					{ kind: 'url', url: 'https://x.example/a.png' },
					{ kind: 'url', url: 'https://aimarcusimage.eu/files/b.png' },
				],
				meta: { cost: 0.049, runMs: 32_241 },
			},
		});
	});

	it('takes the links unwrapped as well, and needs no more than them', () => {
		const bare = { id: 'task-1', path: 'jobs' as const, misses: 0, credits: null };
		const body = {
			data: {
				state: 'SUCCESS',
				resultJson: { resultUrls: ['https://x.example/a.png'] },
				costTime: 'long',
			},
		};
		expect(aiGenerate.parseStatus?.(answer(body), bare, context)).toMatchObject({
			value: {
				state: 'succeeded',
				images: [{ url: 'https://x.example/a.png' }],
				meta: { cost: null, runMs: null },
			},
		});
	});

	it.each([
		[{ successFlag: 1 }],
		[{ successFlag: 1, response: { resultImageUrl: null } }],
		[{ state: 'success', resultJson: null }],
		[{ state: 'success', resultJson: '{"resultUrls":[]}' }],
		[{ state: 'success', resultJson: 'not JSON' }],
		[{ state: 'success', resultJson: '{"resultUrls":[7]}' }],
		[{}],
		[{ successFlag: {}, state: 7 }],
	])('makes no sense without an image or a state: %j', (data) => {
		expect(looked(record(data))).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it.each([
		[
			{ successFlag: 2, errorCode: 500, errorMessage: 'out of memory' },
			'CREATE_TASK_FAILED',
			'failed',
			'AI Generate could not make the image: out of memory',
		],
		[
			{ successFlag: 3, errorMessage: '' },
			'GENERATE_FAILED',
			'failed',
			'AI Generate could not make the image',
		],
		[
			{ successFlag: 3, errorCode: 400, errorMessage: 'It may violate our content policies' },
			'GENERATE_FAILED',
			'moderated',
			'AI Generate could not make the image: It may violate our content policies',
		],
		[
			{ state: 'fail', failCode: '500', failMsg: 'Internal error' },
			'fail',
			'failed',
			'AI Generate could not make the image: Internal error',
		],
		[
			{
				state: 'fail',
				failCode: '400',
				failMsg: 'Sorry, but the image we created may violate the content policies.',
			},
			'fail',
			'moderated',
			'AI Generate could not make the image: Sorry, but the image we created may violate the content policies.',
		],
	])('%j is an end', (data, status, code, message) => {
		expect(looked(record(data))).toMatchObject({
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

describe('a task that the path does not know', () => {
	const missing = [
		answer({ code: 404, msg: 'no task' }),
		answer({ code: 404, msg: 'no task' }, 404),
		answer('<html></html>', 404),
	];

	it.each(missing)('is asked for at the other path: %j', (response) => {
		expect(response.status === 200 || aiGenerate.readsErrorStatus?.(response)).toBe(true);
		expect(aiGenerate.parseStatus?.(response, handle, context)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { ...handle, path: 'jobs', misses: 1 },
				providerStatus: '404',
				retryElsewhere: true,
			},
		});
		expect(
			aiGenerate.parseStatus?.(response, { ...handle, path: 'jobs', misses: 1 }, context),
		).toMatchObject({ value: { handle: { path: 'kontext', misses: 2 } } });
	});

	it('is not known after the fourth look in a row, and forgotten misses do not count', () => {
		expect(
			aiGenerate.parseStatus?.(
				answer({ code: 404, msg: 'no task' }),
				{ ...handle, misses: 3 },
				context,
			),
		).toMatchObject({
			ok: false,
			fault: { code: 'notFound', message: 'AI Generate answered 200 with the code 404: no task' },
		});
		expect(
			aiGenerate.parseStatus?.(answer(record({ successFlag: 0 })), { ...handle, misses: 3 }, context),
		).toMatchObject({ value: { handle: { misses: 0 } } });
	});

	it('is the only error whose answer tells of a task', () => {
		expect(
			[400, 401, 404, 429, 500].filter((status) => aiGenerate.readsErrorStatus?.(answer({}, status))),
		).toEqual([404]);
	});
});

it('asks for a task at its path, and cannot leave it through an id', () => {
	expect(aiGenerate.buildStatus?.(handle, context)).toEqual({
		method: 'GET',
		url: 'https://aimarcusimage.eu/api/v1/flux/kontext/record-info?taskId=task-1',
	});
	expect(aiGenerate.buildStatus?.({ ...handle, id: 'a&b=/../c', path: 'jobs' }, context).url).toBe(
		'https://aimarcusimage.eu/api/v1/jobs/recordInfo?taskId=a%26b%3D%2F..%2Fc',
	);
});

describe('what it submits', () => {
	const sent = (more: Partial<ImageRequest>, images: Parameters<typeof prepare>[1] = []) => {
		const planned = plan(aiGenerate, imageRequest({ model: 'flux-kontext-pro', ...more }), images.length);
		if (!planned.ok) return planned.fault.message;
		const prepared = prepare(planned.value, images);
		if (!prepared.ok) return prepared.fault.message;
		const [first = request] = prepared.value.requests;
		const built = aiGenerate.buildSubmit(first, context);
		return built.ok
			? {
					path: built.value.url.slice(context.baseUrl.length),
					body: built.value.json,
					warned: prepared.value.warnings.map(({ option }) => option),
				}
			: built.fault.message;
	};
	const kontext = '/api/v1/flux/kontext/generate';
	const createTask = '/api/v1/jobs/createTask';
	const image = urlImage('https://a.example/b.png');
	const prompt = 'a red fox';

	it('is no more than is asked for', () => {
		expect(sent({})).toEqual({ path: kontext, body: { model: 'flux-kontext-pro', prompt }, warned: [] });
	});

	it('is a generation with all options, as documented', () => {
		const options = { outputFormat: 'png', promptUpsampling: true, safetyTolerance: 6 };
		expect(
			sent({
				model: 'flux-kontext-max',
				sizing: { kind: 'aspectRatio', ratio: { w: 3, h: 2 } },
				options,
				additionalFields: { enableTranslation: false },
			}),
		).toEqual({
			path: kontext,
			body: {
				model: 'flux-kontext-max',
				prompt,
				aspectRatio: '4:3',
				outputFormat: 'png',
				promptUpsampling: true,
				safetyTolerance: 6,
				enableTranslation: false,
			},
			warned: ['aspectRatio'],
		});
	});

	it('is an edit by URL, within the tolerance of edits', () => {
		expect(sent({ operation: 'edit', options: { safetyTolerance: 5, seed: 7 } }, [image])).toEqual({
			path: kontext,
			body: {
				model: 'flux-kontext-pro',
				prompt,
				inputImage: 'https://a.example/b.png',
				safetyTolerance: 2,
			},
			warned: ['seed', 'safetyTolerance'],
		});
	});

	it('is a task for a slug, with what the user adds within its input', () => {
		expect(sent({ model: slug })).toEqual({
			path: createTask,
			body: { model: slug, input: { prompt } },
			warned: [],
		});
		expect(
			sent({
				model: slug,
				sizing: { kind: 'pixels', width: 1600, height: 900 },
				additionalFields: { resolution: '1K' },
			}),
		).toEqual({
			path: createTask,
			body: { model: slug, input: { prompt, aspect_ratio: '16:9', resolution: '1K' } },
			warned: ['width'],
		});
	});

	it('is an edit by a slug that the catalogue does not know', () => {
		expect(sent({ operation: 'edit', model: 'any-image-to-image' }, [image, image])).toEqual({
			path: createTask,
			body: {
				model: 'any-image-to-image',
				input: { prompt, input_urls: ['https://a.example/b.png', 'https://a.example/b.png'] },
			},
			warned: [],
		});
	});

	it('is refused unpaid with an image that has no URL', () => {
		expect(sent({ operation: 'edit' }, [bytesImage(new Uint8Array([1]))])).toContain(
			'takes URLs only: put the image on the web',
		);
		expect(
			aiGenerate.buildSubmit({ ...request, images: [bytesImage(new Uint8Array([1]))] }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});

	it('is refused unpaid where a field is ill-typed', () => {
		expect(
			aiGenerate.buildSubmit({ ...request, fields: { safetyTolerance: 'low' } }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});
});
