/**
 * JSON with spaces, sorted keys and no character beyond ASCII, as fal sends it (in the sample of a third party,
 * smarenkov/fal-ai-webhook-verification). What the others' bytes are is NOT FOUND, so theirs are written this way too:
 * a receiver that checks a signature over what it has parsed and written again finds it wrong.
 */
export function rawJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(rawJson).join(', ')}]`;
	if (typeof value !== 'object' || value === null) return ascii(JSON.stringify(value));
	const entries = Object.entries(value).filter(([, each]) => each !== undefined);
	const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
	return `{${sorted.map(([key, each]) => `${rawJson(key)}: ${rawJson(each)}`).join(', ')}}`;
}

const ascii = (text: string): string =>
	text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
