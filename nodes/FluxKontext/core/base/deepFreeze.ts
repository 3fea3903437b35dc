/** Freezes a value and everything reachable from it through its own properties. Returns the same value. */
export function deepFreeze<T>(value: T): T {
	if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
	Object.freeze(value);
	for (const property of Object.values(value)) deepFreeze(property);
	return value;
}
