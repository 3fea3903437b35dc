import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
	file.endsWith('.md'),
);
const pages = [join(root, 'README.md'), ...docs.map((file) => join(root, 'docs', file))];

/** Without what stands in code, which is no link and no heading. */
const prose = (page: string): string =>
	readFileSync(page, 'utf8')
		.replace(/^```[\s\S]*?^```/gm, '')
		.replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
	heading
		.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

const anchorsOf = (page: string): string[] =>
	[...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Links that lead to files of the project, as they stand and to where they lead. */
const linksOf = (page: string) =>
	[...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
		.map(([, link = '']) => link)
		.filter((link) => !/^[a-z]+:/i.test(link))
		.map((link) => {
			const [path = '', anchor] = link.split('#');
			return { link, file: path === '' ? page : resolve(dirname(page), path), anchor };
		});

it.each(pages.map((page) => [relative(root, page), page]))('leads to what there is: %s', (_, page) => {
	const broken = linksOf(page).filter(
		({ file, anchor }) =>
			!existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor)),
	);
	expect(broken.map(({ link }) => link)).toEqual([]);
});

it('leads from the README to every page, over others or at once', () => {
	const reached = new Set([join(root, 'README.md')]);
	for (const page of reached)
		for (const { file } of linksOf(page)) if (file.endsWith('.md') && existsSync(file)) reached.add(file);
	expect(pages.filter((page) => !reached.has(page)).map((page) => relative(root, page))).toEqual([]);
});

it('shows every example in a recipe or in the README', () => {
	const linked = pages.flatMap(linksOf).map(({ file }) => relative(join(root, 'examples'), file));
	expect(readdirSync(join(root, 'examples')).filter((file) => !linked.includes(file))).toEqual([]);
});
