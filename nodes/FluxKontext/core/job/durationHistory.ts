/**
 * Jobs of a model that are remembered. Eight follow a change of load quickly and still show how much
 * durations vary.
 */
const MAX_JOBS = 8;
/** Models that are remembered; the least recently updated one is dropped first. */
const MAX_MODELS = 500;

/**
 * Remembers how long the latest jobs of each model took, so that all executions of a process learn from each
 * other.
 */
export class DurationHistory {
	private readonly durations = new Map<string, readonly number[]>();

	/**
	 * Returns the durations of the latest jobs in milliseconds, oldest first. `key` stands for a connection
	 * and a model.
	 */
	durationsOf(key: string): readonly number[] {
		return this.durations.get(key) ?? [];
	}

	/** Adds the duration of a job, in milliseconds. */
	add(key: string, durationMs: number): void {
		const known = this.durationsOf(key);
		this.durations.delete(key);
		this.durations.set(key, [...known, durationMs].slice(-MAX_JOBS));
		for (const oldest of this.durations.keys())
			if (this.durations.size > MAX_MODELS) this.durations.delete(oldest);
	}
}
