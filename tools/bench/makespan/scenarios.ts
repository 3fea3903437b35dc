import type { Fault } from '../../emulator';
import type { RunSettings } from '../processes/nodes';

export interface Scenario {
	name: string;
	items: number;
	/** Duration of each job. */
	durationMs: number;
	/** Shortest makespan that the durations and the provider's limits allow. */
	idealMs: number;
	/** Longest makespan that meets the target. */
	targetMs: number;
	node: Omit<RunSettings, 'items'>;
	/** Loop of n8n's own nodes that does the same work. */
	loop?: 'batches' | 'all';
	fault?: Fault;
}

const ITEMS = 50;
const CONCURRENCY = 10;
/** Unfinished jobs that Black Forest Labs allows for flux-kontext-max. */
const MAX_MODEL_JOBS = 6;
const REFUSED_SUBMITS = 10;
/** Ratio of a target to the ideal. */
const TOLERANCE = 1.05;
/** Added to the ideal if all jobs start at the same time. */
const ALL_AT_ONCE_MARGIN_MS = 1_000;
/** Added to the target for the lag of jobs of 1 s. */
const SHORT_JOBS_MARGIN_MS = 300;

const maxModel = { model: { __rl: true, mode: 'list', value: 'flux-kontext-max' } };

function tenAtATime(items: number): Scenario[] {
	const idealMs = Math.ceil(items / CONCURRENCY) * 3_000;
	const shared = { items, durationMs: 3_000, idealMs, targetMs: idealMs * TOLERANCE };
	return [
		{
			...shared,
			name: 'ten at a time, Black Forest Labs',
			node: { provider: 'blackForestLabs', concurrency: CONCURRENCY },
			loop: 'batches',
		},
		{
			...shared,
			name: 'ten at a time, Replicate',
			node: { provider: 'replicate', concurrency: CONCURRENCY },
		},
	];
}

const allAtOnce = (items: number): Scenario => ({
	name: 'all at once, Replicate',
	items,
	durationMs: 3_000,
	idealMs: 3_000,
	targetMs: 3_000 + ALL_AT_ONCE_MARGIN_MS,
	node: { provider: 'replicate', concurrency: items },
	loop: 'all',
});

function limitedByModel(items: number): Scenario {
	const idealMs = Math.ceil(items / MAX_MODEL_JOBS) * 1_000;
	return {
		name: `all at once, at most ${MAX_MODEL_JOBS} unfinished jobs (flux-kontext-max)`,
		items,
		durationMs: 1_000,
		idealMs,
		targetMs: idealMs * TOLERANCE + SHORT_JOBS_MARGIN_MS,
		node: { provider: 'blackForestLabs', concurrency: items, parameters: maxModel },
	};
}

function refusedAtFirst(items: number, refused: number): Scenario {
	const retryAfterSeconds = 2;
	const durationMs = 3_000;
	const idealMs = retryAfterSeconds * 1_000 + durationMs;
	return {
		name: `all at once, the first ${refused} refused with 429 and Retry-After: ${retryAfterSeconds}`,
		items,
		durationMs,
		idealMs,
		targetMs: idealMs * TOLERANCE,
		node: { provider: 'replicate', concurrency: items },
		fault: {
			stage: 'submit',
			kind: 'status',
			status: 429,
			times: refused,
			headers: { 'retry-after': String(retryAfterSeconds) },
		},
	};
}

/** Returns the scenarios with a share (0 to 1) of the full number of items. */
export function scenarios(share: number): Scenario[] {
	const items = Math.round(ITEMS * share);
	return [
		...tenAtATime(items),
		allAtOnce(items),
		limitedByModel(items),
		refusedAtFirst(items, Math.round(REFUSED_SUBMITS * share)),
	];
}
