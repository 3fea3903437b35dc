import { mayCarryKey } from '../../core/http/trust';

/**
 * Returns an address from a response if it may receive the key, otherwise `null`. No other address enters a
 * handle.
 */
export function ownAddress(
	url: string | null | undefined,
	baseUrl: string,
	trustedHosts: readonly string[],
): string | null {
	return url && mayCarryKey(url, baseUrl, trustedHosts) ? url : null;
}

/** Resolves an image link that a response gives without a host against the API's own origin. */
export function absoluteUrl(link: string, baseUrl: string): string {
	try {
		return new URL(link, new URL('/', baseUrl)).href;
	} catch {
		return link;
	}
}
