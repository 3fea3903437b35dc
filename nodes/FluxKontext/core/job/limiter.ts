import { PLACE_TIMEOUT_MS } from '../base/limits';
import { pause } from '../http/retry';
import type { JobContext } from './context';
import type { Handle } from '../provider';

/** A place among the jobs that an account may have unfinished. */
export interface Slot {
	/** Milliseconds that were waited for it. */
	waitedMs: number;
	/** Gives it to the next one; once is enough. */
	release: () => void;
}

interface Waiting {
	model: string;
	admitted: boolean;
	wake: () => void;
}

interface Account {
	/** The models of the unfinished jobs. */
	active: string[];
	waiting: Waiting[];
	/** When the latest submits were let through. */
	submits: number[];
}

/** One list serves all items, nodes and executions of the process. */
const accounts = new Map<string, Account>();

function accountOf<H extends Handle>({ provider, baseUrl, keyFingerprint = '' }: JobContext<H>): Account {
	const name = `${provider.id} ${baseUrl} ${keyFingerprint}`;
	const known = accounts.get(name) ?? { active: [], waiting: [], submits: [] };
	accounts.set(name, known);
	return known;
}

function take<H extends Handle>(
	{ active }: Account,
	{ provider: { maxActiveJobs } }: JobContext<H>,
	model: string,
): boolean {
	const { perKey = Infinity, perModel } = maxActiveJobs ?? {};
	const ofModel = active.filter((each) => each === model).length;
	const free = active.length < perKey && ofModel < (perModel?.[model] ?? Infinity);
	if (free) active.push(model);
	return free;
}

/** Waits in the queue until a place is given, the run is stopped, or it has been too long. */
async function queue<H extends Handle>(
	account: Account,
	{ ports, signal }: JobContext<H>,
	model: string,
): Promise<boolean> {
	const nap = new AbortController();
	const waiting: Waiting = { model, admitted: false, wake: () => nap.abort() };
	account.waiting.push(waiting);
	signal.addEventListener('abort', waiting.wake, { once: true });
	await ports.sleep(PLACE_TIMEOUT_MS, nap.signal);
	signal.removeEventListener('abort', waiting.wake);
	account.waiting = account.waiting.filter((each) => each !== waiting);
	return waiting.admitted;
}

/**
 * Waits for a place among the unfinished jobs of this account, so that many jobs queue here instead of failing at the
 * provider with 429. `null` if the run was stopped, or no place came free in an hour.
 */
export async function acquireSlot<H extends Handle>(run: JobContext<H>, model: string): Promise<Slot | null> {
	const { ports, signal } = run;
	const account = accountOf(run);
	const started = ports.now();
	if (signal.aborted) return null;
	if (!take(account, run, model) && !(await queue(account, run, model))) return null;
	let held = true;
	const release = () => {
		if (!held) return;
		held = false;
		account.active.splice(account.active.indexOf(model), 1);
		// First come, first served, but nobody waits behind a model whose own places are taken.
		for (const next of account.waiting) {
			if (next.admitted || !take(account, run, next.model)) continue;
			next.admitted = true;
			next.wake();
		}
	};
	return { waitedMs: ports.now() - started, release };
}

/** Waits until the account may submit again; says whether that came before the deadline and the stop of the run. */
export async function acquireSubmitTurn<H extends Handle>(run: JobContext<H>): Promise<boolean> {
	const { provider, ports, deadline, signal } = run;
	const limit = provider.submitRate;
	if (!limit) return true;
	const { submits } = accountOf(run);
	const now = ports.now();
	const earliest =
		submits.length < limit.count ? now : Math.max(now, (submits.at(-limit.count) ?? now) + limit.ms);
	if (earliest > deadline) return false;
	submits.push(earliest);
	submits.splice(0, submits.length - limit.count);
	return earliest <= now || (await pause(ports, earliest - now, deadline, signal));
}
