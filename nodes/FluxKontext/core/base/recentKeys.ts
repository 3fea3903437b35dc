/** Remembers keys for a while, so that a repeated event can be recognised. */
export interface RecentKeys {
	/** Tells whether the key was added within the lifetime of an entry and has not been evicted since. */
	has(key: string, nowMs: number): boolean;
	add(key: string, nowMs: number): void;
	/** Forgets a key. */
	delete(key: string): void;
}

/**
 * Creates an empty memory of at most `maxKeys` keys, the oldest evicted first, each forgotten after
 * `lifetimeMs`.
 */
export function createRecentKeys(maxKeys: number, lifetimeMs = Infinity): RecentKeys {
	const addedAt = new Map<string, number>();
	return {
		has: (key, nowMs) => {
			const added = addedAt.get(key);
			return added !== undefined && nowMs <= added + lifetimeMs;
		},
		add: (key, nowMs) => {
			addedAt.delete(key);
			addedAt.set(key, nowMs);
			for (const oldest of addedAt.keys()) if (addedAt.size > maxKeys) addedAt.delete(oldest);
		},
		delete: (key) => void addedAt.delete(key),
	};
}
