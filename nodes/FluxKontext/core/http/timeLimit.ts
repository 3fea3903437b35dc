import type { Ports } from './ports';

/** Signal with a time limit. */
export interface TimeLimit {
	signal: AbortSignal;
	/** Releases the timer and the listener. */
	clear: () => void;
	/** Aborts the signal at once, which closes whatever is still open under it. */
	abort: () => void;
}

/**
 * Creates a signal that is aborted after `ms` milliseconds or together with `parent`. Call `clear` when done.
 */
export function timeLimit(ports: Pick<Ports, 'sleep'>, ms: number, parent: AbortSignal): TimeLimit {
	const limit = new AbortController();
	const cleared = new AbortController();
	const abort = () => limit.abort();
	if (parent.aborted) abort();
	parent.addEventListener('abort', abort, { once: true });
	void ports.sleep(ms, cleared.signal).then(() => {
		if (!cleared.signal.aborted) abort();
	});
	return {
		signal: limit.signal,
		abort,
		clear: () => {
			parent.removeEventListener('abort', abort);
			cleared.abort();
		},
	};
}
