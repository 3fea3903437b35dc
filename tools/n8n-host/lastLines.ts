const DEFAULT_LINES = 30;

/** Returns the end of a log, without empty lines after it. */
export const lastLines = (text: string, lines = DEFAULT_LINES): string =>
	text.trimEnd().split('\n').slice(-lines).join('\n');
