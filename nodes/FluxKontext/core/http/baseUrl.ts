import { clipValue } from '../base/text';

/** Base URL of a credential. */
export interface BaseUrl {
	/** Without query and trailing slashes. */
	url: string;
	/** Parameters of every request, without a question mark; empty where there are none. */
	query: string;
}

/** A web address that names its host; the URL parser alone also takes `https:host` and `https:///host`. */
const WITH_HOST = /^https?:\/\/[^/\\?#]/i;
/** Longest base URL, in characters: proxies and servers commonly refuse longer addresses. */
const MAX_URL_CHARACTERS = 2_048;
/** Any scheme. A name followed by a port, such as `localhost:8080`, has none. */
const SCHEME = /^[a-z][a-z\d+.-]*:(?!\d)/i;

/** Quotes a base URL for an error, without what may be secret: its user, query and fragment. */
const quote = (text: string): string => `"${clipValue(text.replace(/[?#].*$/s, '').replace(/^.*@/s, '…@'))}"`;

function complaintOf(text: string): string {
	if (text === '') return 'is empty: enter the address of the server, such as http://localhost:8080';
	const required = 'must start with https:// or http://';
	if (!WITH_HOST.test(text)) {
		if (/^https?:/i.test(text)) return `names no host: ${quote(text)}`;
		return SCHEME.test(text)
			? `${required}, but is ${quote(text)}`
			: `${required}, which is missing in ${quote(text)}`;
	}
	return `is not a valid address: ${quote(text)}`;
}

/**
 * Reads a base URL as a user enters it. Returns the predicate of a sentence about it, without anything that
 * may be secret, where it is not a base URL.
 */
export function readBaseUrl(entered: string): BaseUrl | string {
	const text = entered.trim();
	if (text.length > MAX_URL_CHARACTERS)
		return `has ${text.length} characters, but may have at most ${MAX_URL_CHARACTERS}`;
	let parsed: URL;
	try {
		parsed = new URL(text);
	} catch {
		return complaintOf(text);
	}
	if (!WITH_HOST.test(text)) return complaintOf(text);
	const { username, password, origin, pathname, search } = parsed;
	if (username !== '' || password !== '' || /^[^/]+\/\/[^/\\?#]*@/.test(text))
		return "must not contain a user or a password; the key belongs in 'API Key'";
	if (text.includes('#')) return 'must not contain a fragment (#…)';
	return { url: `${origin}${pathname}`.replace(/\/+$/, ''), query: search.slice(1) };
}

const nameOf = (parameter: string): string => [...new URLSearchParams(parameter).keys()][0] ?? '';

/**
 * Adds those parameters of `query` to a URL, absolute or not, that are neither in it nor in `known`. Returns
 * the URL as it is where there are none.
 */
export function withQuery(url: string, query: string, known: readonly string[] = []): string {
	const [path = '', own = ''] = url.split(/\?(.*)/s);
	const names = new Set([...new URLSearchParams(own).keys(), ...known]);
	const missing = query.split('&').filter((part) => part !== '' && !names.has(nameOf(part)));
	if (missing.length === 0) return url;
	return `${path}?${[own, ...missing].filter((part) => part !== '').join('&')}`;
}
