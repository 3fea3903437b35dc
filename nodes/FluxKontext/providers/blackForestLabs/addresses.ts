import { jobAddress } from '../shared/addresses';

/** Base URL of the API. */
export const defaultBaseUrl = 'https://api.bfl.ai';

/** Hosts that may receive the key: regional clusters use their own; "poll that exact URL". */
export const trustedHosts = ['bfl.ai', '*.bfl.ai'];

const statusPath = (id: string): string => `/v1/get_result?id=${encodeURIComponent(id)}`;

/**
 * Returns a polling URL if it is that of this job at Black Forest Labs or at the base URL; otherwise `null`.
 */
export const pollingAddress = (url: string | null | undefined, id: string, baseUrl: string): string | null =>
	jobAddress(url, { baseUrl, defaultBaseUrl, trustedHosts }, (path) => path === statusPath(id));

/** Returns the address of a job at the base URL, which knows it as well. */
export const builtAddress = (id: string, baseUrl: string): string => `${baseUrl}${statusPath(id)}`;
