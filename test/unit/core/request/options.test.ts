import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../../../nodes/FluxKontext/core/base/json';
import {
	checkOptions,
	mapOptions,
	mergeFields,
	optionKinds,
	optionNames,
} from '../../../../nodes/FluxKontext/core/request/options';
import type { OptionSpec } from '../../../../nodes/FluxKontext/core/provider';

const refused = (message: string) => ({
	ok: false,
	fault: expect.objectContaining({ code: 'invalidRequest', message }) as unknown,
});

describe('checkOptions', () => {
	it('takes every option with a value of its kind', () => {
		const all = {
			seed: 42,
			numberOfImages: 2,
			outputFormat: 'webp',
			outputQuality: 80,
			guidance: 2.5,
			steps: 28,
			negativePrompt: 'blur',
			promptUpsampling: true,
			safetyTolerance: 6,
			safetyChecker: false,
			acceleration: 'high',
		};
		expect(Object.keys(all)).toEqual(optionNames);
		expect(checkOptions(all)).toEqual({ ok: true, value: all });
	});

	it('takes an option that an expression left empty as not set', () => {
		expect(checkOptions({ seed: undefined, steps: null, negativePrompt: '' })).toEqual({
			ok: true,
			value: {},
		});
	});

	it('takes zero and false as set', () => {
		const values = { seed: 0, outputQuality: 0, safetyTolerance: 0, safetyChecker: false };
		expect(checkOptions(values)).toEqual({ ok: true, value: values });
	});

	it('leaves what is no image option to others', () => {
		expect(checkOptions({ timeout: 'soon', binaryField: 'data' })).toEqual({ ok: true, value: {} });
	});

	it.each([
		[{ seed: -1 }, "'Seed' must be a whole number 0 or more, but is -1"],
		[{ seed: 1.5 }, "'Seed' must be a whole number 0 or more, but is 1.5"],
		[{ seed: '7' }, '\'Seed\' must be a whole number 0 or more, but is "7"'],
		[{ seed: 2 ** 53 }, "'Seed' must be a whole number 0 or more, but is 9007199254740992"],
		[{ numberOfImages: 0 }, "'Number of Images' must be a whole number from 1 to 20, but is 0"],
		[{ numberOfImages: 21 }, "'Number of Images' must be a whole number from 1 to 20, but is 21"],
		[
			{ outputFormat: 'tiff' },
			'\'Output Format\' must be one of png, jpeg, webp, gif, avif, but is "tiff"',
		],
		[
			{ outputFormat: 'toString' },
			'\'Output Format\' must be one of png, jpeg, webp, gif, avif, but is "toString"',
		],
		[{ outputQuality: 101 }, "'Output Quality' must be a whole number from 0 to 100, but is 101"],
		[{ guidance: -0.1 }, "'Guidance' must be a number 0 or more, but is -0.1"],
		[{ guidance: Infinity }, "'Guidance' must be a number 0 or more, but is null"],
		[{ steps: 0 }, "'Steps' must be a whole number 1 or more, but is 0"],
		[{ negativePrompt: ['blur'] }, '\'Negative Prompt\' must be text, but is ["blur"]'],
		[{ promptUpsampling: 'yes' }, '\'Prompt Upsampling\' must be true or false, but is "yes"'],
		[{ safetyTolerance: 7 }, "'Safety Tolerance' must be a whole number from 0 to 6, but is 7"],
		[{ safetyChecker: 1 }, "'Safety Checker' must be true or false, but is 1"],
		[{ acceleration: 'turbo' }, '\'Acceleration\' must be one of none, regular, high, but is "turbo"'],
	])('refuses %j', (values, message) => {
		expect(checkOptions(values)).toEqual(refused(message));
	});

	it('answers for every JSON value of every option, and gives back only what it was given', () => {
		fc.assert(
			fc.property(fc.constantFrom(...optionNames), fc.jsonValue(), (name, value) => {
				const checked = checkOptions({ [name]: value });
				const empty = value === null || value === '';
				expect(checked).toEqual(
					checked.ok
						? { ok: true, value: empty ? {} : { [name]: value } }
						: refused(checked.fault.message),
				);
			}),
		);
	});
});

describe('mapOptions', () => {
	const specs: Partial<Record<'seed' | 'outputFormat' | 'guidance' | 'safetyTolerance', OptionSpec>> = {
		seed: { field: 'random_seed' },
		outputFormat: { field: 'format', values: { png: 'PNG', jpeg: 'JPG' } },
		guidance: { field: 'cfg', min: 1, max: 10 },
		safetyTolerance: { field: 'safety', min: 0, max: 2, clamp: true },
	};

	it("gives the provider's names and values", () => {
		expect(
			mapOptions({ seed: 7, outputFormat: 'jpeg', guidance: 1, safetyTolerance: 2 }, specs, 'a-model'),
		).toEqual({
			ok: true,
			value: { fields: { random_seed: 7, format: 'JPG', cfg: 1, safety: 2 }, warnings: [] },
		});
	});

	it('follows the dots in a name into objects, which several options share', () => {
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

	it('ignores what the model has not, and says so', () => {
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
		'ignores a named value %s that the model has not, and says so',
		(outputFormat) => {
			expect(mapOptions({ outputFormat }, specs, 'a-model')).toEqual({
				ok: true,
				value: {
					fields: {},
					warnings: [
						{
							option: 'outputFormat',
							type: 'ignored',
							message: `a-model takes png, jpeg for 'Output Format', not "${outputFormat}"; it was not sent.`,
						},
					],
				},
			});
		},
	);

	it("refuses a number outside the provider's limits", () => {
		expect(mapOptions({ guidance: 0.5 }, specs, 'a-model')).toEqual(
			refused("'Guidance' for a-model must be from 1 to 10, but is 0.5"),
		);
		expect(mapOptions({ guidance: 10.1 }, specs, 'a-model')).toEqual(
			refused("'Guidance' for a-model must be from 1 to 10, but is 10.1"),
		);
	});

	it('moves a number to the limit where the spec says so, and says so too', () => {
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

	it('tells a number as text where the provider takes it so, also the limit it was moved to', () => {
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

	it('tells the opposite where the field says the opposite', () => {
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

	it('leaves the number of images to the jobs that they are spread over', () => {
		expect(mapOptions({ numberOfImages: 3 }, {}, 'a-model')).toEqual({
			ok: true,
			value: { fields: {}, warnings: [] },
		});
		expect(mapOptions({ numberOfImages: 3 }, { numberOfImages: { field: 'n' } }, 'a-model')).toEqual({
			ok: true,
			value: { fields: {}, warnings: [] },
		});
	});

	it('drops nothing silently: each option that is set is sent, named in a warning or refused', () => {
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
					expect(mapped).toEqual(refused(mapped.fault.message));
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

describe('mergeFields', () => {
	it('merges objects, and replaces all else', () => {
		expect(
			mergeFields(
				{ a: 1, deep: { x: 1, y: { z: 1 } }, list: [1, 2], gone: { x: 1 } },
				{ b: 2, deep: { y: { w: 2 } }, list: [3], gone: null },
			),
		).toEqual({ a: 1, b: 2, deep: { x: 1, y: { z: 1, w: 2 } }, list: [3], gone: null });
	});

	it('changes neither of its arguments, and the extra fields always win', () => {
		const json = fc.dictionary(
			fc.string().filter((key) => key !== '__proto__'),
			fc.jsonValue().map((value) => value as JsonValue),
		);
		fc.assert(
			fc.property(json, json, (base, extra) => {
				const before = JSON.stringify([base, extra]);
				const merged = mergeFields(base, extra);
				expect(JSON.stringify([base, extra])).toBe(before);
				expect(mergeFields(merged, extra)).toEqual(merged);
				expect(new Set(Object.keys(merged))).toEqual(
					new Set([...Object.keys(base), ...Object.keys(extra)]),
				);
			}),
		);
	});

	it('does not touch the prototype of objects', () => {
		mergeFields(
			{},
			JSON.parse(
				'{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
			) as JsonObject,
		);
		expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
	});
});

it('every option has a name to show', () => {
	expect(optionNames.filter((name) => optionKinds[name].displayName === '')).toEqual([]);
});
