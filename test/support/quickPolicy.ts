import type { EnginePolicy, Polling } from '../../index';

/** Polls every 20 ms and lifts submit rates, so that tests against the emulator take milliseconds. */
const polling: Polling = { firstDelayMs: 20, intervalMs: 20, shortestMs: 20, maxIntervalMs: 40 };

export const quickPolicy: EnginePolicy = {
	polling: () => polling,
	submitRate: () => undefined,
	// The emulator is not the origin of any provider, but it keeps the query of a price question.
	asksPrice: ({ estimate }) => estimate !== undefined,
};
