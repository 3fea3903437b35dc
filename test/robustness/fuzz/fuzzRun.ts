import type { VirtualClock } from '../../support/virtualClock';
import type { PortActivity } from './watchedPorts';

/** Real milliseconds within which a run in virtual time must settle. */
const SETTLE_MS = 20_000;
/** Microtask turns after which everything that the end of a run has ended is visible. */
const MICROTASK_TURNS = 20;

/** Outcome of a run, and the sleeps and requests that it left open. */
export interface FuzzRun<T> {
	/** `null` if the run rejected or did not settle; `failure` then says so. */
	outcome: T | null;
	failure: string | null;
	/** Virtual milliseconds. */
	tookMs: number;
	activity: PortActivity;
	/** Sleeps that were pending when the run settled. */
	openSleeps: number;
	/** Requests that were neither read nor abandoned soon after. */
	openRequests: number;
}

const nextTurn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

async function settledWithin<T>(ms: number, work: Promise<T>): Promise<{ value: T } | 'late'> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<'late'>((resolve) => {
		timer = setTimeout(() => resolve('late'), ms);
	});
	const settled = work.then((value) => ({ value }));
	return await Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

/** Runs `work` and reports what it left open. Never rejects. */
export async function runWatched<T>(
	clock: VirtualClock,
	activity: PortActivity,
	work: () => Promise<T>,
): Promise<FuzzRun<T>> {
	const startedAt = clock.now();
	let outcome: T | null = null;
	let failure: string | null = null;
	try {
		const settled = await settledWithin(SETTLE_MS, work());
		if (settled === 'late') failure = 'it did not settle';
		else outcome = settled.value;
	} catch (error) {
		failure = `it rejected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
	}
	const tookMs = clock.now() - startedAt;
	// Virtual time stands still until the next turn of the event loop. A sleep that was ended shows as ended
	// by then, and no other sleep has come due.
	for (let turn = 0; turn < MICROTASK_TURNS; turn += 1) await Promise.resolve();
	const openSleeps = activity.pendingSleeps;
	const end = Date.now() + SETTLE_MS / 4;
	while (clock.open().calls > 0 && Date.now() < end) await nextTurn();
	return { outcome, failure, tookMs, activity, openSleeps, openRequests: clock.open().calls };
}
