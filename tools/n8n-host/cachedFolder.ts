import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { pathExists, removeAll } from './files';
import { acquireLock } from './folderLock';
import { withProgress, type Report } from './progress';

/** A folder in the cache, with the way to build it and to check it. */
export interface CachedFolder {
	/** Folder that holds this one and its siblings. */
	parent: string;
	name: string;
	/** Describes what is wrong with the folder's content; resolves to undefined if it can be used. */
	findProblem: (dir: string) => Promise<string | undefined>;
	/** Fills an empty folder, which is moved to its final path afterwards. */
	build: (dir: string) => Promise<void>;
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

/** File that marks a folder whose build has finished. */
const STAMP = '.complete';

async function problemOf({ parent, name, findProblem }: CachedFolder): Promise<string | undefined> {
	const dir = join(parent, name);
	if (!(await pathExists(dir))) return 'it does not exist';
	if (!(await pathExists(join(dir, STAMP)))) return 'its installation never finished';
	return await findProblem(dir);
}

const isRunning = (pid: number): boolean => {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		// EPERM: the process exists but belongs to another user.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
};

/** Removes unfinished builds of processes that have ended; their names end with the process id. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
	for (const entry of await readdir(parent)) {
		if (!entry.startsWith(prefix) || isRunning(Number(entry.slice(prefix.length)))) continue;
		await removeAll(join(parent, entry));
	}
}

/**
 * Builds the folder under a temporary name and renames it, so that the final path never holds a partial
 * build.
 */
async function rebuild(folder: CachedFolder): Promise<void> {
	const { parent, name } = folder;
	const prefix = `${name}.new-`;
	await removeAbandoned(parent, prefix);
	const fresh = join(parent, `${prefix}${process.pid}`);
	await removeAll(fresh);
	await mkdir(fresh);
	try {
		await folder.build(fresh);
		const problem = await folder.findProblem(fresh);
		if (problem !== undefined)
			throw new Error(`The fresh installation of ${name} does not work: ${problem}`);
		await writeFile(join(fresh, STAMP), `${new Date().toISOString()}\n`);
		// Another process whose lock had gone stale may have finished its build in the meantime.
		if ((await problemOf(folder)) === undefined) await removeAll(fresh);
		else await rename(fresh, join(parent, name));
	} catch (error) {
		await removeAll(fresh);
		throw error;
	}
}

/**
 * Returns the path of a complete and usable folder, and builds the folder first if it is missing or broken.
 * Only one process builds at a time. Rejects if the build fails, in which case nothing of it is kept.
 */
export async function cachedFolder(folder: CachedFolder): Promise<string> {
	const { parent, name, report, signal } = folder;
	const dir = join(parent, name);
	if ((await problemOf(folder)) === undefined) return dir;
	await mkdir(parent, { recursive: true });
	const release = await acquireLock(join(parent, `${name}.lock`), name, report, signal);
	try {
		const problem = await problemOf(folder);
		if (problem === undefined) return dir;
		if (await pathExists(dir)) {
			report?.(`The cached ${name} cannot be used and is reinstalled: ${problem}`);
			await removeAll(join(dir, STAMP));
			await withProgress('Removing it', report, async () => await removeAll(dir));
		}
		await rebuild(folder);
		return dir;
	} finally {
		await release();
	}
}
