/** Renders one line of a Markdown table. */
export const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

/** Renders the lines of a Markdown table, with an empty line after it. `rows` are rendered by `row`. */
export const table = (heads: readonly string[], rows: readonly string[]): string[] => [
	row(...heads),
	row(...heads.map(() => '---')),
	...rows,
	'',
];

/** Renders the lines of a Markdown list, with an empty line after it. */
export const list = (lines: readonly string[]): string[] => [...lines.map((line) => `- ${line}`), ''];

const comment = (text: string): string => `<!-- ${text} -->`;

/**
 * Replaces the lines between the two markers of a page. Text outside the markers is written by hand and is
 * kept. Throws if a marker is missing.
 */
export function withGenerated(text: string, lines: readonly string[]): string {
	const [begin, end] = [comment('generated'), comment('/generated')];
	const [before, after] = [text.indexOf(begin), text.indexOf(end)];
	if (before < 0 || after < before)
		throw new Error(`The page has no ${begin} … ${end} (it starts with "${text.slice(0, 40)}")`);
	return [text.slice(0, before) + begin, '', ...lines, text.slice(after)].join('\n');
}

/** Creates a page that has a title and an empty generated part. */
export const emptyPage = (title: string): string =>
	[`# ${title}`, '', comment('generated'), comment('/generated'), ''].join('\n');
