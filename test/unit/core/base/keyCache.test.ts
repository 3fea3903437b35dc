import { createKeyCache } from '../../../../nodes/FluxKontext/core/base/keyCache';

const MAX_IDS = 3;

/** Creates a cache whose requests return the ordinal number of the request. */
function createCounted() {
	const cache = createKeyCache(MAX_IDS);
	const asked: string[] = [];
	const state = { nowMs: 0, fails: false };
	return {
		state,
		asked,
		get: async (id: string, maxAgeMs = 1_000) =>
			await cache.get(
				id,
				maxAgeMs,
				() => state.nowMs,
				async () => {
					asked.push(id);
					return await Promise.resolve(state.fails ? null : [asked.length]);
				},
			),
	};
}

it('returns keys of at most the given age without a request', async () => {
	const { get, state, asked } = createCounted();
	expect(await get('a')).toEqual([1]);
	state.nowMs = 1_000;
	expect(await get('a')).toEqual([1]);
	expect(await get('a', 999)).toEqual([2]);
	expect(asked).toEqual(['a', 'a']);
});

it('does not keep that keys could not be read', async () => {
	const { get, state } = createCounted();
	state.fails = true;
	expect(await get('a')).toBeNull();
	state.fails = false;
	expect(await get('a')).toEqual([2]);
});

it('keeps keys that cannot be read again for callers that accept their age', async () => {
	const { get, state } = createCounted();
	await get('a');
	Object.assign(state, { fails: true, nowMs: 500 });
	expect(await get('a', 100)).toBeNull();
	expect(await get('a')).toEqual([1]);
});

it('shares a request among concurrent callers', async () => {
	const { get, asked } = createCounted();
	expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual([[1], [1], [2]]);
	expect(asked).toEqual(['a', 'b']);
});

it('evicts the keys that were read first', async () => {
	const { get, asked } = createCounted();
	for (const id of ['a', 'b', 'c', 'd', 'b', 'a']) await get(id);
	expect(asked).toEqual(['a', 'b', 'c', 'd', 'a']);
});
