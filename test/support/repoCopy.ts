import { cpSync, existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const entries = [
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

/** Copies the checkout to a temporary folder, which the caller must remove. Returns its path. */
export function repoCopy(): string {
	const repo = mkdtempSync(join(tmpdir(), 'flux-kontext-repo-'));
	for (const entry of entries)
		if (existsSync(join(root, entry))) cpSync(join(root, entry), join(repo, entry), { recursive: true });
	symlinkSync(join(root, 'node_modules'), join(repo, 'node_modules'));
	return repo;
}
