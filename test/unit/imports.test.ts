import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import ts from 'typescript';

const root = resolve(__dirname, '../..');

interface Source {
	/** From the root, with slashes. */
	path: string;
	/** What it imports: a package, or a file from the root. */
	imports: string[];
	/**
	 * Names it uses without declaring or importing them in any way that the check could see, and
	 * `globalThis.x` as `x`.
	 */
	names: Set<string>;
}

function filesBelow(folder: string): string[] {
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory()) return filesBelow(path);
		return path.endsWith('.ts') ? [path] : [];
	});
}

function moduleOf(node: ts.Node): string | null {
	const text = (literal: ts.Node | undefined) =>
		literal && ts.isStringLiteralLike(literal) ? literal.text : null;
	if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return text(node.moduleSpecifier);
	if (ts.isImportTypeNode(node))
		return ts.isLiteralTypeNode(node.argument) ? text(node.argument.literal) : '(computed)';
	if (ts.isExternalModuleReference(node)) return text(node.expression) ?? '(computed)';
	if (!ts.isCallExpression(node)) return null;
	const loads =
		node.expression.kind === ts.SyntaxKind.ImportKeyword ||
		(ts.isIdentifier(node.expression) && node.expression.text === 'require');
	return loads ? (text(node.arguments[0]) ?? '(computed)') : null;
}

/** Whether an identifier stands for a value of its own: no property, no key, no declared name. */
function isFreeName(node: ts.Identifier): boolean {
	const { parent } = node;
	if (ts.isPropertyAccessExpression(parent))
		return (
			parent.expression === node ||
			(ts.isIdentifier(parent.expression) && parent.expression.text === 'globalThis')
		);
	return !(
		(ts.isPropertyAssignment(parent) ||
			ts.isPropertySignature(parent) ||
			ts.isMethodSignature(parent) ||
			ts.isMethodDeclaration(parent) ||
			ts.isParameter(parent) ||
			ts.isBindingElement(parent) ||
			ts.isVariableDeclaration(parent)) &&
		parent.name === node
	);
}

function read(path: string): Source {
	const file = ts.createSourceFile(
		path,
		readFileSync(join(root, path), 'utf8'),
		ts.ScriptTarget.ES2022,
		true,
	);
	const source: Source = { path, imports: [], names: new Set() };
	const visit = (node: ts.Node): void => {
		const wanted = moduleOf(node);
		if (wanted !== null)
			source.imports.push(
				wanted.startsWith('.') ? relative(root, resolve(root, dirname(path), wanted)) : wanted,
			);
		if (ts.isIdentifier(node) && isFreeName(node)) source.names.add(node.text);
		ts.forEachChild(node, visit);
	};
	visit(file);
	return source;
}

const shipped = ['index.ts', ...filesBelow('nodes'), ...filesBelow('credentials')].map(read);
const tools = [...filesBelow('tools'), ...filesBelow('templates')].map(read);
const node = 'nodes/FluxKontext';
const core = `${node}/core`;
const provider = `${core}/provider`;

/**
 * What each folder may import: folders, files, and packages. Order within core: base, http, image and
 * request, job, engine.
 */
const layers: Record<string, readonly string[]> = {
	[`${core}/base/`]: [`${core}/base/`],
	[`${core}/http/`]: [`${core}/base/`, `${core}/http/`],
	[`${core}/image/`]: [`${core}/base/`, `${core}/http/`, `${core}/image/`],
	[`${core}/request/`]: [`${core}/base/`, `${core}/request/`, provider],
	[`${core}/job/`]: ['base', 'http', 'image', 'request', 'job', 'provider'].map((name) =>
		name === 'provider' ? provider : `${core}/${name}/`,
	),
	[`${core}/`]: [`${core}/`],
	[`${node}/providers/`]: [`${core}/`, `${node}/providers/`, 'zod'],
	// node:crypto is the one Node module that n8n allows.
	[`${node}/webhooks/`]: [`${core}/`, `${node}/webhooks/`, 'node:crypto'],
	[`${node}/transport/`]: [
		`${core}/`,
		`${node}/webhooks/`,
		`${node}/transport/`,
		'n8n-workflow',
		'node:crypto',
	],
	[`${node}/description/`]: [`${core}/`, `${node}/providers/`, `${node}/description/`, 'n8n-workflow'],
	[`${node}/methods/`]: [`${core}/`, `${node}/providers/`, `${node}/methods/`, 'n8n-workflow'],
	[`${node}/actions/`]: [
		`${core}/`,
		`${node}/providers/`,
		`${node}/webhooks/`,
		`${node}/transport/`,
		`${node}/actions/`,
		'n8n-workflow',
	],
	'credentials/': ['n8n-workflow', 'credentials/', `${node}/transport/`, `${node}/providers/`],
};

/** The innermost layer that a file is in. */
const layerOf = (path: string) => Object.keys(layers).find((layer) => path.startsWith(layer));
const allows = (allowed: readonly string[], wanted: string) =>
	allowed.some((each) => (each.endsWith('/') ? `${wanted}/`.startsWith(each) : wanted === each));

it('every shipped file is in a layer, is a node file or is the library surface', () => {
	const outside = shipped.map(({ path }) => path).filter((path) => layerOf(path) === undefined);
	expect(
		outside.filter(
			(path) => path !== 'index.ts' && !new RegExp(`^${node}/\\w+(\\.node)?\\.ts$`).test(path),
		),
	).toEqual([]);
	expect(shipped.length).toBeGreaterThan(30);
});

it.each(Object.entries(layers))('%s imports only %j', (layer, allowed) => {
	const inside = shipped.filter(({ path }) => layerOf(path) === layer);
	expect(inside.length).toBeGreaterThan(0);
	const forbidden = inside.flatMap(({ path, imports }) =>
		imports.filter((wanted) => !allows(allowed, wanted)).map((wanted) => `${path} imports ${wanted}`),
	);
	expect(forbidden).toEqual([]);
});

it('neither tools nor shipped files import a test', () => {
	const importing = [...shipped, ...tools].filter(({ path }) => !path.includes('/test/'));
	expect(tools.length).toBeGreaterThan(100);
	expect(
		importing.flatMap(({ path, imports }) =>
			imports
				.filter((wanted) => wanted.startsWith('test/'))
				.map((wanted) => `${path} imports ${wanted}`),
		),
	).toEqual([]);
});

it('no shipped file imports a tool', () => {
	expect(
		shipped.flatMap(({ path, imports }) =>
			imports
				.filter((wanted) => wanted.startsWith('tools/'))
				.map((wanted) => `${path} imports ${wanted}`),
		),
	).toEqual([]);
});

it('shipped files import no package but n8n-workflow and zod, and no Node module but node:crypto', () => {
	const packages = shipped.flatMap(({ path, imports }) =>
		imports
			.filter((wanted) => !wanted.includes('/') || wanted.startsWith('@') || wanted.includes(':'))
			.map((wanted) => `${path} imports ${wanted}`),
	);
	expect(packages.filter((line) => !/ imports (n8n-workflow|zod|node:crypto)$/.test(line))).toEqual([]);
	const otherModules = shipped
		.flatMap(({ imports }) => imports)
		.filter(
			(wanted) =>
				!wanted.startsWith('nodes/') && !['n8n-workflow', 'zod', 'node:crypto'].includes(wanted),
		);
	expect(otherModules).toEqual([]);
});

it('the library surface does not depend on n8n', () => {
	const byPath = new Map(shipped.map((source) => [source.path, source]));
	const fileOf = (wanted: string) =>
		[`${wanted}.ts`, `${wanted}/index.ts`].find((path) => byPath.has(path));
	const seen = new Set<string>(['index.ts']);
	const packages = new Set<string>();
	for (const path of seen) {
		for (const wanted of byPath.get(path)?.imports ?? []) {
			const file = fileOf(wanted);
			if (file) seen.add(file);
			else packages.add(wanted);
		}
	}
	expect([...packages]).toEqual(['zod']);
});

it('core and providers use no timer, process, buffer, console or HTTP client of their own', () => {
	const forbidden = [
		'setTimeout',
		'setInterval',
		'setImmediate',
		'clearTimeout',
		'queueMicrotask',
		'process',
		'Buffer',
		'console',
		'fetch',
		'XMLHttpRequest',
		'WebSocket',
		'performance',
		'crypto',
		'require',
		'module',
		'global',
		'globalThis',
		'window',
		'self',
		'eval',
		'Function',
		'__dirname',
		'__filename',
		'navigator',
		'btoa',
		'atob',
	];
	const used = shipped
		.filter(({ path }) => /\/(core|providers)\//.test(path))
		.flatMap(({ path, names }) =>
			forbidden.filter((name) => names.has(name)).map((name) => `${path} uses ${name}`),
		);
	expect(used).toEqual([]);
});

it('core and providers read the clock and random numbers only through their ports', () => {
	const impure = shipped
		.filter(({ path }) => /\/(core|providers)\//.test(path))
		.filter(({ path }) =>
			/\b(Date\.now|Math\.random|new Date\(\))/.test(readFileSync(join(root, path), 'utf8')),
		);
	expect(impure.map(({ path }) => path)).toEqual([]);
});
