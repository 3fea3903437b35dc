import type { IAuthenticate, ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { mayCarryKey } from '../../core/http/trust';
import { cleanKey, keyComplaint } from '../apiKey';

/** Where and how the key of a credential type is sent. */
export interface KeyHeader {
	/** Name of the header. Default: `Authorization`. */
	header?: string;
	/** Word before the key. */
	scheme?: string;
	/** Base URL where the credential names none. */
	defaultBaseUrl: string;
	/**
	 * Hosts besides the base URL's origin that may receive the key, as far as the base URL is one of them.
	 */
	hosts?: readonly string[];
}

/** Text of the error that keeps a key at home; `noAnswer.ts` recognises it. */
export const KEY_STAYS = 'its key stays with the host of its base URL';

/** Returns the absolute URL of a request, as n8n puts it together. */
function urlOf({ baseURL, url }: Pick<IHttpRequestOptions, 'baseURL' | 'url'>): string {
	return baseURL === undefined ? url : `${baseURL.replace(/\/$/, '')}/${url.replace(/^\//, '')}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** Adds the parameters of the base URL's query that the request does not have itself. */
function withBaseQuery(request: IHttpRequestOptions, url: string, baseUrl: string): IHttpRequestOptions {
	const query = new URL(baseUrl).searchParams;
	const own = new URL(url).searchParams;
	const missing = [...query].filter(([name]) => !own.has(name));
	return missing.length === 0
		? request
		: { ...request, qs: { ...Object.fromEntries(missing), ...request.qs } };
}

/** Adds the key to a request. Throws where the request goes to an address that must not receive it. */
function authenticate(
	{ apiKey, baseUrl }: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
	{ header = 'Authorization', scheme, defaultBaseUrl, hosts = [] }: KeyHeader,
): IHttpRequestOptions {
	const base = textOf(baseUrl) || defaultBaseUrl;
	const url = urlOf(request);
	// The credential may have been edited since the run began.
	if (!mayCarryKey(url, base, hosts))
		throw new Error(`The credential was changed during the run, and ${KEY_STAYS}`);
	const key = cleanKey(apiKey);
	const complaint = keyComplaint(key);
	if (complaint !== null) throw new Error(`The API key ${complaint}`);
	const located = withBaseQuery(request, url, base);
	if (key === '') return located;
	const value = scheme === undefined ? key : `${scheme} ${key}`;
	return { ...located, headers: { ...located.headers, [header]: value } };
}

/**
 * Returns how a credential type authenticates: by a function, because n8n's expressions are gone once an
 * execution has ended, and the cancel request of a stopped job comes after that. A server without a key gets
 * no header.
 */
export const keyHeader =
	(place: KeyHeader): IAuthenticate =>
	async (credentials, request) =>
		await Promise.resolve(authenticate(credentials, request, place));
