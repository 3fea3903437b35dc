/**
 * Formats a value as JSON with spaces, sorted keys and no character beyond ASCII, as fal sends it (in the
 * sample of a third party, smarenkov/fal-ai-webhook-verification). The bytes of the other providers' webhooks
 * are NOT FOUND, so theirs are formatted in this way too: a receiver that checks a signature over JSON that
 * it has parsed and serialized again finds it invalid.
 */
export function rawJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(rawJson).join(', ')}]`;
	if (typeof value !== 'object' || value === null) return escapeToAscii(JSON.stringify(value));
	const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
	const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
	return `{${sorted.map(([key, entry]) => `${rawJson(key)}: ${rawJson(entry)}`).join(', ')}}`;
}

const escapeToAscii = (text: string): string =>
	text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
