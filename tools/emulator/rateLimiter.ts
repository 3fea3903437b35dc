import { ApiError } from './apiError';

/** A rate limit: at most `count` requests in any `ms` milliseconds. */
export interface RateLimit {
	count: number;
	ms: number;
	/** Name under which several routes share one limit; without it each route has its own. */
	sharedKey?: string;
}

/** Enforces rate limits with one sliding window for each key. */
export class RateLimiter {
	readonly #admittedAt = new Map<string, number[]>();

	constructor(readonly now: () => number) {}

	/** Counts a request. Throws an ApiError 429 if the limit is exhausted; such a request does not count. */
	admit(key: string, { count, ms }: RateLimit): void {
		const now = this.now();
		const recent = (this.#admittedAt.get(key) ?? []).filter((at) => at > now - ms);
		this.#admittedAt.set(key, recent);
		if (recent.length >= count) throw new ApiError(429, 'Too many requests');
		recent.push(now);
	}

	/** Resets all windows. */
	clear(): void {
		this.#admittedAt.clear();
	}
}
