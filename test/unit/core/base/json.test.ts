import fc from 'fast-check';

import {
	mergeFields,
	show,
	type JsonObject,
	type JsonValue,
} from '../../../../nodes/FluxKontext/core/base/json';

describe('mergeFields', () => {
	it('merges objects and replaces everything else', () => {
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

	it('does not pollute the prototype of objects', () => {
		mergeFields(
			{},
			JSON.parse(
				'{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
			) as JsonObject,
		);
		expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
	});
});

describe('showing a value', () => {
	const cyclic: Record<string, unknown> = {};
	cyclic['self'] = cyclic;

	it.each<[unknown, string]>([
		['a', '"a"'],
		['x'.repeat(1_000_000), `"${'x'.repeat(100)}… (1000000 characters)"`],
		[undefined, 'undefined'],
		[Number.NaN, 'NaN'],
		[{ a: 1 }, '{"a":1}'],
		[cyclic, 'an object'],
		[10n, '10'],
	])('never throws, and clips a long one by itself', (value, shown) => {
		expect(show(value)).toBe(shown);
	});
});
