/** Functions that release what has been started, in the order in which it was started. */
export type Cleanup = Array<() => unknown>;

/**
 * Runs the functions in reverse order. One that throws is reported on stderr and does not keep the others
 * from running.
 */
export async function runCleanup(cleanup: Cleanup): Promise<void> {
	for (const release of cleanup.reverse()) {
		try {
			await release();
		} catch (error) {
			console.error(error);
		}
	}
}
