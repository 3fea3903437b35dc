import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import type { ImageRequest } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import { plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { imageRequest } from '../../../support/requests';
import { acme, edit, painterEdits, planOf, refusal } from './acme';

describe('plan', () => {
	it('returns the fields, the warnings, the number of jobs and the cost', () => {
		const request = edit({ options: { seed: 7, safetyTolerance: 6, numberOfImages: 3, steps: 4 } });
		expect(plan(acme, request, 1)).toEqual({
			ok: true,
			value: {
				request,
				spec: painterEdits,
				fields: { random_seed: 7, safety: 2 },
				warnings: [
					{
						option: 'steps',
						type: 'ignored',
						message: "painter has no option 'Steps'; it was not sent.",
					},
					{
						option: 'safetyTolerance',
						type: 'adapted',
						message: "painter takes at most 2 for 'Safety Tolerance'; 6 became 2.",
					},
				],
				batches: [1, 1, 1],
				price: { usdPerImage: 0.04, readOn: '2026-11-20', source: 'https://acme.example' },
				estimatedCost: 0.12,
			},
		});
	});

	it('plans one job, at the price of all images, for a model that makes several at a time', () => {
		expect(planOf(imageRequest({ model: 'batch', options: { numberOfImages: 4 } }))).toMatchObject({
			batches: [4],
			estimatedCost: 0.04,
		});
	});

	it("treats an uncatalogued model like the provider's default model, without a price, and says so", () => {
		expect(planOf(edit({ model: 'painter-3', options: { seed: 1 } }))).toMatchObject({
			request: { model: 'painter-3' },
			spec: painterEdits,
			fields: { random_seed: 1 },
			warnings: [
				{
					option: 'model',
					type: 'adapted',
					message:
						'The catalogue of Acme does not list painter-3: it is treated like painter, ' +
						'and its price is not known.',
				},
			],
			price: null,
			estimatedCost: null,
		});
	});

	it.each<[string, ImageRequest, number, string]>([
		['an empty prompt', edit({ prompt: '' }), 1, "'Prompt' is empty; say what the image should show"],
		['a blank prompt', edit({ prompt: ' \n\t' }), 1, "'Prompt' is empty; say what the image should show"],
		['an edit without an image', edit(), 0, "'Input Images' holds no image, but painter needs 1 to edit"],
		['too many images', edit(), 3, "'Input Images' holds 3 images, but painter takes at most 2"],
		[
			'an image where none is taken',
			imageRequest({ model: 'painter' }),
			1,
			"'Input Images' holds 1 images, but painter takes none to generate",
		],
		[
			'an option out of range',
			edit({ options: { seed: 101 } }),
			1,
			"'Seed' for painter must be at most 100, but is 101",
		],
		[
			'a model that cannot edit',
			edit({ model: 'batch' }),
			1,
			"'Model' batch cannot edit images; models of Acme that can: painter",
		],
	])('refuses %s', (_, request, images, message) => {
		expect(plan(acme, request, images)).toEqual(refusal(message));
	});

	it('refuses an operation that no model of the provider supports, for known and unknown models', () => {
		const editor = {
			...acme,
			models: [{ ...acme.models[0], id: 'editor', operations: { edit: painterEdits } }],
		} as Provider;
		for (const model of ['editor', 'another']) {
			expect(plan(editor, imageRequest({ model }), 0)).toEqual(
				refusal('Acme cannot generate images: its models only edit'),
			);
		}
	});
});

describe('an uncatalogued model', () => {
	const withFallback = {
		...acme,
		specForUnknownModel: (id: string) => (id.startsWith('batch') ? acme.models[1] : null),
	} as unknown as Provider;
	const options = { numberOfImages: 3 };

	it('is treated like the model that the provider names for it, without a price', () => {
		expect(plan(withFallback, imageRequest({ model: 'batch-2', options }), 0)).toMatchObject({
			ok: true,
			value: {
				batches: [3],
				warnings: [{ message: expect.stringContaining('it is treated like batch,') as unknown }],
				estimatedCost: null,
			},
		});
		expect(plan(withFallback, edit({ model: 'batch-2' }), 1)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('is treated like the default model where the provider names none', () => {
		expect(plan(withFallback, imageRequest({ model: 'other', options }), 0)).toMatchObject({
			ok: true,
			value: { batches: [1, 1, 1], estimatedCost: null },
		});
	});
});
