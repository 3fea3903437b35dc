import fc from 'fast-check';

import { isWebUrl, mayCarryKey } from '../../../../nodes/FluxKontext/core/http/trust';
import { providers } from '../../../../nodes/FluxKontext/providers';

const base = 'https://api.bfl.ai';
const trusted = ['bfl.ai', '*.bfl.ai'];
const mayReceiveKey = (url: string, baseUrl = base) => mayCarryKey(url, baseUrl, trusted);

it.each([
	'https://api.bfl.ai/v1/get_result?id=1',
	'https://API.BFL.AI/v1',
	'https://bfl.ai/',
	'https://api.eu2.bfl.ai/v1/get_result',
	'https://api.us1.bfl.ai:443/',
])('allows the key for %s', (url) => {
	expect(mayReceiveKey(url)).toBe(true);
});

it.each([
	['another host after user information', 'https://api.bfl.ai@evil.example/'],
	['another host after user information and a port', 'https://api.bfl.ai:443@evil.example/'],
	['user information before the right host', 'https://user:pass@api.bfl.ai/'],
	['a host with the same ending', 'https://evilbfl.ai/'],
	['a host with the same beginning', 'https://api.bfl.ai.evil.example/'],
	['a host with the trusted one in its path', 'https://evil.example/api.bfl.ai'],
	['a host with the trusted one in its query', 'https://evil.example/?.bfl.ai'],
	['a host with the trusted one in its fragment', 'https://evil.example#.bfl.ai'],
	['a host with the trusted one after a backslash', 'https://evil.example\\.bfl.ai'],
	['plain http', 'http://api.bfl.ai/'],
	['another port', 'https://api.bfl.ai:8443/'],
	['a trusted host in fullwidth letters before a foreign one', 'https://ａｐｉ.ｂｆｌ.ai.evil.example/'],
	['a Cyrillic look-alike', 'https://арі.bfl.аі/'],
	['another scheme', 'ftp://api.bfl.ai/'],
	['a scheme without a host', 'javascript:api.bfl.ai'],
	['a data URL', 'data:text/plain,api.bfl.ai'],
	['a URL without a host', 'https://'],
	['a relative URL', '/v1/get_result'],
	['a URL without a scheme', '//api.bfl.ai/'],
	['an empty string', ''],
	['an IP address', 'https://127.0.0.1/'],
])('refuses the key for %s', (_, url) => {
	expect(mayReceiveKey(url)).toBe(false);
});

it('allows plain http only for the origin in the credential, with its port and scheme', () => {
	const local = 'http://127.0.0.1:8080/v2';
	expect(mayReceiveKey('http://127.0.0.1:8080/anything', local)).toBe(true);
	expect(mayReceiveKey('http://127.0.0.1:8081/anything', local)).toBe(false);
	expect(mayReceiveKey('https://127.0.0.1:8080/anything', local)).toBe(false);
	expect(mayReceiveKey('http://localhost:8080/anything', local)).toBe(false);
	expect(mayReceiveKey('http://api.bfl.ai/', local)).toBe(false);
});

it('keeps the key of a proxy from the hosts of the provider', () => {
	for (const proxy of [
		'http://127.0.0.1:8080/v2',
		'https://proxy.example',
		'http://api.bfl.ai',
		'https://api.bfl.ai:8443',
	])
		expect(mayReceiveKey('https://api.eu.bfl.ai/', proxy)).toBe(false);
	expect(mayReceiveKey('https://api.eu.bfl.ai/', 'https://api.us1.bfl.ai')).toBe(true);
});

it.each(['', 'no address', 'foo://home', 'data:,x', 'file:///etc'])(
	'allows the key nowhere for the base URL %j, which is not a web address',
	(baseUrl) => {
		expect(
			['foo://evil.example', 'data:,y', 'file:///x', 'https://evil.example', '', baseUrl].map((url) =>
				mayCarryKey(url, baseUrl, []),
			),
		).toEqual(Array.from({ length: 6 }, () => false));
	},
);

describe('for any address,', () => {
	const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
	const host = fc.oneof(
		fc.domain(),
		fc.ipV4(),
		fc.ipV6().map((ip) => `[${ip}]`),
		fc
			.tuple(label, fc.constantFrom('bfl.ai', 'api.bfl.ai', '.bfl.ai', 'bfl.ai.evil.example'))
			.map(([start, end]) => start + end),
	);
	const tricky = fc
		.tuple(
			fc.constantFrom('https://', 'http://', 'https:', 'HTTPS://', 'ftp://', '//', 'https:\\\\'),
			fc.oneof(
				fc.constant(''),
				fc.constantFrom(
					'api.bfl.ai@',
					'api.bfl.ai:pw@',
					'api.bfl.ai%2f@',
					'api.bfl.ai\\@',
					'api.bfl.ai#@',
					'api.bfl.ai?@',
				),
			),
			host,
			fc.constantFrom(
				'',
				':443',
				':80',
				':8443',
				'.',
				'%2e',
				'\\.bfl.ai',
				'/../.bfl.ai',
				'#.bfl.ai',
				'?.bfl.ai',
			),
			fc.oneof(fc.webPath(), fc.string()),
		)
		.map((parts) => parts.join(''));

	it('the key is allowed only over https to the trusted hosts, or to the origin of the base URL', () => {
		fc.assert(
			fc.property(fc.oneof(tricky, fc.webUrl(), fc.string()), (url) => {
				if (!mayReceiveKey(url)) return;
				const { protocol, hostname, port, username, password } = new URL(url);
				expect({ protocol, port, username, password }).toEqual({
					protocol: 'https:',
					port: '',
					username: '',
					password: '',
				});
				expect(hostname === 'bfl.ai' || hostname.endsWith('.bfl.ai')).toBe(true);
			}),
			{ numRuns: 5_000 },
		);
	});

	it.each(providers.map((provider) => [provider.displayName, provider] as const))(
		'no foreign host receives the key of %s',
		(_, provider) => {
			const ownHost = new URL(provider.defaultBaseUrl || 'https://own.example').hostname;
			fc.assert(
				fc.property(fc.webUrl({ validSchemes: ['https', 'http'] }), (url) => {
					fc.pre(new URL(url).hostname !== ownHost);
					expect(mayCarryKey(url, provider.defaultBaseUrl, provider.trustedHosts)).toBe(false);
				}),
			);
		},
	);
});

it('takes only http and https URLs for web addresses', () => {
	expect(['https://a.example/x', 'http://127.0.0.1:1/'].map(isWebUrl)).toEqual([true, true]);
	expect(
		['', 'a.example', 'file:///etc/passwd', 'data:image/png;base64,AA', 'ftp://a.example'].map(isWebUrl),
	).toEqual([false, false, false, false, false]);
});
