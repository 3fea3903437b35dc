import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedFolder } from '../n8n-host/cachedFolder';
import { readFileIfExists } from '../n8n-host/files';
import { cacheDir } from '../n8n-host/install';
import { npm } from '../n8n-host/npm';
import type { Report } from '../n8n-host/progress';

const MANIFESTS = ['package.json', 'package-lock.json'];
const INSTALL_TIMEOUT_MS = 20 * 60_000;

async function installedVersion(folder: string, name: string): Promise<string | undefined> {
	const manifest = await readFileIfExists(join(folder, 'node_modules', name, 'package.json'));
	return manifest === undefined ? undefined : (JSON.parse(manifest) as { version: string }).version;
}

/**
 * Names the versions in a folder that matter to the node, such as "n8n-core 2.41.1, n8n-workflow 2.41.0, …".
 */
export async function describeVersions(folder: string): Promise<string> {
	const names = ['n8n-core', 'n8n-workflow', 'zod'];
	const versions = await Promise.all(
		names.map(async (name) => `${name} ${(await installedVersion(folder, name)) ?? 'missing'}`),
	);
	return versions.join(', ');
}

/**
 * Returns the folder of the oldest n8n-core of 2.x, and installs it into the cache outside the checkout first
 * if it is missing or broken. Rejects if npm fails.
 */
export async function installOldest(report: Report): Promise<string> {
	const manifests = await Promise.all(
		MANIFESTS.map(async (file) => await readFile(join(__dirname, file), 'utf8')),
	);
	const { dependencies } = JSON.parse(manifests[0] ?? '{}') as { dependencies: { 'n8n-core': string } };
	const version = dependencies['n8n-core'];
	const hash = createHash('sha256').update(manifests.join('\0')).digest('hex').slice(0, 12);
	const parent = cacheDir();
	const name = `n8n-core-${version}-${hash}`;
	return await cachedFolder({
		parent,
		name,
		report,
		findProblem: async (folder) => {
			const installed = await installedVersion(folder, 'n8n-core');
			return installed === version
				? undefined
				: `it holds n8n-core ${installed ?? 'in no version'} instead of ${version}`;
		},
		build: async (folder) => {
			for (const file of MANIFESTS) await copyFile(join(__dirname, file), join(folder, file));
			await npm({
				args: ['install', '--ignore-scripts', '--loglevel=error'],
				cwd: folder,
				log: join(parent, `${name}.log`),
				task: `Installing n8n-core ${version} (about 210 MB, once)`,
				timeoutMs: INSTALL_TIMEOUT_MS,
				report,
			});
		},
	});
}
