import type { FastifyRequest } from 'fastify';

/** How far an exchange has come from which nothing more will come: the request was sent, or the answer has begun. */
export type Phase = 'sent' | 'answered';

/** The emulator's time. A test can bring one of its own, in which waits take no time. */
export interface EmulatorClock {
	/** Milliseconds since the epoch. */
	now: () => number;
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
	/** How often a held request looks whether its job has ended. */
	lookMs: number;
	/** A call of the emulator's own begins, during which the time stands still. */
	begin?: () => number;
	end?: (call: number) => void;
	/** Nothing more comes of a call since that phase; calls bear their number in the header `x-test-call`. */
	stuck: (call: number, since: Phase) => void;
	/** It goes on after all. */
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

export const realClock: EmulatorClock = {
	now: () => Date.now(),
	sleep: sleepReally,
	lookMs: 5,
	stuck: () => undefined,
	freed: () => undefined,
};

export const callOf = ({ headers }: FastifyRequest): number => Number(headers['x-test-call']);
