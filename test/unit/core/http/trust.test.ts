import fc from 'fast-check';

import { isWebUrl, mayCarryKey } from '../../../../nodes/FluxKontext/core/http/trust';
import { providers } from '../../../../nodes/FluxKontext/providers';

const base = 'https://api.bfl.ai';
const trusted = ['bfl.ai', '*.bfl.ai'];
const may = (url: string, baseUrl = base) => mayCarryKey(url, baseUrl, trusted);

it.each([
	'https://api.bfl.ai/v1/get_result?id=1',
	'https://API.BFL.AI/v1',
	'https://bfl.ai/',
	'https://api.eu2.bfl.ai/v1/get_result',
	'https://api.us1.bfl.ai:443/',
])('the key may go to %s', (url) => {
	expect(may(url)).toBe(true);
});

it.each([
	['another host behind user information', 'https://api.bfl.ai@evil.example/'],
	['another host behind user information and a port', 'https://api.bfl.ai:443@evil.example/'],
	['user information before the right host', 'https://user:pass@api.bfl.ai/'],
	['a host that ends alike', 'https://evilbfl.ai/'],
	['a host that begins alike', 'https://api.bfl.ai.evil.example/'],
	['a host with the trusted one in its path', 'https://evil.example/api.bfl.ai'],
	['a host with the trusted one in its query', 'https://evil.example/?.bfl.ai'],
	['a host with the trusted one in its fragment', 'https://evil.example#.bfl.ai'],
	['a host with the trusted one behind a backslash', 'https://evil.example\\.bfl.ai'],
	['plain http', 'http://api.bfl.ai/'],
	['another port', 'https://api.bfl.ai:8443/'],
	['a trusted host in fullwidth letters and a foreign end', 'https://ａｐｉ.ｂｆｌ.ai.evil.example/'],
	['a look-alike in Cyrillic', 'https://арі.bfl.аі/'],
	['another scheme', 'ftp://api.bfl.ai/'],
	['a scheme without a host', 'javascript:api.bfl.ai'],
	['data', 'data:text/plain,api.bfl.ai'],
	['an address of no host', 'https://'],
	['a relative one', '/v1/get_result'],
	['a scheme-less one', '//api.bfl.ai/'],
	['nothing', ''],
	['an address by number', 'https://127.0.0.1/'],
])('the key may not go to %s', (_, url) => {
	expect(may(url)).toBe(false);
});

it('plain http is for the origin that was typed into the credential, its port and scheme included', () => {
	const local = 'http://127.0.0.1:8080/v2';
	expect(may('http://127.0.0.1:8080/anything', local)).toBe(true);
	expect(may('http://127.0.0.1:8081/anything', local)).toBe(false);
	expect(may('https://127.0.0.1:8080/anything', local)).toBe(false);
	expect(may('http://localhost:8080/anything', local)).toBe(false);
	expect(may('http://api.bfl.ai/', local)).toBe(false);
	expect(may('https://api.bfl.ai/', local)).toBe(true);
});

it.each(['', 'no address', 'foo://home', 'data:,x', 'file:///etc'])(
	'a base URL that is no web address, like %j, lets the key go nowhere',
	(baseUrl) => {
		expect(
			['foo://evil.example', 'data:,y', 'file:///x', 'https://evil.example', '', baseUrl].map((url) =>
				mayCarryKey(url, baseUrl, []),
			),
		).toEqual(Array.from({ length: 6 }, () => false));
	},
);

describe('whatever the address', () => {
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

	it('the key goes only over https to the trusted hosts, or to the very origin of the base URL', () => {
		fc.assert(
			fc.property(fc.oneof(tricky, fc.webUrl(), fc.string()), (url) => {
				if (!may(url)) return;
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
		'%s: no foreign host ever carries the key',
		(_, provider) => {
			const own = new URL(provider.defaultBaseUrl || 'https://own.example').hostname;
			fc.assert(
				fc.property(fc.webUrl({ validSchemes: ['https', 'http'] }), (url) => {
					fc.pre(new URL(url).hostname !== own);
					expect(mayCarryKey(url, provider.defaultBaseUrl, provider.trustedHosts)).toBe(false);
				}),
			);
		},
	);
});

it('a web address is one of http or https', () => {
	expect(['https://a.example/x', 'http://127.0.0.1:1/'].map(isWebUrl)).toEqual([true, true]);
	expect(
		['', 'a.example', 'file:///etc/passwd', 'data:image/png;base64,AA', 'ftp://a.example'].map(isWebUrl),
	).toEqual([false, false, false, false, false]);
});
