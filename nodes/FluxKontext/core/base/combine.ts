import { succeed, type Result } from './faults';

/** Functions that each produce one property. */
type Readers<T> = { [K in keyof T]: () => Result<T[K]> };

/**
 * Calls the functions in order and collects their values; stops at the first one that fails and returns its
 * fault.
 */
export function combine<T extends object>(readers: Readers<T>): Result<T> {
	const values: Partial<T> = {};
	for (const name of Object.keys(readers) as Array<keyof T>) {
		const result = readers[name]();
		if (!result.ok) return result;
		values[name] = result.value;
	}
	return succeed(values as T);
}
