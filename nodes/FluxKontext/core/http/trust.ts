function parse(url: string): URL | null {
	try {
		return new URL(url);
	} catch {
		return null;
	}
}

/** Whether a host is `trusted` or, for an entry like `*.bfl.ai`, below it. */
function matches(host: string, trusted: string): boolean {
	return trusted.startsWith('*.') ? host.endsWith(trusted.slice(1)) : host === trusted;
}

/**
 * Whether the key may go to this URL: to the origin that was typed into the credential, or over https to a host
 * that the provider documents as its own. URLs out of an answer are untrusted, so everything passes here.
 */
export function mayCarryKey(url: string, baseUrl: string, trustedHosts: readonly string[]): boolean {
	const target = parse(url);
	if (target === null || target.username !== '' || target.password !== '') return false;
	// Other schemes have no origin to compare: theirs is the text "null".
	if (!isWebUrl(url)) return false;
	if (target.origin === parse(baseUrl)?.origin) return true;
	return (
		target.protocol === 'https:' &&
		target.port === '' &&
		trustedHosts.some((trusted) => matches(target.hostname, trusted))
	);
}

/** Whether this is a web address that may be fetched without any key. */
export function isWebUrl(url: string): boolean {
	const target = parse(url);
	return target !== null && (target.protocol === 'https:' || target.protocol === 'http:');
}

/** Whether this is an address of the machine itself, that nobody else can reach. */
export function isLoopback(url: string): boolean {
	const host = parse(url)?.hostname ?? '';
	return (
		host === 'localhost' ||
		host.endsWith('.localhost') ||
		host === '[::1]' ||
		/^127(\.\d+){3}$/.test(host)
	);
}
