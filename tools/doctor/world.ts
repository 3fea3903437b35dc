import { setTimeout } from 'node:timers/promises';

import type { HttpPort, Ports } from '../../index';
import type { Say } from './report';

/** What an examination needs from whoever runs it. */
export interface World {
	env: NodeJS.ProcessEnv;
	say: Say;
	complain: Say;
	/** Answers yes or no; `null` where nobody is there to be asked. */
	ask: ((question: string) => Promise<boolean>) | null;
	/** Aborted when the examination is to end. */
	stop: AbortSignal;
}

/** The engine's ports as Node has them. */
export const nodePorts = (http: HttpPort, stop: AbortSignal): Ports => ({
	http,
	// Aborted: the caller looks at the signal.
	sleep: async (ms, signal) => await setTimeout(ms, undefined, { signal }).catch(() => undefined),
	now: () => Date.now(),
	random: () => Math.random(),
	stop,
	decodeBase64: (text) => Buffer.from(text, 'base64'),
});
