import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { pathExists } from './files';

const run = promisify(execFile);

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 64_000_000;

/** Lists the folders of Postgres programs, newest first: Debian does not put them on the path. */
async function debianPostgresFolders(): Promise<string[]> {
	const parent = '/usr/lib/postgresql';
	const versions = await readdir(parent).catch(() => []);
	return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(parent, version, 'bin'));
}

async function findProgram(name: string): Promise<string | undefined> {
	const pathFolders = (process.env.PATH ?? '').split(delimiter);
	for (const folder of [...pathFolders, '/usr/sbin', ...(await debianPostgresFolders())]) {
		const path = join(folder, name);
		if (await pathExists(path)) return path;
	}
	return undefined;
}

/**
 * Returns the path of a program of the system. Installs its Debian package if it is missing and this process
 * may; rejects with the package's name otherwise.
 */
export async function systemProgram(name: string, debianPackage: string): Promise<string> {
	const path = await findProgram(name);
	if (path !== undefined) return path;
	const message =
		`The tests in a real n8n need ${name}. ` +
		`Install Debian's package ${debianPackage}, or the equivalent of your system.`;
	if (process.getuid?.() !== 0) throw new Error(message);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const options = { env, timeout: INSTALL_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
	const apt = async (...args: string[]) => await run('apt-get', [...args, '-y', '-q'], options);
	try {
		await apt('update');
		await apt('install', '--no-install-recommends', debianPackage);
	} catch (error) {
		throw new Error(`${message} (apt-get failed: ${(error as Error).message})`, { cause: error });
	}
	const installed = await findProgram(name);
	if (installed === undefined) throw new Error(message);
	return installed;
}
