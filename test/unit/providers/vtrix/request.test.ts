import { plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { vtrix } from '../../../../nodes/FluxKontext/providers/vtrix';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../../support/requests';

const context = { baseUrl: 'https://cloud.vtrix.ai/model', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux_kontext_pro' });

it('builds status requests to the URL of the task and encodes its id', () => {
	expect(vtrix.status.build({ id: '../x?y' }, context)).toEqual({
		method: 'GET',
		url: 'https://cloud.vtrix.ai/model/v1/generation/task/..%2Fx%3Fy',
	});
});

describe('the builder of submits', () => {
	it('wraps the parameters and merges additional fields into them', () => {
		const images = [bytesImage(new Uint8Array([1, 2, 3])), urlImage('https://a.example/b.png')];
		expect(
			vtrix.submit.build(
				{
					...request,
					images,
					size: { kind: 'ratio', ratio: { w: 16, h: 9 } },
					fields: { seed: 7, output_format: 'png' },
					additionalFields: { safety_tolerance: 3 },
				},
				context,
			),
		).toEqual({
			ok: true,
			value: {
				method: 'POST',
				url: 'https://cloud.vtrix.ai/model/v1/generation',
				json: {
					model: 'flux_kontext_pro',
					input: [
						{
							params: {
								prompt: 'a red fox',
								input_image: 'AQID',
								input_image_2: 'https://a.example/b.png',
								aspect_ratio: '16:9',
								seed: 7,
								output_format: 'png',
								safety_tolerance: 3,
							},
						},
					],
				},
			},
		});
		expect(vtrix.submit.build(request, context)).toMatchObject({
			value: { json: { input: [{ params: { prompt: 'a red fox' } }] } },
		});
	});

	it('rejects an ill-typed field before anything is sent', () => {
		expect(vtrix.submit.build({ ...request, fields: { steps: 'many' } }, context)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('takes the options of each tier', () => {
		const fieldsOf = (model: string) => {
			const planned = plan(
				vtrix,
				imageRequest({
					model,
					options: { safetyTolerance: 0, guidance: 2, steps: 30, negativePrompt: 'blur' },
				}),
				0,
			);
			return planned.ok
				? [planned.value.fields, planned.value.warnings.map(({ option }) => option)]
				: [];
		};
		expect(fieldsOf('flux_kontext_pro')).toEqual([
			{ safety_tolerance: 1 },
			['guidance', 'steps', 'negativePrompt', 'safetyTolerance'],
		]);
		expect(fieldsOf('flux_kontext_max')).toEqual([
			{ safety_tolerance: 0, guidance_scale: 2, steps: 30, negative_prompt: 'blur' },
			[],
		]);
	});
});
