import { textOf } from '../core/base/json';

/** Characters that leave no mark: soft hyphen, zero-width, direction, BOM. */
const INVISIBLE = '\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff';
/** Quotation marks, plain and typographic. */
const QUOTES =
	'"\'`\\u00b4\\u00ab\\u00bb\\u2018-\\u201f\\u2032\\u2033\\u2039\\u203a\\u300c\\u300d\\uff02\\uff07';
/** What may stand around a key that was copied. */
const EDGE = new RegExp(`[\\s${INVISIBLE}${QUOTES}]`);
/** Start of a header value that was copied together with its key, or of a whole header. */
const SCHEME = /^(?:authorization["']?\s*:\s*["']?)?(?:bearer|key)(?=\s)|^authorization["']?\s*:/i;
/** Layers that are taken off: quotes around a scheme around quotes. */
const MAX_LAYERS = 4;

function trimStart(text: string): string {
	let start = 0;
	while (start < text.length && EDGE.test(text.charAt(start))) start += 1;
	return text.slice(start);
}

function trimEnd(text: string): string {
	let end = text.length;
	while (end > 0 && EDGE.test(text.charAt(end - 1))) end -= 1;
	return text.slice(0, end);
}

/** Returns a key without what was copied around it: white space, quotes, and `Bearer` or `Key`. */
export function cleanKey(value: unknown): string {
	// The end is trimmed last, so that `Bearer ` alone is seen to be a scheme without a key.
	let key = trimStart(textOf(value));
	for (let layer = 0; layer < MAX_LAYERS && SCHEME.test(key); layer += 1)
		key = trimStart(key.replace(SCHEME, ''));
	return trimEnd(key);
}

/**
 * Longest key, in characters: many servers refuse a header line above 8 kB, and tokens of a sign-in service
 * have 1 to 3 kB. Longer texts would make the search for keys in what is shown slow.
 */
export const MAX_KEY_CHARACTERS = 4_096;

/** Characters that a key can be made of: printable ASCII without the space. */
const NOT_IN_KEYS = /[^\x21-\x7e]/u;

/** Describes characters that get into a key when it is copied; the first that matches applies. */
const KINDS: ReadonlyArray<readonly [RegExp, string]> = [
	[/ /, 'a space'],
	[/[\r\n\u2028\u2029]/, 'a line break'],
	[new RegExp(`[${INVISIBLE}]`), 'an invisible character'],
	[/\s/, 'white space'],
	[new RegExp(`[${QUOTES}]`), 'a quotation mark'],
	[/[\u2022\u25cf\u00b7\u2026]/, 'a mark of a key that is shown hidden or shortened'],
	[/[\u2010-\u2015\u2212]/, 'a dash that is no hyphen'],
	[/[\0-\x1f\x7f-\x9f]/, 'a control character'],
];

/**
 * Names what no key has, a length or the first character with its place, but not the key; `null` where there
 * is nothing.
 */
export function keyComplaint(key: string): string | null {
	if (key.length > MAX_KEY_CHARACTERS)
		return `has ${key.length} characters, and a key has at most ${MAX_KEY_CHARACTERS}`;
	const found = NOT_IN_KEYS.exec(key);
	if (!found) return null;
	const [character] = found;
	const kind = KINDS.find(([pattern]) => pattern.test(character))?.[1] ?? 'a character outside ASCII';
	const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	return `contains ${kind} (U+${code}) at position ${found.index + 1} of ${key.length}`;
}
