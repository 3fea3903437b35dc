export interface Table {
	head: readonly string[];
	rows: ReadonlyArray<readonly string[]>;
}

/** What is counted must be right, whatever the machine: the only thing that can fail. */
export interface Check {
	name: string;
	ok: boolean;
	seen: string;
}

/** What a figure ought to be; shown, never asserted. */
export interface Aim {
	name: string;
	met: boolean;
	seen: string;
	/** Why it may not be met. */
	why?: string;
}

export interface Section {
	title: string;
	/** What is measured and how. */
	text: readonly string[];
	tables: readonly Table[];
	checks: readonly Check[];
	aims: readonly Aim[];
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const markdown = ({ head, rows }: Table): string =>
	[row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

export const equal = (name: string, seen: number, wanted: number): Check => ({
	name,
	ok: seen === wanted,
	seen: `${seen}, wanted ${wanted}`,
});

export const below = (name: string, seen: number, bound: number): Check => ({
	name,
	ok: seen < bound,
	seen: `${seen.toFixed(1)}, below ${bound.toFixed(1)}`,
});
