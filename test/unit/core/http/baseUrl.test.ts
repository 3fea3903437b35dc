import { readBaseUrl, withQuery } from '../../../../nodes/FluxKontext/core/http/baseUrl';

describe('reading a base URL', () => {
	it.each([
		['https://api.bfl.ai', 'https://api.bfl.ai', ''],
		['  https://api.replicate.com/v1// ', 'https://api.replicate.com/v1', ''],
		['http://localhost:8080/v1', 'http://localhost:8080/v1', ''],
		['HTTPS://API.bfl.ai:443', 'https://api.bfl.ai', ''],
		[
			'https://me.services.ai.azure.com/?api-version=preview',
			'https://me.services.ai.azure.com',
			'api-version=preview',
		],
		['https://a.example/b/?x=1&y=%2F?', 'https://a.example/b', 'x=1&y=%2F?'],
		['https://a.example/@b', 'https://a.example/@b', ''],
		['https://a.example?', 'https://a.example', ''],
	])('takes %j apart', (entered, url, query) => {
		expect(readBaseUrl(entered)).toEqual({ url, query });
	});

	it.each([
		['', 'is empty: enter the address of the server, such as http://localhost:8080'],
		['api.bfl.ai', 'must start with https:// or http://, which is missing in "api.bfl.ai"'],
		['localhost:8080/v1', 'must start with https:// or http://, which is missing in "localhost:8080/v1"'],
		['//api.bfl.ai', 'must start with https:// or http://, which is missing in "//api.bfl.ai"'],
		['ftp://api.bfl.ai', 'must start with https:// or http://, but is "ftp://api.bfl.ai"'],
		['me:word@api.bfl.ai', 'must start with https:// or http://, but is "…@api.bfl.ai"'],
		['https://', 'names no host: "https://"'],
		['https:api.bfl.ai', 'names no host: "https:api.bfl.ai"'],
		['https:///api.bfl.ai?key=1', 'names no host: "https:///api.bfl.ai"'],
		['https://a b.example', 'is not a valid address: "https://a b.example"'],
		['https://a.example:99999', 'is not a valid address: "https://a.example:99999"'],
		['https://me@a.example', "must not contain a user or a password; the key belongs in 'API Key'"],
		['https://@a.example', "must not contain a user or a password; the key belongs in 'API Key'"],
		['https://a.example/#', 'must not contain a fragment (#…)'],
		['https://a.example?x=1#y', 'must not contain a fragment (#…)'],
	])('refuses %j by name', (entered, complaint) => {
		expect(readBaseUrl(entered)).toBe(complaint);
	});

	it('refuses one that is longer than any server takes', () => {
		const url = (length: number) => 'https://a.example/?v='.padEnd(length, 'x');
		expect(readBaseUrl(url(2_048))).toEqual({
			url: 'https://a.example',
			query: url(2_048).split('?')[1],
		});
		expect(readBaseUrl(url(2_049))).toBe('has 2049 characters, but may have at most 2048');
	});

	it('takes a long text in linear time', () => {
		for (const part of ['@', '?', '/', ':', 'a'])
			expect(typeof readBaseUrl(`x${part.repeat(1_000_000)} y`)).toBe('string');
	});
});

describe('adding a query', () => {
	it.each([
		['https://a.example/x', 'https://a.example/x?v=1&w=2'],
		['https://a.example/x?', 'https://a.example/x?v=1&w=2'],
		['https://a.example/x?a=%20b?', 'https://a.example/x?a=%20b?&v=1&w=2'],
		['https://a.example/x?v=3', 'https://a.example/x?v=3&w=2'],
		['https://a.example/x?w&v', 'https://a.example/x?w&v'],
		['/x?a=1', '/x?a=1&v=1&w=2'],
	])('to %s leaves its own parameters', (url, expected) => {
		expect(withQuery(url, 'v=1&w=2')).toBe(expected);
	});

	it('keeps every value of a parameter, but none that is known', () => {
		expect(withQuery('https://a.example/x', 'v=1&v=2&w=3', ['w'])).toBe('https://a.example/x?v=1&v=2');
		expect(withQuery('https://a.example/x', '')).toBe('https://a.example/x');
	});
});
