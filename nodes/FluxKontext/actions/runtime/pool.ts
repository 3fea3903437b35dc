/**
 * Runs tasks in their order, at most `concurrency` at a time, and ends when the last one that was started has
 * ended. Once `halt` is aborted, or a task has rejected, no further task is started, and its place in the
 * results stays empty. Rejects with the first rejection.
 */
export async function runPool<T>(
	tasks: ReadonlyArray<() => Promise<T>>,
	concurrency: number,
	halt: { readonly aborted: boolean },
): Promise<Array<T | undefined>> {
	const results = new Array<T | undefined>(tasks.length).fill(undefined);
	const rejections: unknown[] = [];
	let next = 0;
	const worker = async () => {
		while (next < tasks.length && !halt.aborted && rejections.length === 0) {
			const index = next;
			next += 1;
			try {
				results[index] = await tasks[index]?.();
			} catch (error) {
				rejections.push(error);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker));
	if (rejections.length > 0) throw rejections[0];
	return results;
}
