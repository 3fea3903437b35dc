import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { withProgress, type Report } from './progress';

export interface CachedFolder {
	/** Folder that holds this one and its siblings. */
	parent: string;
	name: string;
	/** What is wrong with the folder's content, or undefined when it can be used. */
	fault: (dir: string) => Promise<string | undefined>;
	/** Fills an empty folder; it is moved to its place afterwards. */
	build: (dir: string) => Promise<void>;
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

const STAMP = '.complete';
const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;
const WAIT_REPORT_MS = 10_000;

const remove = async (path: string) => await rm(path, { recursive: true, force: true, maxRetries: 5 });

const exists = async (path: string) =>
	await stat(path).then(
		() => true,
		() => false,
	);

async function faultOf({ parent, name, fault }: CachedFolder): Promise<string | undefined> {
	const dir = join(parent, name);
	if (!(await exists(dir))) return 'it is not there';
	if (!(await exists(join(dir, STAMP)))) return 'its installation never finished';
	return await fault(dir);
}

/** Takes the lock, or says that somebody else holds it. A holder that stopped renewing it has lost it. */
async function takeLock(lock: string): Promise<boolean> {
	try {
		await mkdir(lock);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
	const age = await stat(lock).then(
		({ mtimeMs }) => Date.now() - mtimeMs,
		() => 0,
	);
	if (age > STALE_MS) await remove(lock);
	return false;
}

async function waitForLock(lock: string, name: string, report?: Report, signal?: AbortSignal) {
	const started = Date.now();
	let reported = started - WAIT_REPORT_MS;
	while (!(await takeLock(lock))) {
		if (Date.now() - reported >= WAIT_REPORT_MS) {
			reported = Date.now();
			const seconds = Math.round((Date.now() - started) / 1000);
			report?.(`Waiting for another process that installs ${name} (${seconds} s)`);
		}
		await sleep(500, undefined, signal && { signal });
	}
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(lock, now, now).catch(() => undefined);
	}, HEARTBEAT_MS);
	return async () => {
		clearInterval(heartbeat);
		await remove(lock);
	};
}

const isRunning = (pid: number): boolean => {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
};

async function removeAbandoned(parent: string, prefix: string): Promise<void> {
	for (const entry of await readdir(parent)) {
		if (!entry.startsWith(prefix) || isRunning(Number(entry.slice(prefix.length)))) continue;
		await remove(join(parent, entry));
	}
}

/** Built aside and renamed, so that a folder in its place is always a whole one. */
async function rebuild(folder: CachedFolder): Promise<void> {
	const { parent, name } = folder;
	const unfinished = `${name}.new-`;
	await removeAbandoned(parent, unfinished);
	const fresh = join(parent, `${unfinished}${process.pid}`);
	await remove(fresh);
	await mkdir(fresh);
	try {
		await folder.build(fresh);
		const fault = await folder.fault(fresh);
		if (fault !== undefined) throw new Error(`The fresh installation of ${name} does not work: ${fault}`);
		await writeFile(join(fresh, STAMP), `${new Date().toISOString()}\n`);
		// Another process may have been taken for dead, and have finished all the same.
		if ((await faultOf(folder)) === undefined) await remove(fresh);
		else await rename(fresh, join(parent, name));
	} catch (error) {
		await remove(fresh);
		throw error;
	}
}

/** The path of a folder that is complete and usable, built now if it is missing or broken. */
export async function cachedFolder(folder: CachedFolder): Promise<string> {
	const { parent, name, report, signal } = folder;
	const dir = join(parent, name);
	if ((await faultOf(folder)) === undefined) return dir;
	await mkdir(parent, { recursive: true });
	const release = await waitForLock(join(parent, `${name}.lock`), name, report, signal);
	try {
		const fault = await faultOf(folder);
		if (fault === undefined) return dir;
		if (await exists(dir)) {
			report?.(`The cached ${name} cannot be used, it is installed anew: ${fault}`);
			await remove(join(dir, STAMP));
			await withProgress('Removing it', report, async () => await remove(dir));
		}
		await rebuild(folder);
		return dir;
	} finally {
		await release();
	}
}

export const readIfThere = async (path: string): Promise<string | undefined> =>
	await readFile(path, 'utf8').catch(() => undefined);
