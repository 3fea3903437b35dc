import { createRecentKeys } from '../base/recentKeys';
import { createSharedWork } from '../base/sharedWork';
import type { JobCheck } from './check';

/** Job of a group that is checked together. */
export interface GroupMember {
	/** Distinguishes the job from those of every other connection. */
	key: string;
	/** Checks the job once. Must not reject. */
	check(this: void): Promise<JobCheck>;
}

/** Jobs that are remembered to be over. A job that was evicted costs one more status request. */
const MAX_JOBS = 10_000;
/** Groups whose witness is remembered. A group that was evicted costs one more status request. */
const MAX_GROUPS = 1_000;
/**
 * Milliseconds for which a witness is believed to be pending: its own report may have been lost, and then
 * nothing else would lead to a check of it.
 */
const WITNESS_MS = 30_000;
/**
 * Jobs at the end of a group that are checked at every report, so that a lost report of one of them, among
 * reports that arrive within `WITNESS_MS`, does not keep the group pending.
 */
const FINAL_JOBS = 2;
/** Its multiples, without their whole part, are spread evenly between 0 and 1. */
const GOLDEN_RATIO = 0.618_033_988_749_894_9;

/** Jobs that were seen pending, one for each group at most. */
class Witnesses {
	readonly #seen = new Map<string, { key: string; atMs: number }>();

	/** Returns the key of the witness of a group; `undefined` where there is none that can be believed. */
	find(groupKey: string, nowMs: number): string | undefined {
		const witness = this.#seen.get(groupKey);
		return witness && nowMs - witness.atMs <= WITNESS_MS ? witness.key : undefined;
	}

	set(groupKey: string, key: string, atMs: number): void {
		this.#seen.delete(groupKey);
		this.#seen.set(groupKey, { key, atMs });
		for (const oldest of this.#seen.keys()) if (this.#seen.size > MAX_GROUPS) this.#seen.delete(oldest);
	}

	delete(groupKey: string): void {
		this.#seen.delete(groupKey);
	}
}

/**
 * Checks jobs whose ends are reported one after the other, with about one status request for each. What it
 * remembers lives in this process alone; without it a group costs more status requests, and nothing else
 * changes.
 *
 * A job that was seen pending is the witness of its group: the report of its end is still to come, so no
 * report before that needs to check the group. Any of the jobs that are not known to be over may be chosen.
 * In whatever order the reports arrive, about half of these jobs are then over when the witness ends, so that
 * a group of n jobs has about log2(n) witnesses.
 */
export class GroupChecks {
	readonly #over = createRecentKeys(MAX_JOBS);
	readonly #witnesses = new Witnesses();
	readonly #checks = createSharedWork<JobCheck>();
	#choices = 0;

	/** Checks one job, unless it is known to be over. Concurrent callers share the check. Never rejects. */
	async checkMember({ key, check }: GroupMember): Promise<JobCheck> {
		if (this.#isOver(key)) return 'over';
		const result = await this.#checks.run(key, check);
		if (result === 'over') this.#over.add(key, 0);
		// Another check of this job may have ended in the meantime.
		return this.#isOver(key) ? 'over' : result;
	}

	/**
	 * Tells whether all jobs of a group are over, by checking those that are not known to be, until one is
	 * pending. Never rejects.
	 */
	async checkGroup(
		groupKey: string,
		members: readonly GroupMember[],
		now: () => number,
	): Promise<JobCheck> {
		const open = members.filter(({ key }) => !this.#isOver(key));
		for (;;) {
			const position = this.#nextPosition(open.length);
			const candidate = open[position];
			if (!candidate) {
				this.#witnesses.delete(groupKey);
				return 'over';
			}
			if (open.length > FINAL_JOBS && this.#hasWitness(groupKey, now())) return 'pending';
			const result = await this.checkMember(candidate);
			if (result === 'pending') this.#witnesses.set(groupKey, candidate.key, now());
			if (result !== 'over') return result;
			open.splice(position, 1);
		}
	}

	#isOver(key: string): boolean {
		return this.#over.has(key, 0);
	}

	#hasWitness(groupKey: string, nowMs: number): boolean {
		const witness = this.#witnesses.find(groupKey, nowMs);
		return witness !== undefined && !this.#isOver(witness);
	}

	/** Returns a position in a list, spread evenly over successive calls. */
	#nextPosition(length: number): number {
		this.#choices += 1;
		return Math.floor(((this.#choices * GOLDEN_RATIO) % 1) * length);
	}
}
