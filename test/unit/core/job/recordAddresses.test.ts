import { readJob } from '../../../../nodes/FluxKontext/core/job/record';
import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../../nodes/FluxKontext/providers';
import { contextOf, handleOf } from '../../providers/samples';
import { addressesOf, finishedOf, mayReceiveKey, refusal } from './records';

// A job record comes from an item: anybody may have written it, and its addresses receive the key.

describe('an address in a handle', () => {
	const fields = providers.flatMap((provider) =>
		Object.keys(handleOf(provider))
			.filter((key) => key.endsWith('Url'))
			.map((key) => [provider.displayName, key, provider] as const),
	);
	const hostOf = (provider: Provider) => new URL(contextOf(provider).baseUrl).hostname;
	const foreign: Array<[string, (host: string) => string]> = [
		['on another host', () => 'https://evil.example/x'],
		['on a host that begins like its own', (host) => `https://${host}.evil.example/x`],
		[
			'on a host that ends like its own',
			(host) => `https://evil${host.split('.').slice(-2).join('.')}/x`,
		],
		['with its own host as user information', (host) => `https://${host}@evil.example/x`],
		['with a user name and a password', (host) => `https://user:word@${host}/x`],
		['on another port', (host) => `https://${host}:8443/x`],
		['on the local machine', () => 'http://127.0.0.1:5678/rest/credentials'],
		['of a cloud metadata service', () => 'http://169.254.169.254/latest/meta-data'],
		['without a scheme', () => '//evil.example/x'],
		['of a file', () => 'file:///etc/passwd'],
		['of a script', () => 'javascript:alert(1)'],
		['that is not a URL', () => 'x'],
	];

	it('exists at these providers', () => {
		expect(fields.map(([, key, { id }]) => `${id} ${key}`)).toEqual([
			'blackForestLabs pollingUrl',
			'fal statusUrl',
			'fal responseUrl',
			'fal cancelUrl',
			'replicate getUrl',
			'replicate cancelUrl',
			'sdServer pollUrl',
		]);
	});

	describe.each(fields)('of %s (%s)', (_, key, provider) => {
		const record = finishedOf(provider);
		const read = (url: string) =>
			readJob({ ...record, handle: { ...record.handle, [key]: url } }, provider, contextOf(provider));
		const cases = [
			...foreign,
			...(contextOf(provider).baseUrl.startsWith('https:')
				? [
						['without TLS', (host: string) => `http://${host}/x`] as [
							string,
							(host: string) => string,
						],
					]
				: []),
		];

		it.each(cases)('%s never receives the key', (__, urlAt) => {
			const result = read(urlAt(hostOf(provider)));
			// stable-diffusion.cpp names a path; any other value is replaced by the documented path.
			if (provider.id === 'sdServer') {
				expect(
					result.ok &&
						addressesOf(provider, result.value.handle).filter(
							(url) => !mayReceiveKey(url, provider, contextOf(provider).baseUrl),
						),
				).toEqual([]);
				return;
			}
			expect(result).toEqual(
				refusal(
					`'Job' leads to an address that is none of ${provider.displayName}; ` +
						'the API key was not sent there',
				),
			);
		});

		it('may be null, which means the documented address', () => {
			const result = readJob(
				{ ...record, handle: { ...record.handle, [key]: null } },
				provider,
				contextOf(provider),
			);
			expect(result).toMatchObject({ ok: true });
			expect(
				result.ok &&
					addressesOf(provider, result.value.handle).every((url) =>
						mayReceiveKey(url, provider, contextOf(provider).baseUrl),
					),
			).toBe(true);
		});
	});

	it.each([
		['blackForestLabs', 'pollingUrl', 'https://api.eu2.bfl.ai/v1/get_result?id=job-1'],
		['fal', 'statusUrl', 'https://eu.queue.fal.run/fal-ai/flux-pro/requests/job-1/status'],
		['replicate', 'getUrl', 'https://api.replicate.com/v1/predictions/job-1'],
	])('of %s may be on any documented host, even where the base URL is a proxy', (id, key, url) => {
		const provider = providers.find((candidate) => candidate.id === id);
		if (!provider) throw new Error(`There is no ${id}`);
		const record = finishedOf(provider);
		const handle = {
			...Object.fromEntries(
				Object.entries(record.handle).map(([name, value]) => [
					name,
					name.endsWith('Url') ? null : value,
				]),
			),
			[key]: url,
		};
		for (const baseUrl of [provider.defaultBaseUrl, 'http://localhost:9000/proxy'])
			expect(
				readJob({ ...record, handle }, provider, { ...contextOf(provider), baseUrl }),
			).toMatchObject({ ok: true });
	});

	it('of one proxy is refused for another', () => {
		const fal = providers.find(({ id }) => id === 'fal');
		if (!fal) throw new Error('There is no fal');
		const record = finishedOf(fal);
		const handle = { ...record.handle, statusUrl: 'https://proxy.example/requests/job-1/status' };
		expect(
			readJob({ ...record, handle }, fal, { ...contextOf(fal), baseUrl: 'https://proxy.example' }),
		).toMatchObject({ ok: true });
		expect(
			readJob({ ...record, handle }, fal, { ...contextOf(fal), baseUrl: 'https://other.example' }),
		).toMatchObject({ ok: false });
	});
});
