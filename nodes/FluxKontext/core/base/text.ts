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
