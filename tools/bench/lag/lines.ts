import type { Table } from '../support/section';
import { sum } from '../support/statistics';
import type { NodeTraits } from './candidates';
import type { MeasuredRun } from './measure';
import type { CandidateResult, Measurement } from './runLag';

/** Row of the tables: the runs of one candidate, per measurement. */
export interface Line {
	name: string;
	node: NodeTraits | undefined;
	cells: MeasuredRun[][];
}

export const jobsOf = (runs: readonly MeasuredRun[]) => runs.flatMap(({ jobs }) => jobs);

/** Lists the lags of the jobs whose image was fetched. */
export const lagsOf = (runs: readonly MeasuredRun[]): number[] =>
	jobsOf(runs).flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));

export const requestsPerJob = (runs: readonly MeasuredRun[]): number =>
	sum(runs.map(({ requests }) => requests)) / jobsOf(runs).length;

/** Returns the requests per job that a poll every half second would have needed. */
export const halfSecondRequestsPerJob = (runs: readonly MeasuredRun[]): number =>
	sum(runs.map(({ halfSecondRequests }) => halfSecondRequests)) / jobsOf(runs).length;

/**
 * Creates the rows of all candidates. This node has two: its first run, in which it has not seen any job of
 * the model, and its later runs.
 */
export function toLines(results: readonly CandidateResult[][]): Line[] {
	const [first = []] = results;
	return first.flatMap(({ candidate: { name, node } }): Line[] => {
		const cells = results.map(
			(list) => list.find(({ candidate }) => candidate.name === name)?.runs ?? [],
		);
		if (!node) return [{ name, node, cells }];
		return [
			{ name: `${name}, first run`, node, cells: cells.map((runs) => runs.slice(0, 1)) },
			{ name: `${name}, later runs`, node, cells: cells.map((runs) => runs.slice(1)) },
		];
	});
}

export type CellText = (line: Line, runs: MeasuredRun[], index: number) => string;

/** Renders a table with a row per line and a column per measurement. */
export function lineTable(
	title: string,
	lines: readonly Line[],
	measurements: readonly Measurement[],
	cellText: CellText,
): Table {
	const cell = (line: Line, runs: MeasuredRun[], index: number) =>
		lagsOf(runs).length < jobsOf(runs).length ? 'no image' : cellText(line, runs, index);
	return {
		head: [title, ...measurements.map(({ durationMs }) => `${durationMs / 1000} s`)],
		rows: lines.map((line) => [line.name, ...line.cells.map((runs, index) => cell(line, runs, index))]),
	};
}
