/**
 * Aborts many tasks at once, each through a signal of its own: with the listeners of all tasks on one signal,
 * Node would warn of a leak from the eleventh on.
 */
export class AbortGroup {
	aborted = false;

	private readonly controllers = new Set<AbortController>();

	/** Aborts every task that is running, and every one that starts later. */
	abort(): void {
		this.aborted = true;
		for (const controller of this.controllers) controller.abort();
	}

	/** Runs a task with a signal that this group aborts. Rejects if the task does. */
	async run<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
		const controller = new AbortController();
		if (this.aborted) controller.abort();
		this.controllers.add(controller);
		try {
			return await task(controller.signal);
		} finally {
			this.controllers.delete(controller);
		}
	}
}
