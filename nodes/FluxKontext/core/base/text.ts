/** Characters of a provider's own status or error word. */
export const MAX_WORD_CHARACTERS = 200;

/**
 * Shortens a text to at most `maxCharacters`. Cuts between words where there is a space, because half a key
 * would not be recognised and redacted.
 */
export function clip(text: string, maxCharacters: number): string {
	if (text.length <= maxCharacters) return text;
	return text
		.slice(0, maxCharacters)
		.replace(/(?<=\s)\S+$/, '')
		.trimEnd();
}

/** Characters of a value that an error message shows. */
const MAX_VALUE_CHARACTERS = 100;

/** Shortens a value that an error message quotes, so that what stands behind it is not cut off. */
export function clipValue(text: string): string {
	return text.length <= MAX_VALUE_CHARACTERS
		? text
		: `${text.slice(0, MAX_VALUE_CHARACTERS)}… (${text.length} characters)`;
}

/** Half of a character outside the basic plane: a surrogate without its other half. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Replaces halves of characters by U+FFFD, because URLs, JSON and forms treat them in different ways. */
export const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\uFFFD');
