import { jobAddress } from '../shared/addresses';

/** Base URL of the API. */
export const defaultBaseUrl = 'https://api.replicate.com/v1';

/** Hosts besides the base URL's origin that may receive the key. */
export const trustedHosts = ['api.replicate.com'];

/** What follows the path of a prediction: nothing for its state, or the request to cancel it. */
type Suffix = '' | '/cancel';

const predictionPath = (id: string, suffix: Suffix): string =>
	`/predictions/${encodeURIComponent(id)}${suffix}`;

/** Returns an address of this prediction out of a response or a job record; `null` for any other address. */
export const ownAddress = (
	url: string | null | undefined,
	id: string,
	suffix: Suffix,
	baseUrl: string,
): string | null =>
	jobAddress(url, { baseUrl, defaultBaseUrl, trustedHosts }, (path) => path === predictionPath(id, suffix));

/** Returns the documented address of a prediction. */
export const builtAddress = (id: string, suffix: Suffix, baseUrl: string): string =>
	`${baseUrl}${predictionPath(id, suffix)}`;
