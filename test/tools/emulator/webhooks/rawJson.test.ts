import * as fc from 'fast-check';
import { rawJson } from '../../../../tools/emulator/webhooks/rawJson';

test('sorts keys, puts a space after separators and omits undefined values', () => {
	expect(rawJson({ b: [1, null], a: { d: undefined, c: 'x' } })).toBe('{"a": {"c": "x"}, "b": [1, null]}');
});

test('escapes every character beyond ASCII', () => {
	expect(rawJson({ text: 'a 狐 🦊 "é"' })).toBe('{"text": "a \\u72d0 \\ud83e\\udd8a \\"\\u00e9\\""}');
});

test('is equivalent to what JSON.stringify writes', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) =>
			expect(JSON.parse(rawJson(value))).toEqual(JSON.parse(JSON.stringify(value))),
		),
	);
});
