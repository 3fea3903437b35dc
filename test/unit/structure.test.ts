import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import ts from 'typescript';

const root = resolve(__dirname, '../..');
/** Prettier's `tabWidth`. */
const TAB = '    ';
const MAX_COLUMNS = 110;
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 45;

interface Source {
	path: string;
	lines: string[];
}

const read = (path: string): Source => ({
	path,
	lines: readFileSync(join(root, path), 'utf8').trimEnd().split('\n'),
});

const sourcesBelow = (folder: string): Source[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.(ts|mjs|cjs)$/.test(file))
		.map((file) => read(`${folder}/${file}`));

const shipped = [read('index.ts'), ...['nodes', 'credentials'].flatMap(sourcesBelow)];
const tools = ['tools', 'templates'].flatMap(sourcesBelow);

/** Lists functions with more than `MAX_FUNCTION_LINES` lines. */
function longFunctions({ path, lines }: Source): string[] {
	const file = ts.createSourceFile(path, lines.join('\n'), ts.ScriptTarget.ES2022, true);
	const found: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isFunctionLike(node) && 'body' in node && node.body) {
			const [start, end] = [node.getStart(file), node.getEnd()].map(
				(position) => file.getLineAndCharacterOfPosition(position).line,
			);
			const count = (end ?? 0) - (start ?? 0) + 1;
			if (count > MAX_FUNCTION_LINES) found.push(`${path}:${(start ?? 0) + 1} has ${count} lines`);
		}
		ts.forEachChild(node, visit);
	};
	visit(file);
	return found;
}

/** Returns the value below which this share of the numbers lies. */
const percentile = (numbers: readonly number[], share: number): number =>
	[...numbers].sort((a, b) => a - b)[Math.floor(share * (numbers.length - 1))] ?? 0;

describe.each([
	['what ships', shipped],
	['the tools', tools],
])('in %s', (_, sources) => {
	it(`no line is longer than ${MAX_COLUMNS} columns`, () => {
		const long = sources.flatMap(({ path, lines }) =>
			lines.flatMap((line, index) =>
				line.replaceAll('\t', TAB).length > MAX_COLUMNS ? [`${path}:${index + 1}`] : [],
			),
		);
		expect(long).toEqual([]);
	});

	it(`no file has more than ${MAX_FILE_LINES} lines`, () => {
		const long = sources.filter(({ lines }) => lines.length > MAX_FILE_LINES);
		expect(long.map(({ path, lines }) => `${path} has ${lines.length}`)).toEqual([]);
	});

	it(`no function has more than ${MAX_FUNCTION_LINES} lines`, () => {
		expect(sources.filter(({ path }) => path.endsWith('.ts')).flatMap(longFunctions)).toEqual([]);
	});

	it('half of the files have at most 60 lines, and nine out of ten at most 150', () => {
		const sizes = sources.map(({ lines }) => lines.length);
		expect(percentile(sizes, 0.5)).toBeLessThanOrEqual(60);
		expect(percentile(sizes, 0.9)).toBeLessThanOrEqual(150);
	});
});
