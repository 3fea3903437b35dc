/**
 * Reports whether `url` points to a loopback address of this machine; false for anything that is not a URL.
 */
export function isLoopback(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const { hostname } = new URL(url);
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
