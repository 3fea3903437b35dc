/** Shows one line of progress. */
export type Report = (line: string) => void;

const REPORT_INTERVAL_MS = 10_000;

/**
 * Does long work with a progress line at its start, at its end and every ten seconds in between.
 * `describeState` gives the text of the lines in between. Rejects as `work` does.
 */
export async function withProgress<T>(
	task: string,
	report: Report | undefined,
	work: () => Promise<T>,
	describeState: () => Promise<string> = () => Promise.resolve('still running'),
): Promise<T> {
	const startedAt = Date.now();
	const seconds = () => Math.round((Date.now() - startedAt) / 1000);
	report?.(`${task} …`);
	const timer = setInterval(
		() => void describeState().then((state) => report?.(`${task}: ${seconds()} s, ${state}`)),
		REPORT_INTERVAL_MS,
	);
	try {
		const result = await work();
		report?.(`${task}: done after ${seconds()} s`);
		return result;
	} finally {
		clearInterval(timer);
	}
}
