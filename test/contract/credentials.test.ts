import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { providers } from '../../nodes/FluxKontext/providers';
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
			url: `${baseUrl}/x?a=b`,
			qs: { 'api-version': '1' },
		});
	});

	it('sends the key to no other origin, not even to that of an earlier base URL', async () => {
		const proxy = { apiKey: key, baseUrl: 'https://proxy.example/v1' };
		for (const url of ['https://evil.example/x', `${baseUrl}/x`, 'https://proxy.example:8443/x'])
			await expect(authenticate(provider, proxy, { url })).rejects.toThrow(
				'its key stays with the host',
			);
		expect(await authenticate(provider, proxy, { url: 'https://proxy.example/v1/x' })).toMatchObject({
			headers: expected,
		});
	});

	it('sends no key that is none', async () => {
		await expect(
			authenticate(provider, { apiKey: 'sk-\u0456', baseUrl }, { url: baseUrl }),
		).rejects.toThrow('U+0456 at position 4 of 4');
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
