const DATA_URI = /^\s*data:[^,]*;base64,/i;

/** Tells whether a text is a data URI with base64 content. */
export const isDataUri = (text: string): boolean => DATA_URI.test(text);

/** Returns the base64 content of a data URI; any other text is returned as it is. */
export const stripDataUri = (text: string): string => text.replace(DATA_URI, '');

/** Formats base64 content as a data URI. */
export const toDataUri = (mimeType: string, base64: string): string => `data:${mimeType};base64,${base64}`;

/** Characters that base64 is written with in either alphabet, and white space. */
const NOT_BASE64 = /[^A-Za-z0-9+/_=\s-]/;
/** Padding with something other than padding behind it. */
const EARLY_PADDING = /=[^=\s]/;

/** Finds the first character that base64 cannot have there; `null` where there is none. Linear. */
export function badBase64Character(text: string): { character: string; position: number } | null {
	const index = Math.min(
		...[NOT_BASE64, EARLY_PADDING].map(
			(pattern) => pattern.exec(text)?.index ?? Number.POSITIVE_INFINITY,
		),
	);
	return Number.isFinite(index)
		? { character: String.fromCodePoint(text.codePointAt(index) ?? 0), position: index + 1 }
		: null;
}
