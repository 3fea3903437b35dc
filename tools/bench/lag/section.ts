import type { MeasuredN8n } from '../n8n/measured';
import type { BenchEmulators } from '../processes/benchEmulators';
import { below, equal, type Check, type Section } from '../support/section';
import { marked, median, percentile, seconds, sum } from '../support/statistics';
import {
	halfSecondRequestsPerJob,
	jobsOf,
	lagsOf,
	lineTable,
	requestsPerJob,
	toLines,
	type CellText,
} from './lines';
import { runLag, type CandidateResult, type Measurement } from './runLag';
import { lagTargetMs, lagTargets } from './targets';

const shortMeasurements: Measurement[] = [
	{ durationMs: 1_000, jobs: 6, runs: 2, parallel: 4 },
	{ durationMs: 3_000, jobs: 6, runs: 2, parallel: 4 },
];
const fullMeasurements: Measurement[] = [
	{ durationMs: 1_000, jobs: 10, runs: 3, parallel: 2 },
	{ durationMs: 3_000, jobs: 10, runs: 3, parallel: 3 },
	{ durationMs: 8_000, jobs: 8, runs: 2, parallel: 5 },
	{ durationMs: 30_000, jobs: 8, runs: 2, parallel: Infinity },
	{ durationMs: 120_000, jobs: 6, runs: 2, parallel: Infinity },
];

const description = [
	'Time from the end of a job at the provider to the start of the download, by the clock of the ' +
		'emulator. Jobs take 1, 3, 8, 30 and 120 s, spread by 15 % (at most 2.5 s) to either side. ✓ means ' +
		'that the target is met: at most 5 % of the duration (0.3 s for short jobs), or half of the poll ' +
		'interval that the provider recommends (Runpod 2 s; TheRouter and Vtrix 5 s; AI Generate 2.5 s, ' +
		'and 7.5 s for jobs of 120 s). In the first run of a process the node has not seen any job of the ' +
		'model; the later runs follow it.',
	'The official clients use their default settings. `run` of replicate treats a job as finished after ' +
		'its one minute of `Prefer: wait`, and then returns no image.',
];

function candidateChecks({ candidate, runs }: CandidateResult, measurement: Measurement): Check[] {
	const { name, node } = candidate;
	if (!node) return [];
	const expected = measurement.jobs * measurement.runs;
	const prefix = `${name}, jobs of ${measurement.durationMs / 1000} s`;
	const downloads = sum(jobsOf(runs).map((job) => job.downloads));
	return [
		equal(`${prefix}: jobs charged for ${expected} images`, jobsOf(runs).length, expected),
		equal(`${prefix}: submits`, sum(runs.map(({ submits }) => submits)), expected),
		equal(`${prefix}: downloads`, downloads, node.inline ? 0 : expected),
		below(
			`${prefix}: requests per job, compared with a poll every half second`,
			requestsPerJob(runs),
			halfSecondRequestsPerJob(runs),
		),
	];
}

/** Measures how long a finished image waits to be noticed. */
export async function lagSection(
	emulators: BenchEmulators,
	n8n: MeasuredN8n | null,
	isShort: boolean,
): Promise<Section> {
	const measurements = isShort ? shortMeasurements : fullMeasurements;
	const results = await runLag(measurements, emulators, n8n);
	const lines = toLines(results);
	const lagText: CellText = ({ node }, runs, index) => {
		const lagMs = median(lagsOf(runs));
		if (!node) return seconds(lagMs);
		const targetMs = lagTargetMs(measurements[index]?.durationMs ?? 0, node.recommended);
		return marked(seconds(lagMs), lagMs <= targetMs);
	};
	const requestsText: CellText = ({ node }, runs) => {
		const requests = requestsPerJob(runs);
		const text = requests.toFixed(1);
		return node ? marked(text, requests < halfSecondRequestsPerJob(runs)) : text;
	};
	const percentileText: CellText = (_, runs) => seconds(percentile(lagsOf(runs), 0.9));
	const requestsTitle = 'requests per job (✓: fewer than a poll every half second)';
	return {
		title: 'Lag: time until a finished image is noticed',
		text: description,
		tables: [
			lineTable('median lag', lines, measurements, lagText),
			lineTable('lag, 90th percentile', lines, measurements, percentileText),
			lineTable(requestsTitle, lines, measurements, requestsText),
		],
		checks: measurements.flatMap((measurement, index) =>
			(results[index] ?? []).flatMap((result) => candidateChecks(result, measurement)),
		),
		targets: lagTargets(lines, measurements),
	};
}
