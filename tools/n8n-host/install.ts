import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { cachedFolder } from './cachedFolder';
import { hostProblem, n8nScript, nodeProblem } from './check';
import { npm } from './npm';
import type { Report } from './progress';

/** An installed n8n. */
export interface Host {
	/** Path of a Node binary that n8n supports. */
	node: string;
	/** Path of n8n's bin script. */
	n8n: string;
	/** Installation folder. */
	dir: string;
}

export interface InstallOptions {
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

const NODE_MAJOR = 24;
const MANIFESTS = ['package.json', 'package-lock.json'];
/** Upper bound for a cold cache on a slow connection; a fast one needs about three minutes. */
const INSTALL_TIMEOUT_MS = 45 * 60_000;
const platform = `${process.platform}-${process.arch}`;

/** Folder outside the checkout that holds every installation. `N8N_HOST_CACHE` overrides it. */
export const cacheDir = (): string =>
	process.env.N8N_HOST_CACHE ??
	join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-flux-kontext');

const nodeBinary = (dir: string) =>
	join(dir, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

async function installNode(parent: string, { report, signal }: InstallOptions): Promise<string> {
	if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
	const name = `node${NODE_MAJOR}-${platform}`;
	const dir = await cachedFolder({
		parent,
		name,
		report,
		signal,
		findProblem: async (folder) => await nodeProblem(nodeBinary(folder), NODE_MAJOR),
		build: async (folder) => {
			const manifest = { name: 'node-for-n8n', private: true };
			await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
			const log = join(parent, `${name}.log`);
			// The install script fetches the package that holds the binary; npm settings often forbid
			// scripts.
			const args = ['install', `node@${NODE_MAJOR}`, '--ignore-scripts=false'];
			const task = `Installing Node ${NODE_MAJOR} for n8n`;
			await npm({ args, cwd: folder, log, task, timeoutMs: INSTALL_TIMEOUT_MS, report, signal });
		},
	});
	return nodeBinary(dir);
}

async function buildHost(folder: string, log: string, version: string, options: InstallOptions) {
	for (const file of MANIFESTS) await copyFile(join(__dirname, file), join(folder, file));
	const shared = { cwd: folder, log, timeoutMs: INSTALL_TIMEOUT_MS, ...options };
	await npm({
		...shared,
		args: ['install', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'],
		task: `Installing n8n ${version} (about 2.2 GB, a few minutes, once)`,
	});
	await npm({
		...shared,
		args: ['rebuild', 'sqlite3', '--ignore-scripts=false', '--foreground-scripts'],
		task: 'Building sqlite3 for n8n',
	});
}

/**
 * Returns a working n8n of the pinned version, and installs it into the cache first if it is missing or
 * broken. Rejects if npm fails or `signal` is aborted.
 */
export async function installHost(options: InstallOptions = {}): Promise<Host> {
	const parent = cacheDir();
	const manifests = await Promise.all(
		MANIFESTS.map(async (file) => await readFile(join(__dirname, file), 'utf8')),
	);
	const { dependencies } = JSON.parse(manifests[0] ?? '{}') as { dependencies: { n8n: string } };
	const version = dependencies.n8n;
	const hash = createHash('sha256')
		.update([...manifests, platform].join('\0'))
		.digest('hex')
		.slice(0, 12);
	const name = `n8n-${version}-${platform}-${hash}`;
	const node = await installNode(parent, options);
	const dir = await cachedFolder({
		...options,
		parent,
		name,
		findProblem: async (folder) => await hostProblem(folder, node, version),
		build: async (folder) => await buildHost(folder, join(parent, `${name}.log`), version, options),
	});
	return { node, n8n: n8nScript(dir), dir };
}
