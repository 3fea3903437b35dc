import * as fc from 'fast-check';
import { rawJson } from '../../../../tools/emulator/callbacks/rawJson';

test('keys are sorted, separators have a space, what is undefined is left out', () => {
	expect(rawJson({ b: [1, null], a: { d: undefined, c: 'x' } })).toBe('{"a": {"c": "x"}, "b": [1, null]}');
});

test('what is not ASCII is escaped', () => {
	expect(rawJson({ text: 'a 狐 🦊 "é"' })).toBe('{"text": "a \\u72d0 \\ud83e\\udd8a \\"\\u00e9\\""}');
});

test('it is what JSON reads', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) =>
			expect(JSON.parse(rawJson(value))).toEqual(JSON.parse(JSON.stringify(value))),
		),
	);
});
