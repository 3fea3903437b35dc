import { fault, type Fault } from './faults';
import { clip, MAX_WORD_CHARACTERS } from './text';

/** Describes an exception, whatever was thrown. Never throws. */
export function exceptionText(error: unknown): string {
	try {
		return clip(error instanceof Error ? error.message : String(error), MAX_WORD_CHARACTERS);
	} catch {
		return 'an exception without a text';
	}
}

/** Creates the fault of an exception that no rule foresees. `what` says what it ended. */
export const unexpected = (what: string, error: unknown): Fault =>
	fault('failed', `An unexpected error ended ${what}: ${exceptionText(error)}`, {
		description:
			'Report this text to the authors of the node. A job that was accepted is in the details.',
		retryable: false,
	});
