import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readIfThere } from './cached-folder';

const run = promisify(execFile);

interface Manifest {
	name: string;
	version: string;
	[field: string]: unknown;
}

interface Ledger {
	dependencies: Record<string, string>;
}

const NOT_INSTALLED = ['devDependencies', 'peerDependencies', 'optionalDependencies'];

/** n8n's own flags when it installs a community package from Settings. */
const NPM_ARGS = [
	'install',
	'--audit=false',
	'--fund=false',
	'--bin-links=false',
	'--install-strategy=shallow',
	'--ignore-scripts=true',
	'--package-lock=false',
];

async function unpack(tarball: string, into: string): Promise<Manifest> {
	await run('tar', ['-xzf', tarball, '-C', into, '--strip-components=1']);
	const path = join(into, 'package.json');
	const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
	const kept = Object.entries(manifest).filter(([field]) => !NOT_INSTALLED.includes(field));
	await writeFile(path, JSON.stringify(Object.fromEntries(kept), null, 2));
	return manifest;
}

async function enterIntoLedger(path: string, { name, version }: Manifest): Promise<void> {
	const found = await readIfThere(path);
	const empty = { name: 'installed-nodes', private: true, dependencies: {} };
	const ledger = found === undefined ? (empty as Ledger) : (JSON.parse(found) as Ledger);
	ledger.dependencies[name] = version;
	await writeFile(path, JSON.stringify(ledger, null, 2));
}

/** Does for a local tarball, step by step, what n8n does for a package from the registry. */
export async function installCommunityPackage(tarball: string, userFolder: string): Promise<string> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const nodeModules = join(nodes, 'node_modules');
	await mkdir(nodeModules, { recursive: true });
	const fresh = await mkdtemp(join(nodes, 'unpacked-'));
	try {
		const manifest = await unpack(tarball, fresh);
		await run('npm', NPM_ARGS, { cwd: fresh, timeout: 120_000, shell: process.platform === 'win32' });
		const place = join(nodeModules, manifest.name);
		await rm(place, { recursive: true, force: true });
		await rename(fresh, place);
		await enterIntoLedger(join(nodes, 'package.json'), manifest);
		return manifest.name;
	} finally {
		await rm(fresh, { recursive: true, force: true });
	}
}
