/** The value that this share of the sorted figures does not exceed, between two of them by proportion; NaN of none. */
export function percentile(figures: readonly number[], share: number): number {
	const sorted = [...figures].sort((a, b) => a - b);
	const place = (sorted.length - 1) * share;
	const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
	return low + (high - low) * (place - Math.floor(place));
}

export const median = (figures: readonly number[]): number => percentile(figures, 0.5);

export const sum = (figures: readonly number[]): number => figures.reduce((total, each) => total + each, 0);

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** A figure and whether it is what was aimed at. */
export const marked = (figure: string, isMet: boolean): string => `${figure} ${isMet ? '✓' : '✗'}`;
