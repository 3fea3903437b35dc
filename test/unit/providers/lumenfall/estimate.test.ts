import type { HttpResponse } from '../../../../nodes/FluxKontext/core/http/ports';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { bytesImage, preparedRequest } from '../../../support/requests';

const model = 'flux.1-kontext-dev';
const context = { baseUrl: 'https://api.lumenfall.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model });
const respond = (body: unknown): HttpResponse => ({ status: 200, headers: {}, body });

describe('the estimate endpoint', () => {
	it('sends the body of the submit as a dry run', () => {
		const withTwoImages = { ...request, fields: { n: 2 } };
		const submit = lumenfall.submit.build(withTwoImages, context);
		expect(submit).toMatchObject({ ok: true, value: { json: { model, prompt: 'a red fox', n: 2 } } });
		expect(lumenfall.estimate?.build(withTwoImages, context)).toEqual(
			submit.ok && {
				ok: true,
				value: {
					...submit.value,
					url: 'https://api.lumenfall.ai/openai/v1/images/generations?dryRun=true',
				},
			},
		);
		const edit = lumenfall.estimate?.build(
			{ ...withTwoImages, operation: 'edit', images: [bytesImage(new Uint8Array([1]))] },
			context,
		);
		expect(edit).toMatchObject({
			ok: true,
			value: { url: 'https://api.lumenfall.ai/openai/v1/images/edits?dryRun=true' },
		});
	});

	it('reads the price in millionths of a dollar', () => {
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
		expect(lumenfall.estimate?.parse(respond(body))).toEqual({ ok: true, value: 0.05 });
	});

	it.each([
		[{}],
		[{ total_cost_micros: '5' }],
		[{ total_cost_micros: -1 }],
		[{ total_cost_micros: 5, currency: 'EUR' }],
		[null],
	])('rejects a response without a valid price in USD: %j', (body) => {
		expect(lumenfall.estimate?.parse(respond(body))).toMatchObject({
			ok: false,
			fault: { code: 'badResponse' },
		});
	});
});
