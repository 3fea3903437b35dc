export const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

export const table = (heads: readonly string[], rows: readonly string[]): string[] => [
	row(...heads),
	row(...heads.map(() => '---')),
	...rows,
	'',
];

export const list = (lines: readonly string[]): string[] => [...lines.map((line) => `- ${line}`), ''];

const comment = (text: string): string => `<!-- ${text} -->`;

/** The generated part of a page: all outside its two marks is written by hand and stays. */
export function withGenerated(text: string, lines: readonly string[]): string {
	const [begin, end] = [comment('generated'), comment('/generated')];
	const [before, after] = [text.indexOf(begin), text.indexOf(end)];
	if (before < 0 || after < before)
		throw new Error(`A page has no ${begin} … ${end}: it begins with "${text.slice(0, 40)}"`);
	return [text.slice(0, before) + begin, '', ...lines, text.slice(after)].join('\n');
}

/** A page that nobody has written by hand yet. */
export const emptyPage = (title: string): string =>
	[`# ${title}`, '', comment('generated'), comment('/generated'), ''].join('\n');
