import { setTimeout } from 'node:timers/promises';

import type { HttpPort, Ports } from '../../index';
import type { Print } from './report';

/** Input and output of the doctor: the environment, the terminal and the request to stop. */
export interface DoctorIo {
	env: NodeJS.ProcessEnv;
	/** Writes a line to the standard output. */
	print: Print;
	/** Writes a line to the standard error. */
	printError: Print;
	/** Asks a yes-or-no question; `null` if there is no terminal. */
	confirm: ((question: string) => Promise<boolean>) | null;
	/** Aborted when the run is to end. */
	stop: AbortSignal;
}

/** Creates the engine's ports from Node's own timers, clock and random numbers. */
export const nodePorts = (http: HttpPort, stop: AbortSignal): Ports => ({
	http,
	// An abort ends the sleep without an error, as the port requires: the engine reads the signal itself.
	sleep: async (ms, signal) => await setTimeout(ms, undefined, { signal }).catch(() => undefined),
	now: () => Date.now(),
	random: () => Math.random(),
	stop,
	decodeBase64: (text) => Buffer.from(text, 'base64'),
});
