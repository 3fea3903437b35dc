import fc from 'fast-check';

import { checkOptions, optionKinds, optionNames } from '../../../../nodes/FluxKontext/core/request/options';

const refusal = (message: string) => ({
	ok: false,
	fault: expect.objectContaining({ code: 'invalidRequest', message }) as unknown,
});

describe('checkOptions', () => {
	it('accepts every option with a value of its kind', () => {
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

	it('treats an option that an expression left empty as not set', () => {
		expect(checkOptions({ seed: undefined, steps: null, negativePrompt: '' })).toEqual({
			ok: true,
			value: {},
		});
	});

	it('treats zero and false as set', () => {
		const values = { seed: 0, outputQuality: 0, safetyTolerance: 0, safetyChecker: false };
		expect(checkOptions(values)).toEqual({ ok: true, value: values });
	});

	it('ignores values that are not image options', () => {
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
		[{ guidance: Infinity }, "'Guidance' must be a number 0 or more, but is Infinity"],
		[{ steps: 0 }, "'Steps' must be a whole number 1 or more, but is 0"],
		[{ negativePrompt: ['blur'] }, '\'Negative Prompt\' must be text, but is ["blur"]'],
		[{ promptUpsampling: 'yes' }, '\'Prompt Upsampling\' must be true or false, but is "yes"'],
		[{ safetyTolerance: 7 }, "'Safety Tolerance' must be a whole number from 0 to 6, but is 7"],
		[{ safetyChecker: 1 }, "'Safety Checker' must be true or false, but is 1"],
		[{ acceleration: 'turbo' }, '\'Acceleration\' must be one of none, regular, high, but is "turbo"'],
	])('refuses %j', (values, message) => {
		expect(checkOptions(values)).toEqual(refusal(message));
	});

	it('accepts or refuses every JSON value of every option, and returns only its input', () => {
		fc.assert(
			fc.property(fc.constantFrom(...optionNames), fc.jsonValue(), (name, value) => {
				const checked = checkOptions({ [name]: value });
				const empty = value === null || value === '';
				expect(checked).toEqual(
					checked.ok
						? { ok: true, value: empty ? {} : { [name]: value } }
						: refusal(checked.fault.message),
				);
			}),
		);
	});
});

it('every option has a display name', () => {
	expect(optionNames.filter((name) => optionKinds[name].displayName === '')).toEqual([]);
});
