/** A provider's status words, in lower case. */
export interface StatusWords {
	pending: readonly string[];
	succeeded: readonly string[];
	failed: readonly string[];
}

/** Compared without case. A word nobody knows means that the job goes on: providers add words without notice. */
export function stateOf(status: string, words: StatusWords): 'pending' | 'succeeded' | 'failed' {
	const word = status.toLowerCase();
	if (words.succeeded.includes(word)) return 'succeeded';
	return words.failed.includes(word) ? 'failed' : 'pending';
}
