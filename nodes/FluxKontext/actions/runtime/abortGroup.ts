/**
 * One abort for many jobs, each with a signal of its own: with a listener of every job on one signal Node would warn of
 * a leak from the eleventh on.
 */
export class AbortGroup {
	aborted = false;

	private readonly jobs = new Set<AbortController>();

	abort(): void {
		this.aborted = true;
		for (const job of this.jobs) job.abort();
	}

	/** Runs a job with a signal that is aborted with this. */
	async during<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
		const own = new AbortController();
		if (this.aborted) own.abort();
		this.jobs.add(own);
		try {
			return await job(own.signal);
		} finally {
			this.jobs.delete(own);
		}
	}
}
