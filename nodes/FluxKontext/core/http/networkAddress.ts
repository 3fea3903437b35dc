/** Names that only a local network resolves. */
const LOCAL_NAMES = /(?:^|\.)(?:localhost|local|lan|internal|intranet|home\.arpa)$/;

/** Blocks of IPv4 addresses that no other network reaches (RFC 6890), as the first bytes of an address. */
function isPrivateIpv4([a = -1, b = -1]: readonly number[]): boolean {
	return (
		a === 10 ||
		a === 127 ||
		(a === 100 && b >= 64 && b < 128) ||
		(a === 169 && b === 254) ||
		(a === 172 && b >= 16 && b < 32) ||
		(a === 192 && b === 168)
	);
}

const IPV4 = /^\d+(?:\.\d+){3}$/;
/** An IPv4 address within an IPv6 one, as URLs write it: two groups of hex digits. */
const MAPPED_IPV4 = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

function isPrivateIpv6(address: string): boolean {
	const mapped = MAPPED_IPV4.exec(address);
	if (mapped) {
		const high = Number.parseInt(mapped[1] ?? '0', 16);
		return isPrivateIpv4([high >> 8, high & 0xff]);
	}
	// Loopback, unspecified, unique local (fc00::/7) and link-local (fe80::/10) addresses.
	return address === '::1' || address === '::' || /^f[cd]|^fe[89ab]/.test(address);
}

/** Tells whether a URL leads to a machine that only its own network reaches, as far as the address shows. */
export function isPrivateAddress(url: string): boolean {
	let host: string;
	try {
		host = new URL(url).hostname.toLowerCase().replace(/\.$/, '');
	} catch {
		return false;
	}
	if (host.startsWith('[')) return isPrivateIpv6(host.slice(1, -1));
	if (IPV4.test(host)) return isPrivateIpv4(host.split('.').map(Number));
	return !host.includes('.') || LOCAL_NAMES.test(host);
}
