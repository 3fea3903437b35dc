/** Status words of a provider, in lower case. */
export interface StatusWords {
	pending: readonly string[];
	succeeded: readonly string[];
	failed: readonly string[];
}

/**
 * Classifies a status word, ignoring case. An unknown word counts as pending: providers add words without
 * notice.
 */
export function stateOf(status: string, words: StatusWords): 'pending' | 'succeeded' | 'failed' {
	const word = status.toLowerCase();
	if (words.succeeded.includes(word)) return 'succeeded';
	return words.failed.includes(word) ? 'failed' : 'pending';
}
