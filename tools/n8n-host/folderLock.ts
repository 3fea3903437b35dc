import { mkdir, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { removeAll } from './files';
import type { Report } from './progress';

/** Interval at which the holder renews the lock's modification time. */
const HEARTBEAT_MS = 5_000;
/** Age from which a lock is abandoned: six missed heartbeats. */
const STALE_MS = 30_000;
const RETRY_MS = 500;
const REPORT_INTERVAL_MS = 10_000;

/**
 * Creates the lock folder; resolves to false if it exists. Removes it where its holder has stopped renewing
 * it.
 */
async function tryLock(lock: string): Promise<boolean> {
	try {
		await mkdir(lock);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
	const ageMs = await stat(lock).then(
		({ mtimeMs }) => Date.now() - mtimeMs,
		() => 0,
	);
	if (ageMs > STALE_MS) await removeAll(lock);
	return false;
}

/**
 * Acquires an inter-process lock, waiting as long as another process holds it. `name` is what the lock
 * protects, for the progress lines. Resolves to the function that releases it. Rejects when `signal` is
 * aborted.
 */
export async function acquireLock(
	lock: string,
	name: string,
	report?: Report,
	signal?: AbortSignal,
): Promise<() => Promise<void>> {
	const startedAt = Date.now();
	let reportedAt = startedAt - REPORT_INTERVAL_MS;
	while (!(await tryLock(lock))) {
		if (Date.now() - reportedAt >= REPORT_INTERVAL_MS) {
			reportedAt = Date.now();
			const seconds = Math.round((Date.now() - startedAt) / 1000);
			report?.(`Waiting for another process that installs ${name} (${seconds} s)`);
		}
		await sleep(RETRY_MS, undefined, signal && { signal });
	}
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(lock, now, now).catch(() => undefined);
	}, HEARTBEAT_MS);
	return async () => {
		clearInterval(heartbeat);
		await removeAll(lock);
	};
}
