/** Aborted by Ctrl-C, a polite kill, or the end of whatever started this: npm hands a kill on to its shell, and the shell to nobody. */
export function interruption(): AbortSignal {
	const interrupt = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.on(signal, () => interrupt.abort());
	const parent = process.ppid;
	setInterval(() => {
		if (process.ppid !== parent) interrupt.abort();
	}, 500).unref();
	return interrupt.signal;
}

export const aborted = async (signal: AbortSignal): Promise<void> =>
	await new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), { once: true });
	});
