import fc from 'fast-check';

import type { JsonObject } from '../../../../nodes/FluxKontext/core/base/json';
import { mapOptions } from '../../../../nodes/FluxKontext/core/request/mapOptions';
import type { OptionSpec } from '../../../../nodes/FluxKontext/core/request/model';
import { optionNames } from '../../../../nodes/FluxKontext/core/request/options';

const refusal = (message: string) => ({
	ok: false,
	fault: expect.objectContaining({ code: 'invalidRequest', message }) as unknown,
});

describe('mapOptions', () => {
	const specs: Partial<Record<'seed' | 'outputFormat' | 'guidance' | 'safetyTolerance', OptionSpec>> = {
		seed: { field: 'random_seed' },
		outputFormat: { field: 'format', values: { png: 'PNG', jpeg: 'JPG' } },
		guidance: { field: 'cfg', min: 1, max: 10 },
		safetyTolerance: { field: 'safety', min: 0, max: 2, clamp: true },
	};

	it("returns the provider's names and values", () => {
		expect(
			mapOptions({ seed: 7, outputFormat: 'jpeg', guidance: 1, safetyTolerance: 2 }, specs, 'a-model'),
		).toEqual({
			ok: true,
			value: { fields: { random_seed: 7, format: 'JPG', cfg: 1, safety: 2 }, warnings: [] },
		});
	});

	it('expands dots in a name into objects, which several options share', () => {
		const nested = {
			steps: { field: 'sample_params.sample_steps' },
			guidance: { field: 'sample_params.guidance.distilled_guidance', max: 10, clamp: true },
			seed: { field: 'seed' },
		};
		expect(mapOptions({ seed: 7, steps: 28, guidance: 12 }, nested, 'a-model')).toMatchObject({
			ok: true,
			value: {
				fields: {
					seed: 7,
					sample_params: { sample_steps: 28, guidance: { distilled_guidance: 10 } },
				},
				warnings: [{ option: 'guidance', type: 'adapted' }],
			},
		});
	});

	it('ignores an option that the model does not have, with a warning', () => {
		expect(mapOptions({ steps: 30 }, specs, 'a-model')).toEqual({
			ok: true,
			value: {
				fields: {},
				warnings: [
					{
						option: 'steps',
						type: 'ignored',
						message: "a-model has no option 'Steps'; it was not sent.",
					},
				],
			},
		});
	});

	it.each(['webp', 'toString', 'constructor'])(
		'ignores a value %s that the model does not have, with a warning',
		(outputFormat) => {
			expect(mapOptions({ outputFormat }, specs, 'a-model')).toEqual({
				ok: true,
				value: {
					fields: {},
					warnings: [
						{
							option: 'outputFormat',
							type: 'ignored',
							message:
								"a-model takes png, jpeg for 'Output Format', " +
								`not "${outputFormat}"; it was not sent.`,
						},
					],
				},
			});
		},
	);

	it("refuses a number outside the provider's limits", () => {
		expect(mapOptions({ guidance: 0.5 }, specs, 'a-model')).toEqual(
			refusal("'Guidance' for a-model must be from 1 to 10, but is 0.5"),
		);
		expect(mapOptions({ guidance: 10.1 }, specs, 'a-model')).toEqual(
			refusal("'Guidance' for a-model must be from 1 to 10, but is 10.1"),
		);
	});

	it('clamps a number where the spec says so, with a warning', () => {
		expect(mapOptions({ safetyTolerance: 6 }, specs, 'a-model')).toEqual({
			ok: true,
			value: {
				fields: { safety: 2 },
				warnings: [
					{
						option: 'safetyTolerance',
						type: 'adapted',
						message: "a-model takes from 0 to 2 for 'Safety Tolerance'; 6 became 2.",
					},
				],
			},
		});
	});

	it('sends a number as text where the provider expects text, also when it is clamped', () => {
		const asText: typeof specs = {
			safetyTolerance: { field: 'safety', min: 1, max: 6, clamp: true, as: 'text' },
		};
		expect(mapOptions({ safetyTolerance: 4 }, asText, 'a-model')).toEqual({
			ok: true,
			value: { fields: { safety: '4' }, warnings: [] },
		});
		expect(mapOptions({ safetyTolerance: 0 }, asText, 'a-model')).toEqual({
			ok: true,
			value: {
				fields: { safety: '1' },
				warnings: [
					{
						option: 'safetyTolerance',
						type: 'adapted',
						message: "a-model takes from 1 to 6 for 'Safety Tolerance'; 0 became 1.",
					},
				],
			},
		});
	});

	it('inverts a boolean for a field with the opposite meaning', () => {
		const inverted = {
			safetyChecker: { field: 'disable_checker', invert: true },
			promptUpsampling: { field: 'pup' },
		};
		expect(mapOptions({ safetyChecker: true, promptUpsampling: true }, inverted, 'a-model')).toEqual({
			ok: true,
			value: { fields: { disable_checker: false, pup: true }, warnings: [] },
		});
		expect(mapOptions({ safetyChecker: false }, inverted, 'a-model')).toEqual({
			ok: true,
			value: { fields: { disable_checker: true }, warnings: [] },
		});
	});

	it('leaves the number of images to the batches', () => {
		expect(mapOptions({ numberOfImages: 3 }, {}, 'a-model')).toEqual({
			ok: true,
			value: { fields: {}, warnings: [] },
		});
		expect(mapOptions({ numberOfImages: 3 }, { numberOfImages: { field: 'n' } }, 'a-model')).toEqual({
			ok: true,
			value: { fields: {}, warnings: [] },
		});
	});

	it('drops nothing silently: every set option is sent, named in a warning or refused', () => {
		const values = fc.record(
			{
				seed: fc.nat(),
				outputFormat: fc.constantFrom('png', 'webp', 'avif'),
				guidance: fc.double({ min: 0, max: 20, noNaN: true }),
				steps: fc.nat(),
				safetyTolerance: fc.nat(6),
				safetyChecker: fc.boolean(),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(values, (options) => {
				const mapped = mapOptions(options, specs, 'a-model');
				if (!mapped.ok) {
					expect(mapped).toEqual(refusal(mapped.fault.message));
					return;
				}
				const { fields, warnings } = mapped.value;
				const set = optionNames.filter((name) => (options as JsonObject)[name] !== undefined);
				const sent = optionNames.filter(
					(name) =>
						specs[name as keyof typeof specs] &&
						fields[specs[name as keyof typeof specs]?.field ?? ''] !== undefined,
				);
				const named = warnings.map(({ option }) => option);
				expect(set.filter((name) => !sent.includes(name) && !named.includes(name))).toEqual([]);
				expect(named.filter((name) => !set.includes(name as (typeof optionNames)[number]))).toEqual(
					[],
				);
			}),
		);
	});
});
