import type { Fault, RecordedRequest } from '../emulator';

/** A fault with the time of its injection. */
export interface InjectedFault extends Fault {
	/** By the emulator's clock. */
	at: number;
}

interface Row {
	at: number;
	cells: string[];
}

/** Rows that fit on a few screens. */
const MAX_ROWS = 100;
const MAX_PATH_CHARS = 70;
const COLUMNS = ['time', 'provider', 'stage', 'method', 'path', 'status'];

/** Removes the query, which can be a signature, and shortens what is left. */
function shortPath(path: string): string {
	const [pathname = ''] = path.split('?');
	return pathname.length > MAX_PATH_CHARS ? `${pathname.slice(0, MAX_PATH_CHARS - 1)}…` : pathname;
}

const requestRow = ({ at, provider, stage, method, path, status }: RecordedRequest): Row => ({
	at,
	cells: [provider, stage, method, shortPath(path), status === 0 ? 'no answer' : String(status)],
});

function faultRow({ at, provider, stage, kind, status, times = 1 }: InjectedFault): Row {
	const fault = status === undefined ? kind : `${kind} ${status}`;
	return { at, cells: [provider ?? 'any', stage, '', `fault injected: ${fault}, ${times} ×`, ''] };
}

/**
 * Formats the requests that an emulator recorded as a table in the order of time, with a row for each
 * injected fault. Times are seconds since the first row. Only the last 100 rows are shown.
 */
export function requestTable(
	requests: readonly RecordedRequest[],
	faults: readonly InjectedFault[] = [],
): string {
	const rows = [...faults.map(faultRow), ...requests.map(requestRow)].sort((a, b) => a.at - b.at);
	const [first] = rows;
	if (!first) return '(none)';
	const shown = rows.slice(-MAX_ROWS);
	const seconds = (at: number) => `+${((at - first.at) / 1000).toFixed(3)}`;
	const lines = [COLUMNS, ...shown.map(({ at, cells }) => [seconds(at), ...cells])];
	const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
	const table = lines.map((cells) =>
		cells
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd(),
	);
	const omitted = rows.length - shown.length;
	return [...(omitted > 0 ? [`(${omitted} earlier rows are not shown)`] : []), ...table].join('\n');
}
