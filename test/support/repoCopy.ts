import { cpSync, existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const parts = [
	'credentials',
	'dist',
	'examples',
	'icons',
	'nodes',
	'tools',
	'templates',
	'test',
	'index.ts',
	'LICENSE',
	'package.json',
	'README.md',
	'tsconfig.json',
];

/** A copy of the checkout that a test may change; whoever makes it removes it. */
export function repoCopy(): string {
	const repo = mkdtempSync(join(tmpdir(), 'flux-kontext-repo-'));
	for (const part of parts)
		if (existsSync(join(root, part))) cpSync(join(root, part), join(repo, part), { recursive: true });
	symlinkSync(join(root, 'node_modules'), join(repo, 'node_modules'));
	return repo;
}
