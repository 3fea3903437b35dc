import type { FastifyRequest } from 'fastify';

/**
 * Progress of an HTTP exchange that is stuck: the request was `sent`, or the response has begun (`answered`).
 */
export type Phase = 'sent' | 'answered';

/** The emulator's source of time. Tests pass a virtual clock, in which waiting takes no real time. */
export interface EmulatorClock {
	/** Milliseconds since the epoch. */
	now: () => number;
	/** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
	/** Milliseconds between two checks of whether the job of a held request has ended. */
	checkMs: number;
	/**
	 * Announces an HTTP request of the emulator, during which a virtual clock stands still. Returns its
	 * number.
	 */
	begin?: () => number;
	/** Announces the end of the request with that number. */
	end?: (call: number) => void;
	/**
	 * Reports that nothing more will come of a request beyond that phase, so that a virtual clock may
	 * advance. A request carries its number in the header `x-test-call`.
	 */
	stuck: (call: number, since: Phase) => void;
	/** Revokes `stuck`: the request continues. */
	freed: (call: number) => void;
}

async function sleepReally(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	await new Promise<void>((resolve) => {
		const end = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', end);
			resolve();
		};
		const timer = setTimeout(end, ms);
		signal.addEventListener('abort', end, { once: true });
	});
}

/** The system clock with real timers. */
export const realClock: EmulatorClock = {
	now: () => Date.now(),
	sleep: sleepReally,
	checkMs: 5,
	stuck: () => undefined,
	freed: () => undefined,
};

/** Reads the number that a virtual clock gave a request; NaN for a request without one. */
export const callNumberOf = ({ headers }: FastifyRequest): number => Number(headers['x-test-call']);
