import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { preparedRequest } from '../../../support/requests';

const slug = 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k';
const context = { baseUrl: 'https://aimarcusimage.eu', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'task-1', path: 'kontext' as const, misses: 0, credits: 5 };
const respond = (body: unknown, status = 200, headers = {}): HttpResponse => ({ status, headers, body });
const parseSubmit = (response: HttpResponse, model = request.model) =>
	aiGenerate.submit.parse(response, { ...request, model }, context);
const parseStatus = (body: unknown, status = 200, headers = {}) =>
	aiGenerate.status.parse(respond(body, status, headers), handle, context);
const record = (data: object) => ({ code: 200, msg: 'success', data: { taskId: 'task-1', ...data } });

describe('the parser of submit responses', () => {
	it('reads the task id from the body and the credits from a header', () => {
		expect(
			parseSubmit(
				respond({ code: 200, data: { taskId: 'task-1' } }, 200, { 'x-ai-credits-charged': '5.00' }),
			),
		).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus: 'submitted' },
		});
	});

	it('polls a slug at the jobs API and ignores a header that is not a number', () => {
		expect(
			parseSubmit(
				respond({ code: 200, message: 'success', data: { taskId: 'task-1' } }, 200, {
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
	])('rejects a response without a task id: %j', (body) => {
		expect(parseSubmit(respond(body))).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});
});

describe('the parser of status responses', () => {
	it.each([
		[{ successFlag: 0 }, 'GENERATING'],
		[{ successFlag: '0' }, 'GENERATING'],
		[{ successFlag: 7 }, '7'],
		[{ state: 'waiting' }, 'waiting'],
		[{ state: 'queuing' }, 'queuing'],
		[{ state: 'generating' }, 'generating'],
		[{ state: 'daydreaming' }, 'daydreaming'],
	])('reads %j as pending', (data, providerStatus) => {
		expect(parseStatus(record(data))).toEqual({
			ok: true,
			value: { state: 'pending', handle, providerStatus },
		});
	});

	it('reads the image and the cost of a job whose successFlag is 1', () => {
		const data = {
			successFlag: 1,
			errorCode: null,
			errorMessage: '',
			response: { originImageUrl: 'https://x.example/o', resultImageUrl: 'https://x.example/a.png' },
		};
		expect(parseStatus(record(data))).toEqual({
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

	it('reads links from JSON text, resolves relative ones and prefers newer credits', () => {
		const data = {
			state: 'success',
			resultJson: '{"resultUrls":["https://x.example/a.png","/files/b.png"]}',
			costTime: 32_241,
			failCode: '',
			failMsg: '',
		};
		expect(parseStatus(record(data), 200, { 'x-ai-credits-charged': '7' })).toMatchObject({
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

	it('reads links from a plain object and needs nothing else', () => {
		const bare = { id: 'task-1', path: 'jobs' as const, misses: 0, credits: null };
		const body = {
			data: {
				state: 'SUCCESS',
				resultJson: { resultUrls: ['https://x.example/a.png'] },
				costTime: 'long',
			},
		};
		expect(aiGenerate.status.parse(respond(body), bare, context)).toMatchObject({
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
	])('finds a finished record without an image unreadable: %j', (data) => {
		expect(parseStatus(record(data))).toMatchObject({
			ok: true,
			value: { state: 'unreadable', fault: { code: 'badResponse' } },
		});
	});

	it.each([[{}], [{ successFlag: {}, state: 7 }]])('rejects a record without a state: %j', (data) => {
		expect(parseStatus(record(data))).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
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
			'AI Generate could not make the image: ' +
				'Sorry, but the image we created may violate the content policies.',
		],
	])('reads %j as failed', (data, status, code, message) => {
		expect(parseStatus(record(data))).toMatchObject({
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

describe('a status response that does not find the task', () => {
	const missing = [
		respond({ code: 404, msg: 'no task' }),
		respond({ code: 404, msg: 'no task' }, 404),
		respond('<html></html>', 404),
	];

	it.each(missing)('directs the next status request to the other API: %j', (response) => {
		expect(response.status === 200 || aiGenerate.status.readsErrorStatus?.(response)).toBe(true);
		expect(aiGenerate.status.parse(response, handle, context)).toEqual({
			ok: true,
			value: {
				state: 'pending',
				handle: { ...handle, path: 'jobs', misses: 1 },
				providerStatus: '404',
				retryElsewhere: true,
			},
		});
		expect(
			aiGenerate.status.parse(response, { ...handle, path: 'jobs', misses: 1 }, context),
		).toMatchObject({ value: { handle: { path: 'kontext', misses: 2 } } });
	});

	it('becomes `notFound` after four consecutive misses, which a found task resets', () => {
		expect(
			aiGenerate.status.parse(
				respond({ code: 404, msg: 'no task' }),
				{ ...handle, misses: 3 },
				context,
			),
		).toMatchObject({
			ok: false,
			fault: { code: 'notFound', message: 'AI Generate answered 200 with the code 404: no task' },
		});
		expect(
			aiGenerate.status.parse(respond(record({ successFlag: 0 })), { ...handle, misses: 3 }, context),
		).toMatchObject({ value: { handle: { misses: 0 } } });
	});

	it('is the only response with an error status that describes the task', () => {
		expect(
			[400, 401, 404, 429, 500].filter((status) =>
				aiGenerate.status.readsErrorStatus?.(respond({}, status)),
			),
		).toEqual([404]);
	});
});
