import { createSharedWork } from './sharedWork';

/** Keys that verify signatures, in whatever form they were published; `null` where they could not be read. */
export type VerificationKeys = readonly unknown[] | null;

/** Keeps the keys that verify signatures, so that not every webhook requests them. */
export interface KeyCache {
	/**
	 * Returns keys that are at most `maxAgeMs` old, requested if necessary; concurrent callers share a
	 * request. Keys that could not be read are not kept. Rejects as the request does.
	 */
	get(
		id: string,
		maxAgeMs: number,
		now: () => number,
		request: () => Promise<VerificationKeys>,
	): Promise<VerificationKeys>;
}

/** Creates an empty cache for the keys of at most `maxIds` origins, the oldest evicted first. */
export function createKeyCache(maxIds: number): KeyCache {
	const kept = new Map<string, { keys: readonly unknown[]; readAt: number }>();
	const requests = createSharedWork<VerificationKeys>();
	return {
		get: async (id, maxAgeMs, now, request) => {
			const known = kept.get(id);
			if (known && now() - known.readAt <= maxAgeMs) return known.keys;
			return await requests.run(id, async () => {
				const keys = await request();
				if (keys === null) return null;
				kept.delete(id);
				kept.set(id, { keys, readAt: now() });
				for (const oldest of kept.keys()) if (kept.size > maxIds) kept.delete(oldest);
				return keys;
			});
		},
	};
}
