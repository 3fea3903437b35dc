import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedFolder, readIfThere } from '../n8n-host/cached-folder';
import { cacheDir } from '../n8n-host/install';
import { npm } from '../n8n-host/npm';
import type { Report } from '../n8n-host/progress';

const MANIFESTS = ['package.json', 'package-lock.json'];
const INSTALL_TIMEOUT_MS = 20 * 60_000;

async function versionIn(folder: string, name: string): Promise<string | undefined> {
	const text = await readIfThere(join(folder, 'node_modules', name, 'package.json'));
	return text === undefined ? undefined : (JSON.parse(text) as { version: string }).version;
}

/** What the node meets inside an n8n-core, by the versions that were installed with it. */
export async function versionsIn(folder: string): Promise<string> {
	const names = ['n8n-core', 'n8n-workflow', 'zod'];
	const versions = await Promise.all(
		names.map(async (name) => `${name} ${(await versionIn(folder, name)) ?? 'missing'}`),
	);
	return versions.join(', ');
}

/** The folder of the oldest n8n-core of 2.x outside the clone, installed now if it is missing or broken. */
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
		fault: async (folder) => {
			const found = await versionIn(folder, 'n8n-core');
			return found === version ? undefined : `n8n-core ${version} is not in it, but ${found ?? 'none'}`;
		},
		build: async (folder) => {
			for (const file of MANIFESTS) await copyFile(join(__dirname, file), join(folder, file));
			await npm({
				args: ['install', '--ignore-scripts', '--loglevel=error'],
				cwd: folder,
				log: join(parent, `${name}.log`),
				what: `Installing n8n-core ${version} (about 210 MB, once)`,
				timeoutMs: INSTALL_TIMEOUT_MS,
				report,
			});
		},
	});
}
