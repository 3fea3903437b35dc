function parse(url: string): URL | null {
	try {
		return new URL(url);
	} catch {
		return null;
	}
}

/** Tells whether two URLs have the same origin, which must be one of http or https. */
export function hasSameOrigin(url: string, other: string): boolean {
	// The origin of any other scheme is the text "null", which would equal that of any other such URL.
	return isWebUrl(url) && parse(url)?.origin === parse(other)?.origin;
}

/** Tells whether a host is `trusted` or, for a pattern like `*.bfl.ai`, below it. */
function matches(host: string, trusted: string): boolean {
	return trusted.startsWith('*.') ? host.endsWith(trusted.slice(1)) : host === trusted;
}

const isDocumentedHost = ({ protocol, port, hostname }: URL, trustedHosts: readonly string[]): boolean =>
	protocol === 'https:' && port === '' && trustedHosts.some((trusted) => matches(hostname, trusted));

/**
 * Decides whether the key may be sent to a URL: to the origin of the credential's base URL or, where that is
 * a host of the provider, over https to another host that the provider documents as its own. The key of a
 * proxy goes to the proxy alone. URLs in responses and job records are untrusted, so every one of them is
 * checked here before a request with the key is made.
 */
export function mayCarryKey(url: string, baseUrl: string, trustedHosts: readonly string[]): boolean {
	const target = parse(url);
	if (target === null || target.username !== '' || target.password !== '') return false;
	// The origin of any other scheme is the text "null", which would equal that of any other such base URL.
	if (!isWebUrl(url)) return false;
	const base = parse(baseUrl);
	if (base === null) return false;
	if (target.origin === base.origin) return true;
	return isDocumentedHost(base, trustedHosts) && isDocumentedHost(target, trustedHosts);
}

/** Tells whether a URL is absolute and uses http or https. */
export function isWebUrl(url: string): boolean {
	const target = parse(url);
	return target !== null && (target.protocol === 'https:' || target.protocol === 'http:');
}
