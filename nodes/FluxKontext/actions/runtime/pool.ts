/**
 * Runs tasks in their order, at most `concurrency` at a time. Once `halt` is aborted no further task is
 * started, and its place in the results stays empty. Tasks must not reject.
 */
export async function runPool<T>(
	tasks: ReadonlyArray<() => Promise<T>>,
	concurrency: number,
	halt: { readonly aborted: boolean },
): Promise<Array<T | undefined>> {
	const results = new Array<T | undefined>(tasks.length).fill(undefined);
	let next = 0;
	const worker = async () => {
		while (next < tasks.length && !halt.aborted) {
			const index = next;
			next += 1;
			results[index] = await tasks[index]?.();
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker));
	return results;
}
