import { mayCarryKey } from '../../core/http/trust';

/** Where a provider's API is. */
export interface ApiLocation {
	/** Base URL of the credential. */
	baseUrl: string;
	/** Base URL at the provider's own hosts, below whose path the addresses of `trustedHosts` must be. */
	defaultBaseUrl: string;
	/** Other hosts of the provider. */
	trustedHosts: readonly string[];
}

/** Encoded characters that a server may read as the separators of a path, or as a step up. */
const ENCODED_PATH = /%(?:2e|2f|5c)/i;

/**
 * Returns an address out of a response or a job record if the key may be sent there: it belongs to the
 * provider, and what follows the path of its base URL, the query included, is a documented path of this job.
 * Otherwise `null`; the request is then made to the address that is built from the base URL.
 */
export function jobAddress(
	url: string | null | undefined,
	{ baseUrl, defaultBaseUrl, trustedHosts }: ApiLocation,
	isJobPath: (path: string) => boolean,
): string | null {
	if (!url || !mayCarryKey(url, baseUrl, trustedHosts)) return null;
	const { origin, pathname, search, hash, href } = new URL(url);
	const isOwnOrigin = origin === new URL(baseUrl).origin;
	const prefix = new URL(isOwnOrigin ? baseUrl : defaultBaseUrl).pathname.replace(/\/$/, '');
	if (hash !== '' || ENCODED_PATH.test(pathname) || !pathname.startsWith(`${prefix}/`)) return null;
	return isJobPath(`${pathname.slice(prefix.length)}${search}`) ? href : null;
}
