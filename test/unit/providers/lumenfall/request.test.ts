import type { ImageRequest } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import { plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { prepare } from '../../../../nodes/FluxKontext/core/request/prepare';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { bytesImage, imageRequest, preparedRequest } from '../../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'https://api.lumenfall.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });

describe('the builder of submits', () => {
	it('sends JSON to generate', () => {
		expect(
			lumenfall.submit.build(
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

	it('sends a form to edit, with every image as image[]', () => {
		const bytes = new Uint8Array([1, 2, 3]);
		const images = [bytesImage(bytes), bytesImage(bytes, { fileName: 'b.webp', mimeType: 'image/webp' })];
		expect(
			lumenfall.submit.build(
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
			'a fal route matches its input with resolution_mode',
			'fal/flux.1-kontext-dev-edit',
			{ kind: 'auto' },
			{ resolution_mode: 'match_input' },
		],
		[
			'a fal route takes a ratio as resolution_mode',
			'fal/flux.1-kontext-dev-edit',
			{ kind: 'ratio', ratio: { w: 9, h: 21 } },
			{ resolution_mode: '9:21' },
		],
		[
			'a Replicate route matches its input with size',
			'replicate/flux.1-kontext-dev',
			{ kind: 'auto' },
			{ size: 'auto' },
		],
		[
			'pixels are sent as size',
			model,
			{ kind: 'pixels', width: 836, height: 1254 },
			{ size: '836x1254' },
		],
	] as const)('sends the size of an edit: %s', (_, id, size, fields) => {
		const built = lumenfall.submit.build(
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

	it('rejects a value that does not fit before anything is sent', () => {
		expect(lumenfall.submit.build({ ...request, fields: { n: 11 } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
});

describe('the preparation of a request', () => {
	const prepareRequest = (more: Partial<ImageRequest>) => {
		const planned = plan(lumenfall, imageRequest({ model, ...more }), 0);
		const prepared = planned.ok ? prepare(planned.value, []) : planned;
		return prepared.ok ? prepared.value : prepared.fault;
	};

	it('rejects a prompt of more than 1000 characters before anything is sent', () => {
		expect(prepareRequest({ prompt: 'a'.repeat(1001) })).toMatchObject({
			code: 'invalidRequest',
			message: `'Prompt' has 1001 characters, but ${model} takes at most 1000`,
		});
		expect(prepareRequest({ prompt: 'a'.repeat(1000) })).toMatchObject({ warnings: [] });
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
	])('maps the ratio %s to its 1K size of the table, %ix%i', (text, width, height) => {
		const [w = 0, h = 0] = text.split(':').map(Number);
		expect(prepareRequest({ sizing: { kind: 'aspectRatio', ratio: { w, h } } })).toMatchObject({
			requests: [{ size: { kind: 'pixels', width, height } }],
			warnings: [],
		});
	});

	it('puts several images into one job, each at the price of one', () => {
		expect(plan(lumenfall, imageRequest({ model, options: { numberOfImages: 3 } }), 0)).toMatchObject({
			value: { batches: [3], estimatedCost: expect.closeTo(0.075) as unknown },
		});
	});

	it.each([
		['fal/flux.2-dev', { enable_safety_checker: false, acceleration: 'high' }, ['model']],
		['replicate/flux.2-dev', { disable_safety_checker: true }, ['model', 'acceleration']],
		['flux.1-kontext-max', {}, ['model', 'safetyChecker', 'acceleration']],
	])('takes the options of the route for an unlisted model: %s', (id, fields, warned) => {
		const options = { safetyChecker: false, acceleration: 'high' };
		const planned = plan(lumenfall, imageRequest({ model: id, options }), 0);
		expect(planned).toMatchObject({ ok: true, value: { fields, estimatedCost: null } });
		expect(planned.ok && planned.value.warnings.map(({ option }) => option)).toEqual(warned);
	});
});
