export interface Table {
	head: readonly string[];
	rows: ReadonlyArray<readonly string[]>;
}

/** Assertion about a count, which must hold on any machine. The only part of the benchmark that can fail. */
export interface Check {
	name: string;
	ok: boolean;
	/** Actual and expected value, as text. */
	values: string;
}

/** Target for a measured value. Reported, never asserted. */
export interface Target {
	name: string;
	met: boolean;
	/** Measured value, as text. */
	measured: string;
	/** Why the target can be missed. */
	reason?: string;
}

/** One section of docs/benchmarks.md. */
export interface Section {
	title: string;
	/** Paragraphs that describe what is measured and how. */
	text: readonly string[];
	tables: readonly Table[];
	checks: readonly Check[];
	targets: readonly Target[];
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Renders a table as Markdown. */
export const markdown = ({ head, rows }: Table): string =>
	[row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** Checks that a count has the expected value. */
export const equal = (name: string, actual: number, expected: number): Check => ({
	name,
	ok: actual === expected,
	values: `${actual}, expected ${expected}`,
});

/** Checks that a value is below a bound (exclusive). */
export const below = (name: string, actual: number, bound: number): Check => ({
	name,
	ok: actual < bound,
	values: `${actual.toFixed(1)}, expected below ${bound.toFixed(1)}`,
});
