/**
 * Returns the value below which a share (0 to 1) of the sorted values lies, interpolated linearly between two
 * values. NaN for an empty list.
 */
export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const position = (sorted.length - 1) * share;
	const [low, high] = [sorted[Math.floor(position)] ?? NaN, sorted[Math.ceil(position)] ?? NaN];
	return low + (high - low) * (position - Math.floor(position));
}

/** Returns the median. NaN for an empty list. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Formats milliseconds as seconds, such as "0.25 s". */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** Formats bytes as whole megabytes of 1,000,000 bytes. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Appends ✓ or ✗ to a value, depending on whether it meets its target. */
export const marked = (text: string, isMet: boolean): string => `${text} ${isMet ? '✓' : '✗'}`;
