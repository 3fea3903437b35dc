import { lumenfall } from '../../../nodes/FluxKontext/providers/lumenfall';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { plan, prepare } from '../../../nodes/FluxKontext/core/request/prepare';
import type { ImageRequest } from '../../../nodes/FluxKontext/core/provider';
import { bytesImage, imageRequest, preparedRequest } from '../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'https://api.lumenfall.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const inAnHour = '2026-11-20T13:00:00.000Z';
const request = preparedRequest({ model });
const answer = (
	body: unknown,
	status = 200,
	headers: Record<string, string> = { 'x-lumenfall-request-id': 'req_1' },
): HttpResponse => ({ status, headers, body });
const submitted = (body: unknown, headers?: Record<string, string>) =>
	lumenfall.parseSubmit(answer(body, 200, headers), request, context);
const url = 'https://media.lumenfall.ai/abc123.png';
const refused = (message: string, code: string, type = 'invalid_request_error') => ({
	error: { message, type, code },
});

describe('the answer to a submit', () => {
	it('is the image, as the documentation shows it', () => {
		const body = {
			created: 1_702_345_678,
			size: '1024x1024',
			data: [{ url, revised_prompt: 'a red fox in the snow' }],
			metadata: {
				model,
				executed_model: 'fal/flux.1-kontext-dev',
				provider: 'fal',
				provider_name: 'fal.ai',
				cost: 0.025,
				cost_currency: 'USD',
				attempts: [],
			},
		};
		expect(submitted(body)).toEqual({
			ok: true,
			value: {
				state: 'succeeded',
				handle: { id: 'req_1', images: [{ url, expiresAt: inAnHour }] },
				providerStatus: 'succeeded',
				images: [{ kind: 'url', url, expiresAt: inAnHour }],
				meta: { revisedPrompt: 'a red fox in the snow', cost: 0.025 },
			},
		});
	});

	it('has the time for its id where no header names the request', () => {
		expect(submitted({ data: [{ url }] }, {})).toMatchObject({
			value: { handle: { id: '2026-11-20T12:00:00.000Z' } },
		});
	});

	it.each([
		['base64', [{ b64_json: 'AQID' }], [{ kind: 'base64', data: 'AQID' }]],
		[
			'a data URI, as sync_mode asks for',
			[{ url: 'data:image/png;base64,AQID' }],
			[{ kind: 'base64', data: 'AQID' }],
		],
		[
			'several',
			[{ url }, { b64_json: 'AQID' }, {}],
			[
				{ kind: 'url', url, expiresAt: inAnHour },
				{ kind: 'base64', data: 'AQID' },
			],
		],
		[
			'an address on its own host',
			[{ url: '/media/1.png' }],
			[{ kind: 'url', url: 'https://api.lumenfall.ai/media/1.png', expiresAt: inAnHour }],
		],
	])('may carry %s', (_, data, images) => {
		expect(submitted({ data })).toMatchObject({
			ok: true,
			value: { images, meta: { revisedPrompt: null, cost: null } },
		});
	});

	it.each([
		[{ cost: 0.03, cost_currency: 'EUR' }, null],
		[{ cost: 0.03 }, 0.03],
		[{ cost: '0.03', cost_currency: 'USD' }, null],
		['none', null],
		[null, null],
	])('tells its cost if it is in USD: %j', (metadata, cost) => {
		expect(submitted({ data: [{ url }], metadata })).toMatchObject({
			ok: true,
			value: { images: [{ url }], meta: { cost } },
		});
	});

	it.each([
		[{}],
		[{ data: [] }],
		[{ data: [{}] }],
		[{ data: [{ url: 'https://' }] }],
		[{ data: 'x' }],
		['<html></html>'],
		[null],
	])('makes no sense without an image: %j', (body) => {
		expect(submitted(body)).toMatchObject({ ok: false, fault: { code: 'badResponse' } });
	});

	it.each([
		[
			refused('The prompt was refused', 'CONTENT_POLICY_VIOLATION'),
			'moderated',
			'The prompt was refused',
		],
		[refused('No provider left', 'ALL_PROVIDERS_EXHAUSTED'), 'failed', 'No provider left'],
		[{ error: 'broken' }, 'failed', 'broken'],
		[{ error_code: 'RATE_LIMITED', message: 'slow down' }, 'rateLimited', 'slow down'],
	])('may be an error with 200: %j', (body, code, text) => {
		expect(submitted(body)).toMatchObject({
			ok: false,
			fault: { code, message: `Lumenfall answered 200: ${text}` },
		});
	});
});

it.each([
	[400, refused('prompt is required', 'INVALID_REQUEST'), 'invalidRequest'],
	[400, refused('Refused: violence', 'CONTENT_POLICY_VIOLATION'), 'moderated'],
	[401, refused('Invalid API key', 'AUTHENTICATION_FAILED', 'authentication_error'), 'auth'],
	[402, refused('Balance too low', 'INSUFFICIENT_BALANCE', 'insufficient_quota'), 'payment'],
	[404, refused('No such model', 'MODEL_NOT_FOUND'), 'notFound'],
	[404, refused('Switched off', 'MODEL_DISABLED'), 'notFound'],
	[429, refused('Too many', 'RATE_LIMITED'), 'rateLimited'],
	[502, refused('All providers failed', 'ALL_PROVIDERS_EXHAUSTED'), 'failed'],
	[502, refused('fal: content flagged by the safety checker', 'ALL_PROVIDERS_EXHAUSTED'), 'moderated'],
	[500, refused('The upstream failed', 'UPSTREAM_ERROR'), 'failed'],
	[422, refused('NSFW content detected', 'UPSTREAM_ERROR'), 'moderated'],
	[400, { error_code: 'CONTENT_POLICY_VIOLATION', message: 'Refused' }, 'moderated'],
	[401, { error: 'no key' }, 'auth'],
	[502, '<html></html>', 'unavailable'],
	[503, refused('Later', 'toString'), 'unavailable'],
])('an answer of %i with %j is a fault of its kind', (status, body, code) => {
	expect(lumenfall.parseError(answer(body, status))).toMatchObject({ code, httpStatus: status });
});

it('a fault names the code of the provider and its text', () => {
	expect(
		lumenfall.parseError(answer(refused('Balance too low', 'INSUFFICIENT_BALANCE'), 402)),
	).toMatchObject({
		message: 'Lumenfall answered 402: Balance too low',
		providerStatus: 'INSUFFICIENT_BALANCE',
		retryable: true,
	});
});

describe('what it submits', () => {
	it('is JSON to generate', () => {
		expect(
			lumenfall.buildSubmit(
				{
					...request,
					size: { kind: 'pixels', width: 1183, height: 887 },
					fields: { seed: 7, n: 2 },
					additionalFields: { user: 'me' },
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.lumenfall.ai/openai/v1/images/generations',
				json: { model, prompt: 'a red fox', size: '1183x887', seed: 7, n: 2, user: 'me' },
			},
		});
	});

	it('is a form to edit, with every image under image[]', () => {
		const bytes = new Uint8Array([1, 2, 3]);
		const images = [bytesImage(bytes), bytesImage(bytes, { fileName: 'b.webp', mimeType: 'image/webp' })];
		expect(
			lumenfall.buildSubmit(
				{ ...request, operation: 'edit', images, fields: { cfg_scale: 2.5 } },
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://api.lumenfall.ai/openai/v1/images/edits',
				form: [
					{ name: 'model', value: model },
					{ name: 'prompt', value: 'a red fox' },
					{ name: 'size', value: 'auto' },
					{ name: 'cfg_scale', value: '2.5' },
					{ name: 'image[]', fileName: 'input.png', mimeType: 'image/png', bytes },
					{ name: 'image[]', fileName: 'b.webp', mimeType: 'image/webp', bytes },
				],
			},
		});
	});

	it.each([
		[
			'a fal route matches its input by its mode',
			'fal/flux.1-kontext-dev-edit',
			{ kind: 'auto' },
			{ resolution_mode: 'match_input' },
		],
		[
			'a fal route is told a ratio as its mode',
			'fal/flux.1-kontext-dev-edit',
			{ kind: 'ratio', ratio: { w: 9, h: 21 } },
			{ resolution_mode: '9:21' },
		],
		[
			'a Replicate route matches its input by the size',
			'replicate/flux.1-kontext-dev',
			{ kind: 'auto' },
			{ size: 'auto' },
		],
		['pixels are the size', model, { kind: 'pixels', width: 836, height: 1254 }, { size: '836x1254' }],
	] as const)('tells the size of an edit: %s', (_, id, size, fields) => {
		const built = lumenfall.buildSubmit(
			preparedRequest({
				model: id,
				operation: 'edit',
				size,
				images: [bytesImage(new Uint8Array([1]))],
			}),
			context,
		);
		const texts = built.ok
			? built.value.form?.flatMap((part) => ('value' in part ? [[part.name, part.value]] : []))
			: [];
		expect(Object.fromEntries(texts ?? [])).toEqual({ model: id, prompt: 'a red fox', ...fields });
	});

	it('is refused before it is sent where a value does not fit', () => {
		expect(lumenfall.buildSubmit({ ...request, fields: { n: 11 } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
});

describe('the fitting of a request', () => {
	const fitted = (more: Partial<ImageRequest>) => {
		const planned = plan(lumenfall, imageRequest({ model, ...more }), 0);
		const prepared = planned.ok ? prepare(planned.value, []) : planned;
		return prepared.ok ? prepared.value : prepared.fault;
	};

	it('refuses a prompt of more than 1000 characters unpaid', () => {
		expect(fitted({ prompt: 'a'.repeat(1001) })).toMatchObject({
			code: 'invalidRequest',
			message: `'Prompt' has 1001 characters, but ${model} takes at most 1000`,
		});
		expect(fitted({ prompt: 'a'.repeat(1000) })).toMatchObject({ warnings: [] });
	});

	it.each([
		['4:3', 1183, 887],
		['4:5', 916, 1145],
		['5:4', 1145, 916],
		['1:1', 1024, 1024],
		['3:4', 887, 1182],
		['2:3', 836, 1254],
		['3:2', 1254, 836],
		['9:16', 768, 1365],
		['16:9', 1365, 768],
		['9:21', 670, 1564],
		['21:9', 1563, 670],
	])('makes %s its 1K size of the table, %ix%i', (text, width, height) => {
		const [w = 0, h = 0] = text.split(':').map(Number);
		expect(fitted({ sizing: { kind: 'aspectRatio', ratio: { w, h } } })).toMatchObject({
			requests: [{ size: { kind: 'pixels', width, height } }],
			warnings: [],
		});
	});

	it('makes several images in one job, one price each', () => {
		expect(plan(lumenfall, imageRequest({ model, options: { numberOfImages: 3 } }), 0)).toMatchObject({
			value: { batches: [3], estimatedCost: expect.closeTo(0.075) as unknown },
		});
	});

	it.each([
		['fal/flux.2-dev', { enable_safety_checker: false, acceleration: 'high' }, []],
		['replicate/flux.2-dev', { disable_safety_checker: true }, ['acceleration']],
		['flux.1-kontext-max', {}, ['safetyChecker', 'acceleration']],
	])('gives a model that it does not know the options of its route: %s', (id, fields, warned) => {
		const options = { safetyChecker: false, acceleration: 'high' };
		const planned = plan(lumenfall, imageRequest({ model: id, options }), 0);
		expect(planned).toMatchObject({ ok: true, value: { fields, estimatedCost: null } });
		expect(planned.ok && planned.value.warnings.map(({ option }) => option)).toEqual(warned);
	});
});

describe('an estimate', () => {
	it('is asked for with the same body, dry', () => {
		const asked = { ...request, fields: { n: 2 } };
		const submit = lumenfall.buildSubmit(asked, context);
		expect(submit).toMatchObject({ ok: true, value: { json: { model, prompt: 'a red fox', n: 2 } } });
		expect(lumenfall.buildEstimate?.(asked, context)).toEqual(
			submit.ok && {
				ok: true,
				value: {
					...submit.value,
					url: 'https://api.lumenfall.ai/openai/v1/images/generations?dryRun=true',
				},
			},
		);
		const edit = lumenfall.buildEstimate?.(
			{ ...asked, operation: 'edit', images: [bytesImage(new Uint8Array([1]))] },
			context,
		);
		expect(edit).toMatchObject({
			ok: true,
			value: { url: 'https://api.lumenfall.ai/openai/v1/images/edits?dryRun=true' },
		});
	});

	it('is in millionths of a dollar', () => {
		const components = [
			{
				type: 'output',
				metric: 'image',
				quantity: 2,
				billable_quantity: 2,
				unit_price: 25_000,
				total_cost: 50_000,
			},
		];
		const body = {
			estimated: true,
			model,
			provider: 'fal',
			total_cost_micros: 50_000,
			currency: 'USD',
			components,
		};
		expect(lumenfall.parseEstimate?.(answer(body))).toEqual({ ok: true, value: 0.05 });
	});

	it.each([
		[{}],
		[{ total_cost_micros: '5' }],
		[{ total_cost_micros: -1 }],
		[{ total_cost_micros: 5, currency: 'EUR' }],
		[null],
	])('is none where it makes no sense: %j', (body) => {
		expect(lumenfall.parseEstimate?.(answer(body))).toMatchObject({
			ok: false,
			fault: { code: 'badResponse' },
		});
	});
});
