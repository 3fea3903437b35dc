import { fail, succeed, type Result } from './faults';
import { isObject, show, type JsonValue } from './json';
import { wellFormed } from './text';

/** Levels of nesting that any API takes; more would exhaust the stack of whatever serialises the value. */
const MAX_DEPTH = 64;

interface Place {
	/** Name of the parameter, for messages. */
	label: string;
	/** Property that is read, such as `input.size`. */
	path: string;
	depth: number;
}

const refuse = ({ label, path }: Place, text: string) =>
	fail('invalidRequest', `${label}${path === '' ? '' : ` has a value at ${show(path)} that`} ${text}`);

function normalizeObject(value: Record<string, unknown>, place: Place): Result<JsonValue> {
	const entries: Array<[string, JsonValue]> = [];
	for (const [key, part] of Object.entries(value)) {
		// JSON has no undefined: the property is as good as absent.
		if (part === undefined) continue;
		const path = place.path === '' ? key : `${place.path}.${key}`;
		const normalized = normalize(part, { ...place, path, depth: place.depth + 1 });
		if (!normalized.ok) return normalized;
		entries.push([wellFormed(key), normalized.value]);
	}
	return succeed(Object.fromEntries(entries));
}

function normalizeList(list: readonly unknown[], place: Place): Result<JsonValue> {
	const values: JsonValue[] = [];
	for (const [index, part] of list.entries()) {
		const path = `${place.path}[${index}]`;
		const normalized = normalize(part ?? null, { ...place, path, depth: place.depth + 1 });
		if (!normalized.ok) return normalized;
		values.push(normalized.value);
	}
	return succeed(values);
}

function normalize(value: unknown, place: Place): Result<JsonValue> {
	if (place.depth > MAX_DEPTH)
		return refuse({ ...place, path: '' }, `is nested more than ${MAX_DEPTH} levels deep`);
	if (typeof value === 'string') return succeed(wellFormed(value));
	if (value === null || typeof value === 'boolean' || Number.isFinite(value))
		return succeed(value as JsonValue);
	if (Array.isArray(value)) return normalizeList(value, place);
	if (!isObject(value)) return refuse(place, `is ${show(value)}, which JSON cannot express`);
	// Dates, for example.
	const { toJSON } = value;
	return typeof toJSON === 'function'
		? normalize((toJSON as () => unknown).call(value), { ...place, depth: place.depth + 1 })
		: normalizeObject(value, place);
}

/**
 * Turns a value that an expression may have given into JSON that every API takes: texts without halves of
 * characters, dates as text, no `undefined`. Refuses (`invalidRequest`) what JSON cannot express and what is
 * nested too deeply; `label` names the parameter. Never throws.
 */
export function normalizeJson(value: unknown, label: string): Result<JsonValue> {
	try {
		return normalize(value, { label, path: '', depth: 0 });
	} catch {
		return fail('invalidRequest', `${label} cannot be read`);
	}
}
