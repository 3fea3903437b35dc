import { fault, type Fault } from '../base/faults';
import type { FailedSnapshot, Handle, JobSnapshot, UnreadableSnapshot } from './snapshot';
import type { PollEvent } from './statusRequest';

/** End of a job that is believed only when it has been seen several times. */
type DoubtfulSnapshot<H extends Handle> = FailedSnapshot<H> | UnreadableSnapshot<H>;

/** What is known of a job while it is polled. */
export interface PollState<H extends Handle = Handle> {
	/** Latest known state of the job. */
	snapshot: JobSnapshot<H>;
	/** Status requests made so far. */
	polls: number;
	/** Status requests in a row that failed. */
	failures: number;
	/** Reason of the latest of them; `null` where there is none. */
	lastFailure: string | null;
	/** End that the latest response told, but that is not believed yet; `null` where there is none. */
	doubt: DoubtfulSnapshot<H> | null;
	/** Responses in a row that told such an end. */
	doubtfulLooks: number;
}

/** How polling is to end. */
export interface PollGoal {
	/** Stop at the first response that tells the state of the job, even where the job is pending. */
	once: boolean;
	/** Age in milliseconds below which "not found" means that the provider does not list the job yet. */
	notFoundGraceMs: number;
	/** Responses in a row without a readable image at which a finished job ends. */
	maxUnreadableLooks: number;
	/** Responses in a row with an infrastructure error at which a failure told in them is believed. */
	maxDoubtfulFailures: number;
}

/** Longest wait before a doubtful end is looked at again, whatever the server asks for, in milliseconds. */
const MAX_DOUBT_PAUSE_MS = 8_000;

/** Creates the state of a job of which only this is known. */
export function firstPollState<H extends Handle>(snapshot: JobSnapshot<H>): PollState<H> {
	const doubt = snapshot.state === 'unreadable' ? snapshot : null;
	return {
		snapshot,
		polls: 0,
		failures: 0,
		lastFailure: null,
		doubt,
		doubtfulLooks: doubt === null ? 0 : 1,
	};
}

/** What to do after a status request. */
export type PollDecision =
	| { kind: 'done'; fault: Fault | null }
	| { kind: 'pollAgain'; when: 'atOnce' | 'scheduled'; minimumMs: number }
	| { kind: 'retry'; failures: number; retryAfterMs: number | null };

/** Next state of a job, and what to do. */
export interface PollStep<H extends Handle = Handle> {
	state: PollState<H>;
	decision: PollDecision;
}

/** Turns "no such job" about a job that is seconds old into a transient failure. */
function tolerateNewJob<H extends Handle>(
	event: PollEvent<H>,
	ageMs: number,
	{ notFoundGraceMs }: PollGoal,
): PollEvent<H> {
	const failure =
		event.kind === 'fault'
			? event.fault
			: event.kind !== 'transient' && event.snapshot.state === 'failed'
				? event.snapshot.fault
				: null;
	return failure?.code === 'notFound' && ageMs < notFoundGraceMs
		? { kind: 'transient', reason: failure.message, retryAfterMs: null }
		: event;
}

/** Decides by a snapshot alone; `previous` is the one before it. */
function decideBySnapshot<H extends Handle>(
	snapshot: JobSnapshot<H>,
	previous: JobSnapshot<H>,
	retryAfterMs: number | null,
	{ once }: PollGoal,
): PollDecision {
	if (snapshot.state === 'succeeded') return { kind: 'done', fault: null };
	if (snapshot.state === 'failed') return { kind: 'done', fault: snapshot.fault };
	const isElsewhere = snapshot.state === 'pending' && snapshot.retryElsewhere === true;
	if (once && snapshot.state === 'pending' && !isElsewhere) return { kind: 'done', fault: null };
	// A result that is ready is requested at once, but only the first time.
	const becameReady = snapshot.state === 'resultReady' && previous.state !== 'resultReady';
	const when = becameReady || (once && isElsewhere) ? 'atOnce' : 'scheduled';
	return { kind: 'pollAgain', when, minimumMs: retryAfterMs ?? 0 };
}

/** Looks again at a doubtful end until it has been seen often enough. */
function doubtStep<H extends Handle>(
	state: PollState<H>,
	doubt: DoubtfulSnapshot<H>,
	retryAfterMs: number | null,
	{ maxUnreadableLooks, maxDoubtfulFailures }: PollGoal,
): PollStep<H> {
	const doubtfulLooks = state.doubtfulLooks + 1;
	const enough = doubt.state === 'unreadable' ? maxUnreadableLooks : maxDoubtfulFailures;
	if (doubtfulLooks >= enough)
		return {
			state: { ...firstPollState<H>(doubt), polls: state.polls },
			decision: { kind: 'done', fault: doubt.fault },
		};
	return {
		state: { ...state, failures: 0, lastFailure: doubt.fault.message, doubt, doubtfulLooks },
		decision: {
			kind: 'retry',
			failures: doubtfulLooks,
			retryAfterMs: retryAfterMs === null ? null : Math.min(retryAfterMs, MAX_DOUBT_PAUSE_MS),
		},
	};
}

/**
 * Decides what follows from a status request about a job of this age. Pure: neither state nor event changes.
 */
export function decide<H extends Handle>(
	state: PollState<H>,
	event: PollEvent<H>,
	ageMs: number,
	goal: PollGoal,
): PollStep<H> {
	const polls = state.polls + 1;
	const judged = tolerateNewJob(event, ageMs, goal);
	switch (judged.kind) {
		case 'fault':
			return { state: { ...state, polls }, decision: { kind: 'done', fault: judged.fault } };
		case 'doubtful':
			return doubtStep({ ...state, polls }, judged.snapshot, judged.retryAfterMs, goal);
		case 'transient': {
			const { reason, retryAfterMs } = judged;
			const failures = state.failures + 1;
			return {
				state: { ...state, polls, failures, lastFailure: reason },
				decision: { kind: 'retry', failures, retryAfterMs },
			};
		}
		case 'snapshot': {
			const { snapshot, retryAfterMs } = judged;
			return {
				state: { ...firstPollState(snapshot), polls },
				decision: decideBySnapshot(snapshot, state.snapshot, retryAfterMs, goal),
			};
		}
	}
}

/** Creates the fault of a job whose end was not observed before the deadline. */
export function outOfTime<H extends Handle>(
	displayName: string,
	{ snapshot: { handle, providerStatus }, lastFailure, doubt }: PollState<H>,
	once: boolean,
): Fault {
	// No further time would bring an image.
	if (doubt?.state === 'unreadable') return doubt.fault;
	const failure = lastFailure === null ? '' : `. The most recent status request failed: ${lastFailure}`;
	return once
		? fault('unavailable', `${displayName} did not report the state of job ${handle.id}${failure}`, {
				providerStatus,
			})
		: fault(
				'timeout',
				`${displayName} did not finish job ${handle.id} in time. ` +
					`Last status: "${providerStatus}"${failure}`,
				{ providerStatus },
			);
}
