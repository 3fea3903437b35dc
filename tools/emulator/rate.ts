import { Refusal } from './refusal';

/** So many requests in so many milliseconds. */
export interface RateLimit {
	count: number;
	ms: number;
	/** What is counted together, where a limit is not of one path alone. */
	of?: string;
}

/** A sliding window for each key. */
export class RateLimiter {
	readonly #seen = new Map<string, number[]>();

	constructor(readonly now: () => number) {}

	/** Throws a 429 for a request that is one too many. */
	admit(key: string, { count, ms }: RateLimit): void {
		const now = this.now();
		const recent = (this.#seen.get(key) ?? []).filter((at) => at > now - ms);
		this.#seen.set(key, recent);
		if (recent.length >= count) throw new Refusal(429, 'Too many requests');
		recent.push(now);
	}

	clear(): void {
		this.#seen.clear();
	}
}
