import { clip, MAX_WORD_CHARACTERS } from './text';

/** Describes an exception, whatever was thrown. Never throws. */
export function exceptionText(error: unknown): string {
	try {
		return clip(error instanceof Error ? error.message : String(error), MAX_WORD_CHARACTERS);
	} catch {
		return 'an exception without a text';
	}
}
