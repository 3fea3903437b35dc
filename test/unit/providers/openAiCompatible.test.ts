import { FluxKontextOpenAiCompatibleApi } from '../../../credentials/FluxKontextOpenAiCompatibleApi.credentials';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { openAiCompatible } from '../../../nodes/FluxKontext/providers/openAiCompatible';
import { keyHeaders } from '../../../tools/support/credentials';
import { bytesImage, preparedRequest } from '../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'http://localhost:8080/v1', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const response = (body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse => ({
	status,
	headers,
	body,
});
const parseSubmit = (body: unknown, headers?: Record<string, string>) =>
	openAiCompatible.submit.parse(response(body, 200, headers), request, context);
const link = 'http://localhost:8080/generated-images/b64.png';
const byUrl = (url: string) => ({ kind: 'url', url, expiresAt: null });

describe('the response to a submit', () => {
	it('holds the image in the shape of OpenAI', () => {
		const body = {
			created: 1,
			output_format: 'png',
			size: '1024x1024',
			data: [{ b64_json: 'AQID', revised_prompt: 'a red fox in snow' }],
			usage: {},
		};
		expect(parseSubmit(body, { 'x-request-id': 'req_1' })).toEqual({
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
			'base64 beside null (vLLM-Omni)',
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
		[
			'`images` instead of `data`',
			{ images: [{ url: link }] },
			[byUrl(link)],
			'2026-11-20T12:00:00.000Z',
		],
		[
			'several images',
			{ data: [{ b64_json: 'AQID' }, { url: link }] },
			[{ kind: 'base64', data: 'AQID' }, byUrl(link)],
			'2026-11-20T12:00:00.000Z',
		],
		[
			'an image beside an empty error',
			{ error: null, data: [{ b64_json: 'AQID' }] },
			[{ kind: 'base64', data: 'AQID' }],
			'2026-11-20T12:00:00.000Z',
		],
	])('may hold %s', (_, body, images, id) => {
		expect(parseSubmit(body)).toMatchObject({ ok: true, value: { handle: { id }, images } });
	});

	it.each([
		[{}],
		[{ data: [] }],
		[{ data: [{}] }],
		[{ data: [{ url: 'https://' }] }],
		['<html></html>'],
		[null],
	])('is unreadable without an image: %j', (body) => {
		expect(parseSubmit(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it('may hold an error with status 200', () => {
		expect(parseSubmit({ error: 'no model loaded' })).toMatchObject({
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
])('maps an error of %s to a fault: %i %j', (_, status, body, code, text) => {
	expect(openAiCompatible.parseError(response(body, status))).toMatchObject({
		code,
		httpStatus: status,
		message: `OpenAI-Compatible Server answered ${status}: ${text}`,
	});
});

it.each([
	[404, '404 page not found', 'notFound', ': 404 page not found'],
	[500, '<html></html>', 'unavailable', ''],
	[502, '', 'unavailable', ''],
])('maps an error without JSON to a fault: %i %j', (status, body, code, text) => {
	expect(openAiCompatible.parseError(response(body, status))).toMatchObject({
		code,
		message: `OpenAI-Compatible Server answered ${status}${text}`,
		providerStatus: null,
	});
});

describe('the request to submit', () => {
	const bytes = new Uint8Array([1, 2, 3]);

	it('is JSON to generate', () => {
		const size = { kind: 'pixels', width: 1360, height: 768 } as const;
		expect(
			openAiCompatible.submit.build(
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

	it('is a form to edit, with a single image as `image`', () => {
		expect(
			openAiCompatible.submit.build(
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

	it('names several images `image[]`', () => {
		const built = openAiCompatible.submit.build(
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

	it('is refused where a value is invalid', () => {
		expect(
			openAiCompatible.submit.build({ ...request, fields: { output_format: 'gif' } }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});
});

it('sends a key where the credential has one, and no header where it has none', async () => {
	const credential = new FluxKontextOpenAiCompatibleApi();
	expect(await keyHeaders(credential, 'sk-1')).toEqual({ authorization: 'Bearer sk-1' });
	expect(await keyHeaders(credential, '')).toEqual({});
});
