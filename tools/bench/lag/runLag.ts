import { setTimeout as sleep } from 'node:timers/promises';

import type { MeasuredN8n } from '../n8n/measured';
import { withDurations, type BenchEmulator, type BenchEmulators } from '../processes/benchEmulators';
import { startNode } from '../processes/nodes';
import { mapLimited } from '../support/mapLimited';
import { nodeCandidates, otherCandidates, type Candidate } from './candidates';
import { measureRun, type MeasuredRun } from './measure';

/** Measurement with jobs of about one duration. */
export interface Measurement {
	durationMs: number;
	/** Concurrent jobs per run. */
	jobs: number;
	/** Consecutive runs per candidate. In the first one the node has not seen any job of the model. */
	runs: number;
	/** Candidates that run at the same time. Few for short jobs, because the submits of others delay them. */
	parallel: number;
}

export interface CandidateResult {
	candidate: Candidate;
	runs: MeasuredRun[];
}

/** Spread of the durations to either side: a share of the duration, at most half of a 5 s poll interval. */
const SPREAD_SHARE = 0.15;
const MAX_SPREAD_MS = 2_500;
/** Delay between the starts of candidates that run at the same time. */
const STAGGER_MS = 400;

/**
 * Returns the durations of the jobs of a run in milliseconds, spread evenly. Without the spread, a fixed poll
 * interval would look better or worse than it is.
 */
function spreadDurations({ durationMs, jobs }: Measurement): number[] {
	const spreadMs = Math.min(durationMs * SPREAD_SHARE, MAX_SPREAD_MS);
	return Array.from({ length: jobs }, (_, index) =>
		Math.round(durationMs + spreadMs * ((2 * index + 1) / jobs - 1)),
	);
}

async function runCandidate(
	candidate: Candidate,
	emulator: BenchEmulator,
	{ runs, jobs }: Measurement,
): Promise<CandidateResult> {
	const measured: MeasuredRun[] = [];
	for (let run = 0; run < runs; run += 1) {
		await candidate.run(emulator, jobs);
		measured.push(measureRun(await emulator.takeRecords(), candidate.node?.inline ?? false));
	}
	return { candidate, runs: measured };
}

async function startEmulators(
	measurement: Measurement,
	candidates: readonly Candidate[],
	emulators: BenchEmulators,
) {
	const options = withDurations(...spreadDurations(measurement));
	const entries = candidates.map(async (candidate) => ({
		candidate,
		emulator: await emulators.start(options),
	}));
	return { measurement, entries: await Promise.all(entries) };
}

/**
 * Runs all candidates in all measurements, which take place at the same time. Returns the results per
 * measurement.
 */
export async function runLag(
	measurements: readonly Measurement[],
	emulators: BenchEmulators,
	n8n: MeasuredN8n | null,
): Promise<CandidateResult[][]> {
	// One process per measurement: job times learned at one duration must not affect the polls at another.
	const nodes = await Promise.all(measurements.map(async () => await startNode()));
	try {
		const started = await Promise.all(
			measurements.map(async (measurement, index) => {
				const node = nodes[index];
				const candidates = node ? [...nodeCandidates(node), ...otherCandidates(n8n)] : [];
				return await startEmulators(measurement, candidates, emulators);
			}),
		);
		return await Promise.all(
			started.map(
				async ({ measurement, entries }) =>
					await mapLimited(
						measurement.parallel,
						entries,
						async ({ candidate, emulator }, index) => {
							await sleep((index % measurement.parallel) * STAGGER_MS);
							return await runCandidate(candidate, emulator, measurement);
						},
					),
			),
		);
	} finally {
		await Promise.all(nodes.map(async (node) => await node.stop()));
	}
}
