const MODERATION = /moderat|nsfw|safety (checker|filter|system)|content polic|flagged|sensitive/i;

/**
 * Tells whether an error text says that a filter refused the prompt or the image, for providers without a
 * code for it.
 */
export function mentionsModeration(text: string): boolean {
	return MODERATION.test(text);
}
