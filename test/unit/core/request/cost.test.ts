import type { JsonObject } from '../../../../nodes/FluxKontext/core/base/json';
import { catalogueCost, checkPriceFields } from '../../../../nodes/FluxKontext/core/request/cost';
import type { Price } from '../../../../nodes/FluxKontext/core/request/model';
import { plan, type Plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { imageRequest } from '../../../support/requests';
import { acme, planOf } from './acme';

const withFields = (additionalFields: JsonObject, model = 'painter'): Plan =>
	planOf(imageRequest({ model, additionalFields }));

/** Plans three images of a model whose price is changed. */
function pricedPlan(change: Partial<Price>): Plan {
	const [painter, ...others] = acme.models;
	if (!painter?.price) throw new Error('The painter has a price');
	const models = [{ ...painter, price: { ...painter.price, ...change } }, ...others];
	const request = imageRequest({ model: 'painter', options: { numberOfImages: 3 } });
	const planned = plan({ ...acme, models }, request, 0);
	if (!planned.ok) throw new Error(planned.fault.message);
	return planned.value;
}

describe('catalogueCost', () => {
	it('is the price of every image of every job', () => {
		expect(catalogueCost(pricedPlan({}))).toEqual({ ok: true, value: expect.closeTo(0.12) as unknown });
		const batch = imageRequest({ model: 'batch', options: { numberOfImages: 9 } });
		expect(catalogueCost(planOf(batch))).toEqual({ ok: true, value: expect.closeTo(0.09) as unknown });
	});

	it('refuses a price that is only a lower bound', () => {
		expect(catalogueCost(pricedPlan({ isLowerBound: true }))).toMatchObject({
			ok: false,
			fault: {
				code: 'costLimit',
				message:
					"The price of painter is only known to be 0.04 USD or more, so 'Max Cost' cannot be kept; " +
					'nothing was submitted',
				description:
					"Remove 'Max Cost' from the options, or choose a model with a fixed price per image.",
			},
		});
	});

	it('refuses a model that the catalogue does not list', () => {
		expect(catalogueCost(planOf(imageRequest({ model: 'painter-3' })))).toMatchObject({
			ok: false,
			fault: {
				code: 'costLimit',
				message:
					"The price of painter-3 is not known, so 'Max Cost' cannot be kept; nothing was submitted",
			},
		});
	});
});

describe('checkPriceFields', () => {
	it.each<[JsonObject, string]>([
		[{ num_images: 4 }, 'num_images'],
		[{ style: 'ink', N: 4 }, 'N'],
		[{ Model: 'max' }, 'Model'],
		[{ aspectRatio: '1:1' }, 'aspectRatio'],
		[{ sample_params: { sample_steps: 4, 'batch-count': 8 } }, 'sample_params.batch-count'],
		[{ a: [[{ b: { image_size: { w: 1 } } }]] }, 'a.0.0.b.image_size'],
	])('refuses %j', (additionalFields, field) => {
		expect(checkPriceFields(withFields(additionalFields))).toMatchObject({
			ok: false,
			fault: {
				code: 'costLimit',
				message:
					`'Additional Fields' sets ${field}, which can change the price, ` +
					"so 'Max Cost' cannot be kept; nothing was submitted",
			},
		});
	});

	it("refuses the model's own name for the number of images, whatever it is", () => {
		const { spec, ...planned } = withFields({ pictures: 4 }, 'batch');
		expect(checkPriceFields({ ...planned, spec }).ok).toBe(true);
		const options = { numberOfImages: { field: 'output.Pictures' } };
		expect(checkPriceFields({ ...planned, spec: { ...spec, options } })).toMatchObject({
			fault: { message: expect.stringContaining('sets pictures,') as unknown },
		});
	});

	it('lets other fields pass, whatever their values', () => {
		const fields = { seed: 1, loras: [{ path: 'a', scale: 0.5 }], webhook: 'model', note: { text: 'n' } };
		expect(checkPriceFields(withFields(fields))).toEqual({ ok: true, value: null });
		expect(checkPriceFields(withFields({}))).toEqual({ ok: true, value: null });
	});

	it('reads fields of any depth', () => {
		const deep = { at: { n: 1 } as JsonObject };
		for (let depth = 0; depth < 20_000; depth += 1) deep.at = { a: deep.at };
		expect(checkPriceFields(withFields(deep.at)).ok).toBe(false);
	});
});
