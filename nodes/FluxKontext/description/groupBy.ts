/** Splits `values` into groups of the same key, both in the order of first appearance. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
	const groups = new Map<string, T[]>();
	for (const value of values) {
		const key = keyOf(value);
		groups.set(key, [...(groups.get(key) ?? []), value]);
	}
	return [...groups.values()];
}
