import { fault } from '../../../../nodes/FluxKontext/core/base/faults';
import {
	decide,
	firstPollState,
	outOfTime,
	type PollDecision,
	type PollGoal,
	type PollState,
} from '../../../../nodes/FluxKontext/core/job/pollDecision';
import type {
	FailedSnapshot,
	JobSnapshot,
	UnreadableSnapshot,
} from '../../../../nodes/FluxKontext/core/job/snapshot';
import type { PollEvent } from '../../../../nodes/FluxKontext/core/job/statusRequest';

const GRACE_MS = 10_000;
const untilEnd: PollGoal = {
	once: false,
	notFoundGraceMs: GRACE_MS,
	maxUnreadableLooks: 4,
	maxDoubtfulFailures: 2,
};
const once: PollGoal = { ...untilEnd, once: true };

const handle = { id: 'job-1' };
const pending: JobSnapshot = { state: 'pending', handle, providerStatus: 'IN_QUEUE' };
const running: JobSnapshot = { state: 'pending', handle, providerStatus: 'RUNNING' };
const elsewhere: JobSnapshot = { ...pending, handle: { id: 'job-1', path: 'other' }, retryElsewhere: true };
const resultReady: JobSnapshot = { state: 'resultReady', handle, providerStatus: 'COMPLETED' };
const succeeded: JobSnapshot = {
	state: 'succeeded',
	handle,
	providerStatus: 'COMPLETED',
	images: [{ kind: 'url', url: 'https://a.example/a.png', expiresAt: null }],
	meta: {},
};
const moderated = fault('moderated', 'The prompt was refused');
const notFound = fault('notFound', 'No such job');
const unauthorized = fault('auth', 'The key was refused');
const failed: JobSnapshot = { state: 'failed', handle, providerStatus: 'FAILED', fault: moderated };
const lost: JobSnapshot = { state: 'failed', handle, providerStatus: 'Not found', fault: notFound };

const noDoubt = { doubt: null, doubtfulLooks: 0 };
const start: PollState = { snapshot: pending, polls: 0, failures: 0, lastFailure: null, ...noDoubt };
const afterFailures: PollState = {
	snapshot: running,
	polls: 4,
	failures: 2,
	lastFailure: 'ECONNRESET',
	...noDoubt,
};

const found = (snapshot: JobSnapshot, retryAfterMs: number | null = null): PollEvent => ({
	kind: 'snapshot',
	snapshot,
	retryAfterMs,
});
const transient = (reason: string, retryAfterMs: number | null = null): PollEvent => ({
	kind: 'transient',
	reason,
	retryAfterMs,
});

describe('polling until the end', () => {
	it.each<[string, PollEvent, PollDecision]>([
		['ends with a job that succeeded', found(succeeded), { kind: 'done', fault: null }],
		['ends with the fault of a failed job', found(failed), { kind: 'done', fault: moderated }],
		[
			'ends with a fault that will not pass',
			{ kind: 'fault', fault: unauthorized },
			{ kind: 'done', fault: unauthorized },
		],
		[
			'continues on schedule with a pending job',
			found(running),
			{ kind: 'pollAgain', when: 'scheduled', minimumMs: 0 },
		],
		[
			'waits at least as long as the server asks for',
			found(running, 9_000),
			{ kind: 'pollAgain', when: 'scheduled', minimumMs: 9_000 },
		],
		[
			'stays on schedule for a job that was not found at this endpoint',
			found(elsewhere),
			{ kind: 'pollAgain', when: 'scheduled', minimumMs: 0 },
		],
		[
			'requests a result at once when it becomes ready',
			found(resultReady, 30_000),
			{ kind: 'pollAgain', when: 'atOnce', minimumMs: 30_000 },
		],
		[
			'retries a transient failure',
			transient('ECONNRESET'),
			{ kind: 'retry', failures: 1, retryAfterMs: null },
		],
		[
			'retries after the time that the server asks for',
			transient('Acme answered 503', 7_000),
			{ kind: 'retry', failures: 1, retryAfterMs: 7_000 },
		],
	])('%s', (_, event, decision) => {
		expect(decide(start, event, 60_000, untilEnd).decision).toEqual(decision);
	});

	it('requests a result that is still not there on schedule', () => {
		const state: PollState = { ...start, snapshot: resultReady };
		expect(decide(state, found(resultReady), 60_000, untilEnd).decision).toEqual({
			kind: 'pollAgain',
			when: 'scheduled',
			minimumMs: 0,
		});
	});
});

describe('polling once', () => {
	it.each<[string, PollEvent, PollDecision]>([
		['ends with a pending job', found(running), { kind: 'done', fault: null }],
		['ends with a job that succeeded', found(succeeded), { kind: 'done', fault: null }],
		['ends with the fault of a failed job', found(failed), { kind: 'done', fault: moderated }],
		[
			'ends with a fault that will not pass',
			{ kind: 'fault', fault: unauthorized },
			{ kind: 'done', fault: unauthorized },
		],
		[
			'polls again at once where the job may be at another endpoint',
			found(elsewhere),
			{ kind: 'pollAgain', when: 'atOnce', minimumMs: 0 },
		],
		[
			'requests a result that is ready',
			found(resultReady),
			{ kind: 'pollAgain', when: 'atOnce', minimumMs: 0 },
		],
		[
			'retries a transient failure, which says nothing about the job',
			transient('ECONNRESET'),
			{ kind: 'retry', failures: 1, retryAfterMs: null },
		],
	])('%s', (_, event, decision) => {
		expect(decide(start, event, 60_000, once).decision).toEqual(decision);
	});
});

describe('"no such job"', () => {
	const events: Array<[string, PollEvent]> = [
		['from a response', { kind: 'fault', fault: notFound }],
		['in a status word', found(lost)],
	];

	it.each(events)('%s is retried while the job is young', (_, event) => {
		for (const { goal, ageMs } of [
			{ goal: untilEnd, ageMs: 0 },
			{ goal: untilEnd, ageMs: GRACE_MS - 1 },
			{ goal: once, ageMs: GRACE_MS - 1 },
		])
			expect(decide(start, event, ageMs, goal)).toEqual({
				state: { ...start, polls: 1, failures: 1, lastFailure: 'No such job' },
				decision: { kind: 'retry', failures: 1, retryAfterMs: null },
			});
	});

	it.each(events)('%s ends polling once the grace period is over', (_, event) => {
		for (const goal of [untilEnd, once])
			expect(decide(start, event, GRACE_MS, goal).decision).toEqual({ kind: 'done', fault: notFound });
	});

	it('is the only fault that the age of the job matters for', () => {
		for (const event of [{ kind: 'fault' as const, fault: moderated }, found(failed)])
			expect(decide(start, event, 0, untilEnd).decision).toEqual({ kind: 'done', fault: moderated });
	});
});

describe('the next state', () => {
	it.each<[string, PollEvent, PollState]>([
		[
			'takes over the snapshot and forgets earlier failures',
			found(pending),
			{ snapshot: pending, polls: 5, failures: 0, lastFailure: null, ...noDoubt },
		],
		[
			'takes over an updated handle',
			found(elsewhere),
			{ snapshot: elsewhere, polls: 5, failures: 0, lastFailure: null, ...noDoubt },
		],
		[
			'counts failures in a row and keeps the latest reason',
			transient('Acme answered 503'),
			{ snapshot: running, polls: 5, failures: 3, lastFailure: 'Acme answered 503', ...noDoubt },
		],
		[
			'keeps the latest known snapshot with a fault',
			{ kind: 'fault', fault: unauthorized },
			{ snapshot: running, polls: 5, failures: 2, lastFailure: 'ECONNRESET', ...noDoubt },
		],
	])('%s', (_, event, state) => {
		expect(decide(afterFailures, event, 60_000, untilEnd).state).toEqual(state);
	});

	it('passes the number of failures in a row to the back-off', () => {
		expect(decide(afterFailures, transient('ECONNRESET'), 60_000, untilEnd).decision).toEqual({
			kind: 'retry',
			failures: 3,
			retryAfterMs: null,
		});
	});

	it('is a new object: neither the state nor the event changes', () => {
		const event = found(succeeded, 1_000);
		const copies = structuredClone([afterFailures, event]);
		decide(afterFailures, event, 60_000, untilEnd);
		expect([afterFailures, event]).toEqual(copies);
	});
});

describe('an end that one response does not prove', () => {
	const noImage = fault('badResponse', 'Acme names no image');
	const unreadable: UnreadableSnapshot = {
		state: 'unreadable',
		handle,
		providerStatus: 'COMPLETED',
		fault: noImage,
	};
	const failedJob: FailedSnapshot = { state: 'failed', handle, providerStatus: 'FAILED', fault: moderated };
	const doubtful = (
		snapshot: FailedSnapshot | UnreadableSnapshot,
		retryAfterMs: number | null = null,
	): PollEvent => ({ kind: 'doubtful', snapshot, retryAfterMs });

	const decisionsAfter = (events: readonly PollEvent[], goal = untilEnd): PollDecision[] => {
		let state = start;
		return events.map((event) => {
			const step = decide(state, event, 60_000, goal);
			({ state } = step);
			return step.decision;
		});
	};
	const retry = (failures: number, retryAfterMs: number | null = null) => ({
		kind: 'retry',
		failures,
		retryAfterMs,
	});

	it('is believed at the fourth response in a row without a readable image', () => {
		const events = Array.from({ length: 4 }, () => doubtful(unreadable));
		expect(decisionsAfter(events)).toEqual([
			retry(1),
			retry(2),
			retry(3),
			{ kind: 'done', fault: noImage },
		]);
		expect(decisionsAfter(events, once)).toEqual(decisionsAfter(events));
	});

	it('is believed at the second infrastructure error that tells a failure', () => {
		expect(decisionsAfter([doubtful(failedJob), doubtful(failedJob)])).toEqual([
			retry(1),
			{ kind: 'done', fault: moderated },
		]);
	});

	it('is forgotten when the job turns out to be at work', () => {
		const decisions = decisionsAfter([
			doubtful(failedJob),
			found(running),
			doubtful(failedJob),
			transient('ECONNRESET'),
			doubtful(failedJob),
		]);
		expect(decisions.map(({ kind }) => kind)).toEqual(['retry', 'pollAgain', 'retry', 'retry', 'done']);
	});

	it('is looked at again within eight seconds, whatever the server asks for', () => {
		expect(decisionsAfter([doubtful(unreadable, 60_000)])).toEqual([retry(1, 8_000)]);
		expect(decisionsAfter([doubtful(unreadable, 2_000)])).toEqual([retry(1, 2_000)]);
	});

	it('counts the response to the submit', () => {
		expect(firstPollState(unreadable).doubtfulLooks).toBe(1);
	});

	it('is the end of a job without a readable image when time runs out', () => {
		const { state } = decide(start, doubtful(unreadable), 60_000, untilEnd);
		expect(outOfTime('Acme', state, false)).toBe(noImage);
	});
});
