import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { cachedFolder } from './cached-folder';
import { hostFault, n8nScript, nodeFault } from './check';
import { npm } from './npm';
import type { Report } from './progress';

export interface Host {
	/** A Node that n8n runs on. */
	node: string;
	/** n8n's bin script. */
	n8n: string;
	dir: string;
}

export interface InstallOptions {
	report?: ((line: string) => void) | undefined;
	signal?: AbortSignal | undefined;
}

const NODE_MAJOR = 24;
const MANIFESTS = ['package.json', 'package-lock.json'];
const INSTALL_TIMEOUT_MS = 45 * 60_000;
const platform = `${process.platform}-${process.arch}`;

export const cacheDir = (): string =>
	process.env.N8N_HOST_CACHE ??
	join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-flux-kontext');

const nodeBinary = (dir: string) =>
	join(dir, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

async function installNode(parent: string, report?: Report, signal?: AbortSignal): Promise<string> {
	if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
	const name = `node${NODE_MAJOR}-${platform}`;
	const dir = await cachedFolder({
		parent,
		name,
		report,
		signal,
		fault: async (folder) => await nodeFault(nodeBinary(folder), NODE_MAJOR),
		build: async (folder) => {
			await writeFile(
				join(folder, 'package.json'),
				JSON.stringify({ name: 'node-for-n8n', private: true }),
			);
			const log = join(parent, `${name}.log`);
			// Its install script fetches the package that holds the binary; projects often forbid scripts.
			const args = ['install', `node@${NODE_MAJOR}`, '--ignore-scripts=false'];
			const what = `Installing Node ${NODE_MAJOR} for n8n`;
			await npm({ args, cwd: folder, log, what, timeoutMs: INSTALL_TIMEOUT_MS, report, signal });
		},
	});
	return nodeBinary(dir);
}

async function buildHost(
	folder: string,
	log: string,
	version: string,
	report?: Report,
	signal?: AbortSignal,
) {
	for (const file of MANIFESTS) await copyFile(join(__dirname, file), join(folder, file));
	const shared = { cwd: folder, log, timeoutMs: INSTALL_TIMEOUT_MS, report, signal };
	await npm({
		...shared,
		args: ['install', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'],
		what: `Installing n8n ${version} (about 2.2 GB, a few minutes, once)`,
	});
	await npm({
		...shared,
		args: ['rebuild', 'sqlite3', '--ignore-scripts=false', '--foreground-scripts'],
		what: 'Building sqlite3 for n8n',
	});
}

/** A working n8n of the pinned version outside the clone, installed now if it is missing or broken. */
export async function installHost({ report, signal }: InstallOptions = {}): Promise<Host> {
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
	const node = await installNode(parent, report, signal);
	const dir = await cachedFolder({
		parent,
		name,
		report,
		signal,
		fault: async (folder) => await hostFault(folder, node, version),
		build: async (folder) =>
			await buildHost(folder, join(parent, `${name}.log`), version, report, signal),
	});
	return { node, n8n: n8nScript(dir), dir };
}
