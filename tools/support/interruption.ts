const PARENT_CHECK_MS = 500;

/**
 * Creates a signal that is aborted by Ctrl-C, SIGTERM, SIGHUP or the end of the parent process. The latter is
 * checked for because npm passes a kill on to its shell, and the shell does not pass it on to this process.
 */
export function interruption(): AbortSignal {
	const controller = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.on(signal, () => controller.abort());
	const parent = process.ppid;
	setInterval(() => {
		if (process.ppid !== parent) controller.abort();
	}, PARENT_CHECK_MS).unref();
	return controller.signal;
}

/** Resolves when the signal is aborted, at once if it is already. Never rejects. */
export const aborted = async (signal: AbortSignal): Promise<void> =>
	await new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), { once: true });
	});
