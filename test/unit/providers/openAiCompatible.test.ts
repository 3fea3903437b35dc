import { FluxKontextOpenAiCompatibleApi } from '../../../credentials/FluxKontextOpenAiCompatibleApi.credentials';
import { openAiCompatible } from '../../../nodes/FluxKontext/providers/openAiCompatible';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { keyHeaders } from '../../../tools/support/credentials';
import { bytesImage, preparedRequest } from '../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'http://localhost:8080/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const answer = (body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse => ({
	status,
	headers,
	body,
});
const submitted = (body: unknown, headers?: Record<string, string>) =>
	openAiCompatible.parseSubmit(answer(body, 200, headers), request, context);
const link = 'http://localhost:8080/generated-images/b64.png';
const byUrl = (url: string) => ({ kind: 'url', url, expiresAt: null });

describe('the answer to a submit', () => {
	it('is the image as OpenAI gives it', () => {
		const body = {
			created: 1,
			output_format: 'png',
			size: '1024x1024',
			data: [{ b64_json: 'AQID', revised_prompt: 'a red fox in snow' }],
			usage: {},
		};
		expect(submitted(body, { 'x-request-id': 'req_1' })).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { id: 'req_1', images: [] },
				providerStatus: 'succeeded',
				images: [{ kind: 'base64', data: 'AQID' }],
				meta: { revisedPrompt: 'a red fox in snow' },
			},
		});
	});

	it.each([
		['a link (LocalAI)', { id: 'gen-1', data: [{ url: link }] }, [byUrl(link)], 'gen-1'],
		[
			'a link without a host (SGLang)',
			{ data: [{ url: '/v1/images/1/content' }] },
			[byUrl('http://localhost:8080/v1/images/1/content')],
			'2026-11-20T12:00:00.000Z',
		],
		[
			'null beside base64 (vLLM-Omni)',
			{ data: [{ b64_json: 'AQID', url: null, revised_prompt: null }] },
			[{ kind: 'base64', data: 'AQID' }],
			'2026-11-20T12:00:00.000Z',
		],
		[
			'a data URI',
			{ data: [{ b64_json: 'data:image/png;base64,AQID' }] },
			[{ kind: 'base64', data: 'AQID' }],
			'2026-11-20T12:00:00.000Z',
		],
		['images instead of data', { images: [{ url: link }] }, [byUrl(link)], '2026-11-20T12:00:00.000Z'],
		[
			'several',
			{ data: [{ b64_json: 'AQID' }, { url: link }] },
			[{ kind: 'base64', data: 'AQID' }, byUrl(link)],
			'2026-11-20T12:00:00.000Z',
		],
		[
			'an empty error beside the image',
			{ error: null, data: [{ b64_json: 'AQID' }] },
			[{ kind: 'base64', data: 'AQID' }],
			'2026-11-20T12:00:00.000Z',
		],
	])('may be %s', (_, body, images, id) => {
		expect(submitted(body)).toMatchObject({ ok: true, value: { handle: { id }, images } });
	});

	it.each([
		[{}],
		[{ data: [] }],
		[{ data: [{}] }],
		[{ data: [{ url: 'https://' }] }],
		['<html></html>'],
		[null],
	])('makes no sense without an image: %j', (body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it('may be an error with 200', () => {
		expect(submitted({ error: 'no model loaded' })).toMatchObject({
			ok: false,
			fault: { code: 'failed', message: 'OpenAI-Compatible Server answered 200: no model loaded' },
		});
	});
});

it.each([
	[
		'OpenAI',
		401,
		{
			error: {
				message: 'Incorrect API key provided',
				type: 'invalid_request_error',
				code: 'invalid_api_key',
			},
		},
		'auth',
		'Incorrect API key provided',
	],
	[
		'OpenAI',
		404,
		{ error: { message: 'No such model', code: 'model_not_found' } },
		'notFound',
		'No such model',
	],
	[
		'OpenAI',
		400,
		{ error: { message: 'Rejected by the safety system', code: 'moderation_blocked' } },
		'moderated',
		'Rejected by the safety system',
	],
	['OpenAI', 400, { error: { message: 'No', code: 'content_policy_violation' } }, 'moderated', 'No'],
	[
		'OpenAI',
		429,
		{ error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
		'payment',
		'You exceeded your current quota',
	],
	[
		'OpenAI',
		429,
		{ error: { message: 'Slow down', code: 'rate_limit_exceeded' } },
		'rateLimited',
		'Slow down',
	],
	['stable-diffusion.cpp', 400, { error: 'prompt required' }, 'invalidRequest', 'prompt required'],
	[
		'stable-diffusion.cpp',
		500,
		{ error: 'generate_image returned empty results' },
		'failed',
		'generate_image returned empty results',
	],
	[
		'stable-diffusion.cpp',
		500,
		{ error: 'server_error', message: 'out of memory' },
		'failed',
		'out of memory',
	],
	[
		'vLLM-Omni',
		422,
		{ detail: [{ loc: ['body', 'size'], msg: 'Invalid size', type: 'value_error' }] },
		'invalidRequest',
		'size: Invalid size',
	],
	['vLLM-Omni', 503, { detail: 'Model not loaded' }, 'unavailable', 'Model not loaded'],
	[
		'SGLang',
		400,
		{ detail: "response_format='url' requires cloud storage" },
		'invalidRequest',
		"response_format='url' requires cloud storage",
	],
])('an error of %s is read: %i %j', (_, status, body, code, text) => {
	expect(openAiCompatible.parseError(answer(body, status))).toMatchObject({
		code,
		httpStatus: status,
		message: `OpenAI-Compatible Server answered ${status}: ${text}`,
	});
});

it.each([
	[404, '404 page not found', 'notFound', ': 404 page not found'],
	[500, '<html></html>', 'unavailable', ''],
	[502, '', 'unavailable', ''],
])('so is one without JSON: %i %j', (status, body, code, text) => {
	expect(openAiCompatible.parseError(answer(body, status))).toMatchObject({
		code,
		message: `OpenAI-Compatible Server answered ${status}${text}`,
		providerStatus: null,
	});
});

describe('what it submits', () => {
	const bytes = new Uint8Array([1, 2, 3]);

	it('is JSON to generate', () => {
		const size = { kind: 'pixels', width: 1360, height: 768 } as const;
		expect(
			openAiCompatible.buildSubmit(
				{
					...request,
					size,
					fields: { n: 2, output_format: 'webp' },
					additionalFields: { response_format: 'b64_json', seed: 7 },
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'http://localhost:8080/v1/images/generations',
				json: {
					model,
					prompt: 'a red fox',
					size: '1360x768',
					n: 2,
					output_format: 'webp',
					response_format: 'b64_json',
					seed: 7,
				},
			},
		});
	});

	it('is a form to edit, with one image as image', () => {
		expect(
			openAiCompatible.buildSubmit(
				{ ...request, operation: 'edit', images: [bytesImage(bytes)], fields: { n: 2 } },
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'http://localhost:8080/v1/images/edits',
				form: [
					{ name: 'model', value: model },
					{ name: 'prompt', value: 'a red fox' },
					{ name: 'n', value: '2' },
					{ name: 'image', fileName: 'input.png', mimeType: 'image/png', bytes },
				],
			},
		});
	});

	it('names several images image[]', () => {
		const built = openAiCompatible.buildSubmit(
			{ ...request, operation: 'edit', images: [bytesImage(bytes), bytesImage(bytes)] },
			context,
		);
		expect(built.ok && built.value.form?.map(({ name }) => name)).toEqual([
			'model',
			'prompt',
			'image[]',
			'image[]',
		]);
	});

	it('is refused before it is sent where a value does not fit', () => {
		expect(
			openAiCompatible.buildSubmit({ ...request, fields: { output_format: 'gif' } }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});
});

it('its credential sends the key where there is one, and no header where there is none', async () => {
	const credential = new FluxKontextOpenAiCompatibleApi();
	expect(await keyHeaders(credential, 'sk-1')).toEqual({ authorization: 'Bearer sk-1' });
	expect(await keyHeaders(credential, '')).toEqual({});
});
