import axios from 'axios';
import { setTimeout as sleep } from 'node:timers/promises';

import type { N8nProcess } from './process';

/** Upper bound for n8n's start on a slow machine, database migrations included. */
export const START_TIMEOUT_MS = 120_000;

const POLL_MS = 100;
const READINESS_TIMEOUT_MS = 2_000;

/**
 * Waits until `isReady` resolves to true. Rejects if the process ends first, if it is not ready within two
 * minutes, or if `signal` is aborted. `name` is the subject of the error.
 */
export async function waitUntilReady(
	name: string,
	{ ended }: N8nProcess,
	isReady: () => Promise<boolean> | boolean,
	signal?: AbortSignal,
): Promise<void> {
	let outcome: string | undefined;
	void ended.then((text) => (outcome = text));
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (!(await isReady())) {
		signal?.throwIfAborted();
		if (outcome !== undefined) throw new Error(`${name} ended with ${outcome} while starting`);
		if (Date.now() > deadline)
			throw new Error(`${name} was not ready within ${START_TIMEOUT_MS / 1000} s`);
		await sleep(POLL_MS);
	}
}

/** Tells whether n8n's server answers its readiness check. Never rejects. */
export const isServerReady = async (url: string): Promise<boolean> =>
	await axios.get(`${url}/healthz/readiness`, { timeout: READINESS_TIMEOUT_MS, proxy: false }).then(
		() => true,
		() => false,
	);
