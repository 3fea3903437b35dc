/** What may stand around a key that was copied: white space, invisible characters and quotes. */
const EDGE = /[\s\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff"'`\u2018\u2019\u201c\u201d\u00ab\u00bb]/;
/** Start of a header value that was copied together with its key. */
const SCHEME = /^(?:authorization\s*:\s*)?(?:bearer|key)\s/i;
/** Layers that are taken off: quotes around a scheme around quotes. */
const MAX_LAYERS = 4;

function trimEdges(text: string): string {
	let [start, end] = [0, text.length];
	while (start < end && EDGE.test(text.charAt(start))) start += 1;
	while (end > start && EDGE.test(text.charAt(end - 1))) end -= 1;
	return text.slice(start, end);
}

/** Returns a key without what was copied around it: white space, quotes, and `Bearer` or `Key`. */
export function cleanKey(value: unknown): string {
	let key = trimEdges(typeof value === 'string' ? value : '');
	for (let layer = 0; layer < MAX_LAYERS && SCHEME.test(key); layer += 1)
		key = trimEdges(key.replace(SCHEME, ''));
	return key;
}

/** Characters that a key can be made of: printable ASCII without the space. */
const NOT_IN_KEYS = /[^\x21-\x7e]/u;

/** Names the first character that no key has, and its place, but not the key; `null` where there is none. */
export function keyComplaint(key: string): string | null {
	const found = NOT_IN_KEYS.exec(key);
	if (!found) return null;
	const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	return `has a character in it that no key has: U+${code} at position ${found.index + 1} of ${key.length}`;
}
