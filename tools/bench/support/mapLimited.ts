/**
 * Runs `work` on each item, at most `limit` at a time, and returns the results in input order. Rejects as
 * soon as one call rejects.
 */
export async function mapLimited<T, R>(
	limit: number,
	items: readonly T[],
	work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	const queue = [...items.entries()];
	const drain = async () => {
		for (let next = queue.shift(); next; next = queue.shift()) {
			const [index, item] = next;
			results[index] = await work(item, index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, drain));
	return results;
}
