export type Report = (line: string) => void;

const EVERY_MS = 10_000;

/** Does something long, with a line at its start, at its end, and every ten seconds between. */
export async function withProgress<T>(
	what: string,
	report: Report | undefined,
	work: () => Promise<T>,
	state: () => Promise<string> = () => Promise.resolve('still at it'),
): Promise<T> {
	const started = Date.now();
	const seconds = () => Math.round((Date.now() - started) / 1000);
	report?.(`${what} …`);
	const ticker = setInterval(
		() => void state().then((text) => report?.(`${what}: ${seconds()} s, ${text}`)),
		EVERY_MS,
	);
	try {
		const result = await work();
		report?.(`${what}: done after ${seconds()} s`);
		return result;
	} finally {
		clearInterval(ticker);
	}
}
