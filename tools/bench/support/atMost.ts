/** `work` on each of a list, so many at a time; the results in the order of the list. */
export async function atMost<T, R>(
	count: number,
	list: readonly T[],
	work: (each: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	const left = [...list.entries()];
	const workThrough = async () => {
		for (let next = left.shift(); next; next = left.shift()) {
			const [index, each] = next;
			results[index] = await work(each, index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, list.length) }, workThrough));
	return results;
}
