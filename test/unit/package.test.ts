import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

import type { ICredentialType, INodeType } from 'n8n-workflow';
import sharp from 'sharp';

const root = resolve(__dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
	name: string;
	version: string;
	description: string;
	license: string;
	keywords: string[];
	homepage: string;
	author: { name: string; email: string };
	repository: { type: string; url: string };
	files: string[];
	scripts: Record<string, string>;
	peerDependencies: Record<string, string>;
	n8n: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
}

const manifest = JSON.parse(text('package.json')) as Manifest;

const below = (folder: string, ending: string): string[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith(ending))
		.map((name) => join(folder, name))
		.sort();

const sources = { nodes: below('nodes', '.node.ts'), credentials: below('credentials', '.credentials.ts') };

/** Creates an instance of the class that a source file exports. */
async function instantiate<T>(source: string): Promise<T> {
	const name = basename(source).split('.')[0] ?? '';
	const file = (await import(join(root, source))) as Record<string, new () => T>;
	if (!file[name]) throw new Error(`${source} exports no class ${name}`);
	return new file[name]();
}

describe('package.json, as n8n requires it of a community node,', () => {
	it('describes the package', () => {
		expect(manifest).toMatchObject({
			name: 'n8n-nodes-flux-kontext',
			license: 'MIT',
			repository: { type: 'git' },
		});
		expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
		expect(manifest.keywords).toContain('n8n-community-node-package');
		expect(manifest.description).toMatch(/\S/);
		expect(manifest.homepage).toMatch(/^https:\/\//);
		expect(manifest.repository.url).toMatch(/^git\+https:\/\/github\.com\/[\w.-]+\/[\w.-]+\.git$/);
		expect(manifest.author).toEqual({
			name: expect.stringMatching(/\S/) as unknown,
			email: expect.stringMatching(/^[^@\s]+@[^@\s]+$/) as unknown,
		});
		expect(text('LICENSE')).toMatch(/^MIT License/);
	});

	it('has no run-time dependency but the n8n that loads it', () => {
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		const refused = [
			'dependencies',
			'optionalDependencies',
			'bundledDependencies',
			'bundleDependencies',
			'overrides',
			'resolutions',
		];
		expect(Object.keys(manifest).filter((field) => refused.includes(field))).toEqual([]);
	});

	it('runs no script at installation', () => {
		const refused = [
			'prepare',
			'preprepare',
			'postprepare',
			'preinstall',
			'install',
			'postinstall',
			'prepublish',
		];
		expect(Object.keys(manifest.scripts).filter((name) => refused.includes(name))).toEqual([]);
	});

	it('ships only dist', () => {
		expect(manifest.files.filter((pattern) => !pattern.startsWith('!'))).toEqual(['dist']);
	});

	it.each(['nodes', 'credentials'] as const)('lists exactly the %s in the source', (kind) => {
		const built = sources[kind].map((source) => join('dist', source.replace(/\.ts$/, '.js')));
		expect([...manifest.n8n[kind]].sort()).toEqual(built);
		expect(manifest.n8n.n8nNodesApiVersion).toBe(1);
	});
});

/** Categories of the nodes panel (docs.n8n.io, codex files); n8n's own nodes use AI as well. */
const categories = [
	'AI',
	'Analytics',
	'Communication',
	'Data & Storage',
	'Development',
	'Finance & Accounting',
	'Marketing & Content',
	'Miscellaneous',
	'Productivity',
	'Sales',
	'Utility',
];

interface Codex {
	node: string;
	nodeVersion: string;
	codexVersion: string;
	categories: string[];
	alias: string[];
	resources: Record<'primaryDocumentation' | 'credentialDocumentation', Array<{ url: string }>>;
}

describe.each(sources.nodes)('the codex of %s', (source) => {
	const codex = JSON.parse(text(source.replace(/\.ts$/, '.json'))) as Codex;

	it('names this node', async () => {
		const { description } = await instantiate<INodeType>(source);
		expect(codex).toMatchObject({
			node: `${manifest.name}.${description.name}`,
			nodeVersion: '1.0',
			codexVersion: '1.0',
		});
	});

	it('lets the nodes panel and its search find the node', () => {
		expect(codex.categories.filter((category) => !categories.includes(category))).toEqual([]);
		expect(codex.categories).toContain('AI');
		expect(codex.alias.length).toBeGreaterThan(0);
		expect(new Set(codex.alias).size).toBe(codex.alias.length);
	});

	// n8n drops a codex without resources.
	it('links to the documentation at the homepage', () => {
		const links = Object.entries(codex.resources).map(([kind, [first]]) => [kind, first?.url] as const);
		const { homepage } = manifest;
		expect(Object.fromEntries(links)).toEqual({
			primaryDocumentation: homepage,
			credentialDocumentation: homepage.replace(/#.*$/, '#credentials'),
		});
	});
});

/** Returns the themed icon of a class, as paths from the root. */
async function iconOf(source: string): Promise<{ light: string; dark: string }> {
	const instance = await instantiate<INodeType | ICredentialType>(source);
	const icon = 'description' in instance ? instance.description.icon : instance.icon;
	if (typeof icon !== 'object') throw new Error(`${source} has no icon for light and dark`);
	const path = (file: string) => relative(root, resolve(root, source, '..', file.replace(/^file:/, '')));
	return { light: path(icon.light), dark: path(icon.dark) };
}

const classFiles = [...sources.nodes, ...sources.credentials];

describe('icons', () => {
	it.each(classFiles)(
		'of %s are two different drawings, one for light and one for dark',
		async (source) => {
			const { light, dark } = await iconOf(source);
			expect([light, dark].map((path) => existsSync(join(root, path)))).toEqual([true, true]);
			expect(text(light)).not.toBe(text(dark));
		},
	);

	it('are all used', async () => {
		const used = (await Promise.all(classFiles.map(iconOf))).flatMap(({ light, dark }) => [light, dark]);
		expect(below('icons', '').filter((path) => !used.includes(path))).toEqual([]);
	});

	it.each(below('icons', '.svg'))(
		'include %s as a square drawing without external references',
		async (path) => {
			const drawing = text(path);
			expect(drawing).toMatch(/viewBox="0 0 (\d+) \1"/);
			expect(drawing).not.toMatch(
				/<script|<image|<foreignObject|\son\w+=|href="(?!#)|url\((?!#)|@import/i,
			);
			const image = sharp(Buffer.from(drawing));
			const { format, width: wide, height: high } = await image.metadata();
			expect({ format, square: wide === high }).toEqual({ format: 'svg', square: true });
			const { channels } = await image.ensureAlpha().stats();
			expect(channels[3]?.max).toBe(255);
		},
	);
});
