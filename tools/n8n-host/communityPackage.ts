import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readFileIfExists } from './files';

const run = promisify(execFile);

interface Manifest {
	name: string;
	version: string;
	[field: string]: unknown;
}

/** n8n's `package.json` that lists the installed community packages. */
interface InstalledPackages {
	dependencies: Record<string, string>;
}

/** Fields that n8n removes from the manifest before it installs the package's dependencies. */
const REMOVED_FIELDS = ['devDependencies', 'peerDependencies', 'optionalDependencies'];

const INSTALL_TIMEOUT_MS = 120_000;

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

async function unpack(tarball: string, folder: string): Promise<Manifest> {
	await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	const path = join(folder, 'package.json');
	const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
	const fields = Object.entries(manifest).filter(([field]) => !REMOVED_FIELDS.includes(field));
	await writeFile(path, JSON.stringify(Object.fromEntries(fields), null, 2));
	return manifest;
}

async function recordInstallation(path: string, { name, version }: Manifest): Promise<void> {
	const text = await readFileIfExists(path);
	const empty = { name: 'installed-nodes', private: true, dependencies: {} };
	const installed =
		text === undefined ? (empty as InstalledPackages) : (JSON.parse(text) as InstalledPackages);
	installed.dependencies[name] = version;
	await writeFile(path, JSON.stringify(installed, null, 2));
}

/**
 * Installs a local tarball into n8n's user folder, step by step as n8n installs a package from the registry.
 * Resolves to the package's name.
 */
export async function installCommunityPackage(tarball: string, userFolder: string): Promise<string> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const nodeModules = join(nodes, 'node_modules');
	await mkdir(nodeModules, { recursive: true });
	const unpacked = await mkdtemp(join(nodes, 'unpacked-'));
	try {
		const manifest = await unpack(tarball, unpacked);
		const options = { cwd: unpacked, timeout: INSTALL_TIMEOUT_MS, shell: process.platform === 'win32' };
		await run('npm', NPM_ARGS, options);
		const target = join(nodeModules, manifest.name);
		await rm(target, { recursive: true, force: true });
		await rename(unpacked, target);
		await recordInstallation(join(nodes, 'package.json'), manifest);
		return manifest.name;
	} finally {
		await rm(unpacked, { recursive: true, force: true });
	}
}
