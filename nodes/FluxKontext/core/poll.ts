import { fail, type Fault, type Result } from './faults';
import type { HttpRequest, HttpResponse } from './http';
import { isTransient } from './httpFaults';
import { NOT_FOUND_GRACE_MS, STATUS_TIMEOUT_MS } from './limits';
import { backoffMs, pause, retryAfterMs } from './retry';
import { contextOf, isAnswer, isStopped, isSuccess, send, untrusted, type Run } from './run';
import type { Handle, JobSnapshot, Polling } from './types';

export type FinishedSnapshot<H extends Handle = Handle> = Extract<JobSnapshot<H>, { state: 'succeeded' }>;

export interface Finish<H extends Handle = Handle> {
	/** The last that was known of the job. */
	snapshot: JobSnapshot<H>;
	result: Result<FinishedSnapshot<H>>;
	polls: number;
}

/** Share of a job's age that passes between two looks: an image waits at most about this long to be noticed. */
const AGE_SHARE = 0.08;

/** Milliseconds until the next look: short while the job may finish any moment, longer as it ages. */
export function pollDelay({ intervalMs, maxIntervalMs }: Polling, ageMs: number, random: () => number): number {
	const wanted = Math.min(maxIntervalMs, Math.max(intervalMs, ageMs * AGE_SHARE));
	return wanted * (1 + 0.1 * random());
}

interface Step<H extends Handle> {
	request: HttpRequest;
	parse(response: HttpResponse): Result<JobSnapshot<H>>;
}

function nextStep<H extends Handle>(run: Run<H>, { state, handle }: JobSnapshot<H>): Step<H> | null {
	const { provider } = run;
	if (state === 'resultReady') {
		const { buildResult, parseResult } = provider;
		if (!buildResult || !parseResult) return null;
		return {
			request: buildResult(handle, contextOf(run)),
			parse: (response) => parseResult(response, handle, contextOf(run)),
		};
	}
	const { buildStatus, parseStatus } = provider;
	if (!buildStatus || !parseStatus) return null;
	return {
		request: buildStatus(handle, contextOf(run)),
		parse: (response) => parseStatus(response, handle, contextOf(run)),
	};
}

type Look<H extends Handle> =
	| { kind: 'snapshot'; snapshot: JobSnapshot<H> }
	| { kind: 'trouble'; text: string; retryAfterMs: number | null }
	| { kind: 'fault'; fault: Fault };

/** One look at the job. What may pass by itself is trouble; what will not is a fault. */
async function look<H extends Handle>(run: Run<H>, step: Step<H>): Promise<Look<H>> {
	const { provider, ports } = run;
	const answer = await send(run, step.request, Math.min(STATUS_TIMEOUT_MS, run.deadline - ports.now()));
	if (answer === 'untrusted') return { kind: 'fault', fault: untrusted(provider) };
	if (!isAnswer(answer)) return { kind: 'trouble', text: answer.reason, retryAfterMs: null };
	if (isSuccess(answer) || provider.readsErrorStatus?.(answer)) {
		const parsed = step.parse(answer);
		if (parsed.ok) return { kind: 'snapshot', snapshot: parsed.value };
		const { fault } = parsed;
		const passes = ['badResponse', 'unavailable', 'rateLimited'].includes(fault.code);
		return passes ? { kind: 'trouble', text: fault.message, retryAfterMs: null } : { kind: 'fault', fault };
	}
	const fault = provider.parseError(answer);
	return isTransient(answer.status)
		? { kind: 'trouble', text: fault.message, retryAfterMs: retryAfterMs(answer, ports.now()) }
		: { kind: 'fault', fault };
}

/** "No such job" about a job that is seconds old is trouble that passes. */
function tolerateNew<H extends Handle>(seen: Look<H>, ageMs: number): Look<H> {
	const fault = seen.kind === 'fault' ? seen.fault : seen.kind === 'snapshot' && seen.snapshot.state === 'failed' ? seen.snapshot.fault : null;
	return fault?.code === 'notFound' && ageMs < NOT_FOUND_GRACE_MS
		? { kind: 'trouble', text: fault.message, retryAfterMs: null }
		: seen;
}

/**
 * Looks at a job until it is finished, the deadline is there or the run is stopped. Polling is free, so every trouble
 * that may pass is ridden out, with back-off, until the deadline; a status word nobody knows counts as pending.
 */
export async function finishJob<H extends Handle>(run: Run<H>, first: JobSnapshot<H>): Promise<Finish<H>> {
	const { provider, ports, deadline, signal } = run;
	const name = provider.displayName;
	const started = ports.now();
	let snapshot = first;
	let polls = 0;
	let troubles = 0;
	let lastTrouble: string | null = null;
	let delay = provider.polling.firstDelayMs;
	// A result that is ready is fetched at once, the first time.
	let atOnce = first.state === 'resultReady';
	const end = (result: Finish<H>['result']): Finish<H> => ({ snapshot, result, polls });
	for (;;) {
		if (snapshot.state === 'succeeded') return end({ ok: true, value: snapshot });
		if (snapshot.state === 'failed') return end({ ok: false, fault: snapshot.fault });
		if (!atOnce) {
			const goOn = await pause(ports, delay, deadline, signal);
			if (isStopped(run)) return end(fail('cancelled', `The run was stopped while ${name} worked on job ${snapshot.handle.id}`));
			if (!goOn) {
				const state = `its last status was "${snapshot.providerStatus}"${lastTrouble === null ? '' : `, the last look at it failed: ${lastTrouble}`}`;
				return end(
					fail('timeout', `${name} did not finish job ${snapshot.handle.id} in time; ${state}`, {
						providerStatus: snapshot.providerStatus,
					}),
				);
			}
		}
		const step = nextStep(run, snapshot);
		if (!step) return end(fail('badResponse', `${name} named a job, but has no way to ask for it`));
		const seen = tolerateNew(await look(run, step), ports.now() - started);
		polls += 1;
		if (seen.kind === 'fault') return end({ ok: false, fault: seen.fault });
		atOnce = seen.kind === 'snapshot' && seen.snapshot.state === 'resultReady' && snapshot.state !== 'resultReady';
		if (seen.kind === 'snapshot') {
			snapshot = seen.snapshot;
			troubles = 0;
			lastTrouble = null;
			delay = pollDelay(provider.polling, ports.now() - started, ports.random);
		} else {
			troubles += 1;
			lastTrouble = seen.text;
			delay = seen.retryAfterMs ?? backoffMs(troubles, ports.random);
		}
	}
}
