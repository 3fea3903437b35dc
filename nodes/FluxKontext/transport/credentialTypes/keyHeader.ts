import type { IAuthenticate, ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { textOf } from '../../core/base/json';
import { readBaseUrl, withQuery, type BaseUrl } from '../../core/http/baseUrl';
import { hasSameOrigin, mayCarryKey } from '../../core/http/trust';
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

/** Ends every error of `authenticate`; `noAnswer.ts` recognises it. */
export const KEY_NOT_SENT = 'so the key was not sent';

const refuse = (reason: string): never => {
	throw new Error(`${reason}, ${KEY_NOT_SENT}`);
};

/** Request as n8n's helpers take it; the older of them name the URL `uri`. */
type Request = IHttpRequestOptions & { uri?: string };

/** Where a request goes; at run time, one of the two may be missing. */
type Targets = Partial<Pick<Request, 'url' | 'uri' | 'baseURL'>>;

/** Names the property that n8n sends a request to (n8n 2.41, resolveLegacyRequestTarget). */
const targetOf = ({ url, uri }: Targets): 'url' | 'uri' =>
	(url ?? null) === null && (uri ?? null) !== null ? 'uri' : 'url';

/** Returns an absolute URL, as n8n's HTTP client puts it together. */
function absolute(path: string, baseURL: string | undefined): string {
	return baseURL === undefined || baseURL === '' || /^(?:[a-z][a-z\d+.-]*:)?\/\//i.test(path)
		? path
		: `${baseURL.replace(/\/$/, '')}/${path.replace(/^\//, '')}`;
}

/** Returns the absolute URL that n8n sends a request to. */
const urlOf = (request: Targets): string => absolute(request[targetOf(request)] ?? '', request.baseURL);

/** Returns every absolute URL that a request names: which one counts is a choice of n8n's version. */
function urlsOf({ baseURL, url, uri }: Targets): string[] {
	const named = [url, uri].filter((path) => typeof path === 'string');
	return (named.length > 0 ? named : ['']).map((path) => absolute(path, baseURL));
}

function readBase(entered: unknown, defaultBaseUrl: string): BaseUrl {
	const base = readBaseUrl(textOf(entered).trim() || defaultBaseUrl);
	return typeof base === 'string' ? refuse(`'Base URL' ${base}`) : base;
}

/** Adds the query of the base URL to a request that goes to its origin. */
function addQuery(request: Request, base: BaseUrl): Request {
	if (!hasSameOrigin(urlOf(request), base.url)) return request;
	const property = targetOf(request);
	const url = withQuery(request[property] ?? '', base.query, Object.keys(request.qs ?? {}));
	return { ...request, [property]: url };
}

/** Adds the key to a request. Throws where the request goes to an address that must not receive it. */
function authenticate(
	{ apiKey, baseUrl }: ICredentialDataDecryptedObject,
	request: Request,
	{ header = 'Authorization', scheme, defaultBaseUrl, hosts = [] }: KeyHeader,
): IHttpRequestOptions {
	const base = readBase(baseUrl, defaultBaseUrl);
	// The credential may have been edited since the run began, and other nodes may use it for any address.
	if (!urlsOf(request).every((url) => mayCarryKey(url, base.url, hosts)))
		refuse("The request goes to another host than the credential's base URL");
	const key = cleanKey(apiKey);
	const complaint = keyComplaint(key);
	if (complaint !== null) refuse(`The API key ${complaint}`);
	const located = addQuery(request, base);
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
