import { pause } from './retry';
import type { Run } from './run';
import type { Handle } from './types';

/** When the latest submits were let through, by account; one list serves all runs of the process. */
const letThrough = new Map<string, number[]>();

/**
 * Waits for this job's turn where the provider limits submits per time, so that many jobs queue here instead of
 * failing there with 429. Says whether the turn came before the deadline and the stop of the run.
 */
export async function submitTurn<H extends Handle>({ provider, baseUrl, ports, deadline, signal }: Run<H>): Promise<boolean> {
	const limit = provider.submitsPer;
	if (!limit) return true;
	const account = `${provider.id} ${baseUrl}`;
	const times = letThrough.get(account) ?? [];
	letThrough.set(account, times);
	const now = ports.now();
	const earliest = times.length < limit.count ? now : Math.max(now, (times.at(-limit.count) ?? now) + limit.ms);
	if (earliest > deadline) return false;
	times.push(earliest);
	times.splice(0, times.length - limit.count);
	return earliest <= now || (await pause(ports, earliest - now, deadline, signal));
}
