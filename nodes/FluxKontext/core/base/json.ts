import { clipValue } from './text';

/** Any value that JSON can express. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
	[key: string]: JsonValue;
}

/** Tells whether a value is an object, neither `null` nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a text as JSON; `undefined` where it is none (an HTML error page, an empty or truncated body). */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Converts a string, number or boolean to text; anything else becomes the empty string. */
export function textOf(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
		? String(value)
		: '';
}

/** Formats a value for an error message: strings in double quotes, anything else as JSON. Never throws. */
export function show(value: unknown): string {
	if (typeof value === 'string') return `"${clipValue(value)}"`;
	if (typeof value !== 'object' || value === null) return String(value);
	try {
		return clipValue(JSON.stringify(value));
	} catch {
		// Nested too deeply, or within itself.
		return Array.isArray(value) ? 'a list' : 'an object';
	}
}

/** Merges `extra` into `base`: objects recursively, anything else is replaced. Neither argument changes. */
export function mergeFields(base: JsonObject, extra: JsonObject): JsonObject {
	// A map, because an assignment to `__proto__` would change the object's prototype.
	const merged = new Map(Object.entries(base));
	for (const [key, value] of Object.entries(extra)) {
		const current = merged.get(key);
		merged.set(key, isObject(current) && isObject(value) ? mergeFields(current, value) : value);
	}
	return Object.fromEntries(merged);
}
