import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const INSTALL_MS = 10 * 60_000;

/** Where Debian keeps what it does not put on the path. */
async function debianFolders(): Promise<string[]> {
	const parent = '/usr/lib/postgresql';
	const versions = await readdir(parent).catch(() => []);
	return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(parent, version, 'bin'));
}

async function found(command: string): Promise<string | undefined> {
	const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', ...(await debianFolders())];
	for (const folder of folders) {
		const path = join(folder, command);
		const isThere = await access(path).then(
			() => true,
			() => false,
		);
		if (isThere) return path;
	}
	return undefined;
}

/** The path of a server's program, from Debian's package if it is missing and that can be installed. */
export async function tool(command: string, debianPackage: string): Promise<string> {
	const path = await found(command);
	if (path !== undefined) return path;
	const needed = `The tests in a real n8n need ${command}: install Debian's package ${debianPackage}, or what your system calls it`;
	if (process.getuid?.() !== 0) throw new Error(needed);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const apt = async (...args: string[]) =>
		await run('apt-get', [...args, '-y', '-q'], { env, timeout: INSTALL_MS, maxBuffer: 64_000_000 });
	await apt('update')
		.then(async () => await apt('install', '--no-install-recommends', debianPackage))
		.catch((error: unknown) => {
			throw new Error(`${needed}; apt-get could not: ${(error as Error).message}`, { cause: error });
		});
	const installed = await found(command);
	if (installed === undefined) throw new Error(needed);
	return installed;
}
