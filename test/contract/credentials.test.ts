import { runInNewContext } from 'node:vm';

import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { providers } from '../../nodes/FluxKontext/providers';
import { mayCarryKey } from '../../nodes/FluxKontext/core/http/trust';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { credentialOf } from '../../tools/support/credentials';

async function authenticate(
	provider: Provider,
	credentials: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): Promise<IHttpRequestOptions> {
	const type = await credentialOf(provider);
	if (typeof type?.authenticate !== 'function') throw new Error(`${provider.credential} has no function`);
	return await type.authenticate(credentials, request);
}

const key = 'sk-0123456789';
const schemes: Readonly<Record<string, Record<string, string>>> = {
	blackForestLabs: { 'x-key': key },
	fal: { Authorization: `Key ${key}` },
};

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('%s', (_, provider) => {
	const baseUrl = provider.defaultBaseUrl || 'http://localhost:8080/v1';
	const expected = schemes[provider.id] ?? { Authorization: `Bearer ${key}` };

	it('sends the cleaned key in one header, and leaves the request as it is', async () => {
		const request = {
			url: `${baseUrl}/x?a=b`,
			method: 'POST',
			body: { a: 1 },
			headers: { Accept: 'a' },
		} as const;
		for (const apiKey of [key, ` "Bearer ${key}"\u200b`])
			expect(await authenticate(provider, { apiKey, baseUrl }, request)).toEqual({
				...request,
				headers: { Accept: 'a', ...expected },
			});
	});

	it('takes the default base URL where the credential names none', async () => {
		if (provider.defaultBaseUrl === '') return;
		const request = { url: `${baseUrl}/x` };
		expect(await authenticate(provider, { apiKey: key, baseUrl: '' }, request)).toMatchObject({
			headers: expected,
		});
	});

	it('keeps the query of the base URL', async () => {
		const credentials = { apiKey: key, baseUrl: `${baseUrl}?api-version=1&a=c` };
		expect(await authenticate(provider, credentials, { url: `${baseUrl}/x?a=b` })).toMatchObject({
			url: `${baseUrl}/x?a=b&api-version=1`,
		});
	});

	it('sends the key to no other origin, not even to that of an earlier base URL', async () => {
		const proxy = { apiKey: key, baseUrl: 'https://proxy.example/v1' };
		for (const url of ['https://evil.example/x', `${baseUrl}/x`, 'https://proxy.example:8443/x'])
			await expect(authenticate(provider, proxy, { url })).rejects.toThrow(
				"The request goes to another host than the credential's base URL, so the key was not sent",
			);
		// An absolute URL replaces the base URL of a request.
		for (const request of [
			{ baseURL: 'https://proxy.example/v1', url: 'https://evil.example/x' },
			{ baseURL: 'https://proxy.example/v1', url: '//evil.example/x' },
		])
			await expect(authenticate(provider, proxy, request)).rejects.toThrow('so the key was not sent');
		expect(await authenticate(provider, proxy, { url: 'https://proxy.example/v1/x' })).toMatchObject({
			headers: expected,
		});
	});

	it('is tested below the base URL, with its query', async () => {
		const { request } = (await credentialOf(provider))?.test ?? {};
		const credentials = { apiKey: key, baseUrl: ` https://proxy.example/v1/?api-version=1 ` };
		const evaluate = (expression = '') =>
			// The expression is one of this package.
			runInNewContext(expression.slice('={{'.length, -'}}'.length), {
				$credentials: credentials,
			}) as string;
		const baseURL = evaluate(request?.baseURL);
		expect(baseURL).toBe('https://proxy.example/v1');
		const url = request?.url ?? '';
		expect(await authenticate(provider, credentials, { baseURL, url })).toEqual({
			baseURL,
			url: `${url}${url.includes('?') ? '&' : '?'}api-version=1`,
			headers: expected,
		});
	});

	it("works in n8n's HTTP Request node, which names the URL `uri`", async () => {
		const credentials = { apiKey: key, baseUrl: `${baseUrl}?api-version=1` };
		const request = { uri: `${baseUrl}/x` } as unknown as IHttpRequestOptions;
		expect(await authenticate(provider, credentials, request)).toEqual({
			uri: `${baseUrl}/x?api-version=1`,
			headers: expected,
		});
		// n8n sends a request that has both to its `url`, as long as that is there.
		const [own, foreign] = [`${baseUrl}/x`, 'https://evil.example/x'];
		for (const both of [
			{ uri: own, url: foreign },
			{ uri: foreign, url: own },
			{ uri: own, url: '' },
		])
			await expect(authenticate(provider, credentials, both)).rejects.toThrow(
				'so the key was not sent',
			);
		const twice = { uri: own, url: own } as unknown as IHttpRequestOptions;
		expect(await authenticate(provider, credentials, twice)).toEqual({
			uri: own,
			url: `${own}?api-version=1`,
			headers: expected,
		});
	});

	it.each([
		['https://me:word@proxy.example', "'Base URL' must not contain a user or a password"],
		['https://proxy.example/#a', "'Base URL' must not contain a fragment"],
		['proxy.example', "'Base URL' must start with https:// or http://, which is missing"],
	])('goes nowhere where the base URL is %s', async (badUrl, complaint) => {
		const credentials = { apiKey: key, baseUrl: badUrl };
		await expect(authenticate(provider, credentials, { url: 'https://proxy.example/x' })).rejects.toThrow(
			complaint,
		);
	});

	it('has its own default host among the hosts that may receive the key', () => {
		if (provider.trustedHosts.length === 0) return;
		expect(mayCarryKey(provider.defaultBaseUrl, 'https://proxy.example', provider.trustedHosts)).toBe(
			false,
		);
		for (const host of provider.trustedHosts)
			expect(
				mayCarryKey(
					`https://${host.replace('*', 'eu')}/`,
					provider.defaultBaseUrl,
					provider.trustedHosts,
				),
			).toBe(true);
	});

	it('sends no key that is none', async () => {
		await expect(
			authenticate(provider, { apiKey: 'sk-\u0456', baseUrl }, { url: baseUrl }),
		).rejects.toThrow(
			'contains a character outside ASCII (U+0456) at position 4 of 4, so the key was not sent',
		);
		expect(await authenticate(provider, { apiKey: ' ', baseUrl }, { url: baseUrl })).toEqual({
			url: baseUrl,
		});
	});
});

it.each(
	providers.flatMap(({ id, trustedHosts }) =>
		trustedHosts.map((host) => [id, host.replace('*', 'eu')] as const),
	),
)('%s sends the key to its documented host %s', async (id, host) => {
	const provider = providers.find((candidate) => candidate.id === id);
	if (!provider) throw new Error(`There is no ${id}`);
	const request = { url: `https://${host}/x` };
	expect(await authenticate(provider, { apiKey: key, baseUrl: '' }, request)).toHaveProperty('headers');
	await expect(
		authenticate(provider, { apiKey: key, baseUrl: '' }, { url: `http://${host}/x` }),
	).rejects.toThrow();
});
