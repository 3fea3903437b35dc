import { fault, type Fault, type Result } from '../base/faults';
import type { HttpRequest, HttpResponse } from '../http/ports';
import { forbiddenByHost, isTransient } from '../http/errors';
import { NOT_FOUND_GRACE_MS, STATUS_TIMEOUT_MS } from '../base/limits';
import { PollSchedule } from './pollSchedule';
import { backoffMs, pause, retryAfterMs } from '../http/retry';
import { providerContext, isAnswer, isStopped, isSuccess, send, untrusted, type JobContext } from './context';
import type { Handle, JobSnapshot } from '../provider';

export interface Following {
	/** Milliseconds since the epoch: the pauses follow the age of the job. */
	submittedAt: number;
	/** What is to be made; jobs of the same model tell how long it takes. */
	model: string;
	/** Whether to look at once, at a job that was submitted earlier. */
	atOnce?: boolean;
	/** Whether to come back with a job that is pending still, as soon as the provider has said so. */
	once?: boolean;
}

export interface Followed<H extends Handle = Handle> {
	/** The last that was known of the job. */
	snapshot: JobSnapshot<H>;
	/** Why it is known no further: the job failed, or looking at it came to an end. */
	fault: Fault | null;
	polls: number;
}

interface Step<H extends Handle> {
	request: HttpRequest;
	parse(response: HttpResponse): Result<JobSnapshot<H>>;
}

function nextStep<H extends Handle>(run: JobContext<H>, { state, handle }: JobSnapshot<H>): Step<H> | null {
	const { provider } = run;
	if (state === 'resultReady') {
		const { buildResult, parseResult } = provider;
		if (!buildResult || !parseResult) return null;
		return {
			request: buildResult(handle, providerContext(run)),
			parse: (response) => parseResult(response, handle, providerContext(run)),
		};
	}
	const { buildStatus, parseStatus } = provider;
	if (!buildStatus || !parseStatus) return null;
	return {
		request: buildStatus(handle, providerContext(run)),
		parse: (response) => parseStatus(response, handle, providerContext(run)),
	};
}

type Look<H extends Handle> =
	| { kind: 'snapshot'; snapshot: JobSnapshot<H>; retryAfterMs: number | null }
	| { kind: 'trouble'; text: string; retryAfterMs: number | null }
	| { kind: 'fault'; fault: Fault };

/** One look at the job. What may pass by itself is trouble; what will not is a fault. */
async function look<H extends Handle>(run: JobContext<H>, step: Step<H>): Promise<Look<H>> {
	const { provider, ports } = run;
	const answer = await send(run, step.request, Math.min(STATUS_TIMEOUT_MS, run.deadline - ports.now()));
	if (answer === 'untrusted') return { kind: 'fault', fault: untrusted(provider) };
	if (!isAnswer(answer) && answer.delivery === 'blocked')
		return {
			kind: 'fault',
			fault: forbiddenByHost(`${provider.displayName} could not be asked for the job`, answer),
		};
	if (!isAnswer(answer)) return { kind: 'trouble', text: answer.reason, retryAfterMs: null };
	const asked = retryAfterMs(answer, ports.now());
	if (isSuccess(answer) || provider.readsErrorStatus?.(answer)) {
		const parsed = step.parse(answer);
		if (parsed.ok) return { kind: 'snapshot', snapshot: parsed.value, retryAfterMs: asked };
		const passes = ['badResponse', 'unavailable', 'rateLimited'].includes(parsed.fault.code);
		return passes
			? { kind: 'trouble', text: parsed.fault.message, retryAfterMs: asked }
			: { kind: 'fault', fault: parsed.fault };
	}
	const told = provider.parseError(answer);
	// What no HTTP client can make sense of is no word about the job.
	const passes = isTransient(answer.status) || told.code === 'badResponse';
	return passes
		? { kind: 'trouble', text: told.message, retryAfterMs: asked }
		: { kind: 'fault', fault: told };
}

/** "No such job" about a job that is seconds old is trouble that passes. */
function tolerateNew<H extends Handle>(seen: Look<H>, ageMs: number): Look<H> {
	const told =
		seen.kind === 'fault'
			? seen.fault
			: seen.kind === 'snapshot' && seen.snapshot.state === 'failed'
				? seen.snapshot.fault
				: null;
	return told?.code === 'notFound' && ageMs < NOT_FOUND_GRACE_MS
		? { kind: 'trouble', text: told.message, retryAfterMs: null }
		: seen;
}

function outOfTime<H extends Handle>(
	{ provider }: JobContext<H>,
	{ providerStatus, handle }: JobSnapshot<H>,
	lastTrouble: string | null,
	once: boolean,
): Fault {
	const trouble = lastTrouble === null ? '' : `, the last look at it failed: ${lastTrouble}`;
	return once
		? fault('unavailable', `${provider.displayName} did not say how job ${handle.id} is${trouble}`, {
				providerStatus,
			})
		: fault(
				'timeout',
				`${provider.displayName} did not finish job ${handle.id} in time; its last status was "${providerStatus}"${trouble}`,
				{ providerStatus },
			);
}

/**
 * Looks at a job until it is finished, the deadline is there or the run is stopped. Polling is free, so every trouble
 * that may pass is ridden out, with back-off, until the deadline; a status word nobody knows counts as pending.
 */
export async function followJob<H extends Handle>(
	run: JobContext<H>,
	first: JobSnapshot<H>,
	following: Following,
): Promise<Followed<H>> {
	const { provider, ports, deadline, signal } = run;
	const { submittedAt, model, atOnce: early = false, once = false } = following;
	const pace = new PollSchedule(run, model);
	const name = provider.displayName;
	// A clock on another machine may be ahead.
	const age = () => Math.max(0, ports.now() - submittedAt);
	let snapshot = first;
	let polls = 0;
	let troubles = 0;
	let lastTrouble: string | null = null;
	let delay = early ? 0 : pace.first(age(), deadline - ports.now());
	// A result that is ready is fetched at once, the first time.
	let atOnce = early || first.state === 'resultReady';
	const end = (fault: Fault | null): Followed<H> => ({ snapshot, fault, polls });
	for (;;) {
		if (snapshot.state === 'succeeded') return end(null);
		if (snapshot.state === 'failed') return end(snapshot.fault);
		const goOn = atOnce ? !isStopped(run) : await pause(ports, delay, deadline, signal);
		if (isStopped(run))
			return end(
				fault('cancelled', `The run was stopped while ${name} worked on job ${snapshot.handle.id}`),
			);
		if (!goOn) return end(outOfTime(run, snapshot, lastTrouble, once));
		const step = nextStep(run, snapshot);
		if (!step) return end(fault('badResponse', `${name} named a job, but has no way to ask for it`));
		const seen = tolerateNew(await look(run, step), age());
		polls += 1;
		if (seen.kind === 'fault') return end(seen.fault);
		atOnce =
			seen.kind === 'snapshot' &&
			seen.snapshot.state === 'resultReady' &&
			snapshot.state !== 'resultReady';
		if (seen.kind === 'snapshot') {
			snapshot = seen.snapshot;
			pace.observe(age(), snapshot);
			troubles = 0;
			lastTrouble = null;
			const elsewhere = snapshot.state === 'pending' && snapshot.retryElsewhere === true;
			if (once && snapshot.state === 'pending' && !elsewhere) return end(null);
			atOnce ||= once && elsewhere;
			// Never tighter than the provider asks.
			delay = Math.max(seen.retryAfterMs ?? 0, pace.next(age(), deadline - ports.now(), snapshot));
		} else {
			troubles += 1;
			lastTrouble = seen.text;
			delay = seen.retryAfterMs ?? backoffMs(troubles, ports.random);
		}
	}
}
