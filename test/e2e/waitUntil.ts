import { setTimeout as sleep } from 'node:timers/promises';

const DEFAULT_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/**
 * Polls until `read` returns neither undefined nor false, and resolves to that value. Rejects after
 * `timeoutMs` with `condition`, which completes the sentence "Timed out waiting until …". Default timeout:
 * one minute.
 */
export async function waitUntil<T>(
	condition: string,
	read: () => T | undefined | false | Promise<T | undefined | false>,
	timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const value = await read();
		if (value !== undefined && value !== false) return value;
		if (Date.now() > deadline) throw new Error(`Timed out waiting until ${condition}`);
		await sleep(POLL_MS);
	}
}
