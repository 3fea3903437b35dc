/** Runs work once for all callers that ask for it while it is under way. */
export interface SharedWork<T> {
	/** Starts the work, or joins the work that is under way for this key. Rejects as the work does. */
	run(key: string, work: () => Promise<T>): Promise<T>;
}

/** Creates shared work of which none is under way. It remembers nothing of work that has ended. */
export function createSharedWork<T>(): SharedWork<T> {
	const underWay = new Map<string, Promise<T>>();
	return {
		run: async (key, work) => {
			const joined = underWay.get(key);
			if (joined) return await joined;
			const started = work().finally(() => underWay.delete(key));
			underWay.set(key, started);
			return await started;
		},
	};
}
