import type { Ports } from '../http/ports';

/**
 * Waits for a promise, but after the user's stop only for `graceMs` more milliseconds; then resolves with
 * `'stopped'`. Rejects only if the promise does. Leaves no listener behind, because one signal serves all
 * jobs of a run.
 */
export async function raceStop<T>(
	ports: Ports,
	promise: Promise<T>,
	graceMs: number,
): Promise<T | 'stopped'> {
	const { stop } = ports;
	const settled = new AbortController();
	let startGrace: () => void = () => undefined;
	const stopped = new Promise<'stopped'>((resolve) => {
		startGrace = () => void ports.sleep(graceMs, settled.signal).then(() => resolve('stopped'));
	});
	if (stop.aborted) startGrace();
	stop.addEventListener('abort', startGrace, { once: true });
	try {
		return await Promise.race([promise, stopped]);
	} finally {
		stop.removeEventListener('abort', startGrace);
		settled.abort();
	}
}
