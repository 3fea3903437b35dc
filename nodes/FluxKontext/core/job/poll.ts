import { fault, type Fault } from '../base/faults';
import { backoffMs, pause } from '../http/retry';
import type { JobEndpoint } from '../provider';
import { isStopped, type PollableContext } from './context';
import { decide, firstPollState, outOfTime, type PollDecision, type PollState } from './pollDecision';
import { PollSchedule } from './pollSchedule';
import type { Handle, JobSnapshot } from './snapshot';
import { requestStatus } from './statusRequest';

/** How a job is polled. */
export interface PollOptions {
	/** Milliseconds since the epoch; the pauses follow the age of the job. */
	submittedAt: number;
	/** Model; jobs of the same model tell how long this one may take. */
	model: string;
	/** Whether the first status request is made at once, as for a job of an earlier run. Default: false. */
	atOnce?: boolean;
	/**
	 * Whether to end with the first response that tells the state, even where the job is pending. Default:
	 * false.
	 */
	once?: boolean;
}

/** What polling came to. */
export interface PollResult<H extends Handle = Handle> {
	/** Latest known state of the job. */
	snapshot: JobSnapshot<H>;
	/** Why nothing more is known: the job failed, or polling ended before the job did. */
	fault: Fault | null;
	/** Status requests made. */
	polls: number;
}

/** Returns the endpoint to ask next; `null` where the provider has none for the result. */
function endpointFor<H extends Handle>(
	{ provider }: PollableContext<H>,
	{ state }: JobSnapshot<H>,
): JobEndpoint<H> | null {
	return state === 'resultReady' ? (provider.result ?? null) : provider.status;
}

/** Tells how polling of a job that is already finished ends; `undefined` for any other job. */
function finished<H extends Handle>(snapshot: JobSnapshot<H>): Fault | null | undefined {
	if (snapshot.state === 'succeeded') return null;
	return snapshot.state === 'failed' ? snapshot.fault : undefined;
}

/** Returns the milliseconds to wait before the next status request. */
function delayAfter<H extends Handle>(
	decision: Exclude<PollDecision, { kind: 'done' }>,
	{ ports, deadline, engine }: PollableContext<H>,
	schedule: PollSchedule,
	ageMs: number,
	snapshot: JobSnapshot<H>,
): number {
	if (decision.kind === 'retry')
		return decision.retryAfterMs ?? backoffMs(decision.failures, ports.random, engine.limits);
	// Never more often than the server asks for.
	return Math.max(decision.minimumMs, schedule.next(ageMs, deadline - ports.now(), snapshot));
}

/**
 * Polls a job until it is finished, the deadline has passed or the run is stopped. Status requests are free,
 * so transient failures are retried with back-off until the deadline; an unknown status word counts as
 * pending. Never rejects.
 */
export async function pollJob<H extends Handle>(
	context: PollableContext<H>,
	first: JobSnapshot<H>,
	{ submittedAt, model, atOnce = false, once = false }: PollOptions,
): Promise<PollResult<H>> {
	const { provider, ports, deadline, signal, engine } = context;
	const { displayName } = provider;
	const goal = { once, ...engine.limits };
	// The job may have been submitted by a machine whose clock is ahead.
	const age = () => Math.max(0, ports.now() - submittedAt);
	let state: PollState<H> = firstPollState(first);
	const end = (fault: Fault | null) => ({ snapshot: state.snapshot, fault, polls: state.polls });

	const known = finished(first);
	if (known !== undefined) return end(known);
	const schedule = new PollSchedule(context, model);
	let skipDelay = atOnce || first.state === 'resultReady';
	let delay = atOnce ? 0 : schedule.first(age(), deadline - ports.now());
	for (;;) {
		const mayPoll = skipDelay ? !isStopped(context) : await pause(ports, delay, deadline, signal);
		const { handle } = state.snapshot;
		if (isStopped(context))
			return end(
				fault('cancelled', `The run was stopped while ${displayName} worked on job ${handle.id}`),
			);
		if (!mayPoll) {
			const fault = outOfTime(displayName, state, once);
			if (fault === state.doubt?.fault) state = { ...state, snapshot: state.doubt };
			return end(fault);
		}
		const endpoint = endpointFor(context, state.snapshot);
		if (!endpoint)
			return end(fault('badResponse', `${displayName} named a result, but has no way to request it`));
		const event = await requestStatus(context, endpoint, handle);
		const { state: next, decision } = decide(state, event, age(), goal);
		if (event.kind === 'snapshot' && decision.kind !== 'retry') schedule.observe(age(), next.snapshot);
		state = next;
		if (decision.kind === 'done') return end(decision.fault);
		skipDelay = decision.kind === 'pollAgain' && decision.when === 'atOnce';
		delay = delayAfter(decision, context, schedule, age(), state.snapshot);
	}
}
