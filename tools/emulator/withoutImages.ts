import type { ProviderId } from './types';

/** Base64 of this many characters is an image, and no id or signature. */
const shortestImage = 400;

/** Reports whether a text is, or contains, a signed link to an image of the provider. */
const hasLink = (text: string, provider: ProviderId): boolean =>
	text.includes(`/${provider}/`) && /\/\d+\.(?:png|jpeg|webp|gif|avif)\?/.test(text);

const isImage = (text: string, provider: ProviderId): boolean =>
	hasLink(text, provider) || (text.length >= shortestImage && /^[A-Za-z0-9+/]+={0,2}$/.test(text));

/**
 * Replaces by null whatever names or holds an image of the provider in a JSON text. Returns the text itself
 * if there is none, or if it is not JSON.
 */
export function withoutImages(text: string, provider: ProviderId): string {
	let removed = 0;
	const withoutImage = (_: string, value: unknown): unknown => {
		if (typeof value !== 'string' || !isImage(value, provider)) return value;
		removed += 1;
		return null;
	};
	try {
		const emptied = JSON.stringify(JSON.parse(text, withoutImage));
		return removed > 0 ? emptied : text;
	} catch {
		return text;
	}
}
