import fc from 'fast-check';

import { createRecentKeys } from '../../../../nodes/FluxKontext/core/base/recentKeys';

const MAX_KEYS = 3;
const LIFETIME_MS = 60_000;

describe('createRecentKeys', () => {
	it('does not know a key that was never added', () => {
		expect(createRecentKeys(MAX_KEYS).has('a', 0)).toBe(false);
	});

	it('knows a key from the moment it was added', () => {
		const keys = createRecentKeys(MAX_KEYS);
		keys.add('a', 5);
		expect(keys.has('a', 5)).toBe(true);
		expect(keys.has('b', 5)).toBe(false);
	});

	it('forgets a key after its lifetime, which is inclusive', () => {
		const keys = createRecentKeys(MAX_KEYS, LIFETIME_MS);
		keys.add('a', 1_000);
		expect(keys.has('a', 1_000 + LIFETIME_MS)).toBe(true);
		expect(keys.has('a', 1_001 + LIFETIME_MS)).toBe(false);
	});

	it('starts the lifetime anew for a key that is added again', () => {
		const keys = createRecentKeys(MAX_KEYS, LIFETIME_MS);
		keys.add('a', 0);
		keys.add('a', LIFETIME_MS);
		expect(keys.has('a', 2 * LIFETIME_MS)).toBe(true);
	});

	it('never forgets a key by default, however late', () => {
		const keys = createRecentKeys(MAX_KEYS);
		keys.add('a', 0);
		expect(keys.has('a', Number.MAX_SAFE_INTEGER)).toBe(true);
	});

	it('evicts the oldest key once there are too many', () => {
		const keys = createRecentKeys(MAX_KEYS);
		for (const key of ['a', 'b', 'c', 'd']) keys.add(key, 0);
		expect(['a', 'b', 'c', 'd'].map((key) => keys.has(key, 0))).toEqual([false, true, true, true]);
	});

	it('counts a key that is added again as the newest, and only once', () => {
		const keys = createRecentKeys(MAX_KEYS);
		for (const key of ['a', 'b', 'c', 'a', 'd']) keys.add(key, 0);
		expect(['a', 'b', 'c', 'd'].map((key) => keys.has(key, 0))).toEqual([true, false, true, true]);
	});

	it('forgets a key that is deleted, and knows it when it is added again', () => {
		const keys = createRecentKeys(MAX_KEYS);
		for (const key of ['a', 'b']) keys.add(key, 0);
		keys.delete('a');
		keys.delete('never added');
		expect(['a', 'b'].map((key) => keys.has(key, 0))).toEqual([false, true]);
		keys.add('a', 0);
		expect(keys.has('a', 0)).toBe(true);
	});

	it('keeps each memory separate', () => {
		const [first, second] = [createRecentKeys(MAX_KEYS), createRecentKeys(MAX_KEYS)];
		first.add('a', 0);
		expect(second.has('a', 0)).toBe(false);
	});

	it('knows exactly the latest distinct keys, in whatever order keys are added', () => {
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')),
				fc.integer({ min: 1, max: 6 }),
				(added, maxKeys) => {
					const keys = createRecentKeys(maxKeys);
					for (const key of added) keys.add(key, 0);
					const latest = [...new Set([...added].reverse())].slice(0, maxKeys);
					const known = ['a', 'b', 'c', 'd', 'e', 'f'].filter((key) => keys.has(key, 0));
					expect(known).toEqual([...latest].sort());
				},
			),
		);
	});
});
