import { readJob } from '../../../../nodes/FluxKontext/core/job/record';
import type { Handle } from '../../../../nodes/FluxKontext/core/job/snapshot';
import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../../nodes/FluxKontext/providers';
import { addressesOf } from '../../../support/endpoints';
import { contextOf, handleOf } from '../../providers/samples';
import { finishedOf } from './records';

// A job record comes from an item: anybody may have written it, and its addresses receive the key. An address that
// is not one of the job is not used; the request goes to the address that is built from the base URL.

const PROXY = 'https://proxy.example/api';
const fields = providers.flatMap((provider) =>
	Object.keys(handleOf(provider))
		.filter((key) => key.endsWith('Url'))
		.map((key) => [provider.displayName, key, provider] as const),
);

/** Returns the record's handle without addresses, except for `changes`. */
function handleWith(provider: Provider, changes: object): Handle {
	const { handle } = finishedOf(provider);
	const withoutAddresses = Object.fromEntries(
		Object.entries(handle).map(([name, value]) => [name, name.endsWith('Url') ? null : value]),
	);
	return { ...withoutAddresses, id: handle.id, ...changes };
}

/** Lists where the requests of a job go whose record holds this handle. */
function requestedAddresses(provider: Provider, handle: Handle, baseUrl: string): string[] {
	const read = readJob({ ...finishedOf(provider), handle }, provider);
	if (!read.ok) throw new Error(read.fault.message);
	return addressesOf(provider, read.value.handle, { ...contextOf(provider), baseUrl });
}

it('addresses are in the handles of these providers', () => {
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

const forged: ReadonlyArray<[string, (base: URL) => string]> = [
	['on another host', () => 'https://evil.example/x'],
	['on a host that begins like its own', ({ host }) => `https://${host}.evil.example/x`],
	[
		'on a host that ends like its own',
		({ host }) => `https://evil${host.split('.').slice(-2).join('.')}/x`,
	],
	['with its own host as user information', ({ host }) => `https://${host}@evil.example/x`],
	['with a user name and a password', ({ host }) => `https://user:word@${host}/x`],
	['on another port', ({ hostname }) => `https://${hostname}:8443/x`],
	['on the local machine', () => 'http://127.0.0.1:5678/rest/credentials'],
	['of a cloud metadata service', () => 'http://169.254.169.254/latest/meta-data'],
	['without a scheme', () => '//evil.example/x'],
	['of a file', () => 'file:///etc/passwd'],
	['of a script', () => 'javascript:alert(1)'],
	['that is not a URL', () => 'x'],
	['of an administrator', ({ origin }) => `${origin}/admin/x`],
	['of the account', ({ href }) => `${href}/account`],
	['that leads up', ({ href }) => `${href}/../../admin`],
	['that leads up in code', ({ href }) => `${href}/%2e%2e/admin`],
	['of another job', ({ href }) => `${href}/predictions/job-2`],
	['with a query', ({ href }) => `${href}/predictions/job-1?prompt=x`],
	['with a fragment', ({ href }) => `${href}/predictions/job-1#x`],
	['with a backslash', ({ origin }) => `${origin}\\@evil.example/x`],
	['that orders an image at fal', () => 'https://fal.run/fal-ai/flux-pro/kontext?prompt=x'],
	[
		'that orders an image in the queue of fal',
		() => 'https://queue.fal.run/fal-ai/flux-pro/kontext?prompt=x',
	],
];

describe.each(fields)('an address of %s (%s)', (_, key, provider) => {
	const bases = [contextOf(provider).baseUrl, PROXY];

	it.each(forged)('%s is not used', (__, urlAt) => {
		for (const baseUrl of bases) {
			const built = requestedAddresses(provider, handleWith(provider, {}), baseUrl);
			const url = urlAt(new URL(baseUrl));
			expect(requestedAddresses(provider, handleWith(provider, { [key]: url }), baseUrl)).toEqual(
				built,
			);
		}
	});

	it('is used where it is the documented one of the job', () => {
		for (const baseUrl of bases) {
			const handle = handleWith(provider, {});
			for (const url of requestedAddresses(provider, handle, baseUrl))
				expect(requestedAddresses(provider, { ...handle, [key]: url }, baseUrl)).toContain(url);
		}
	});
});

const jobId = (id: string) => finishedOf(providerOf(id)).id;
function providerOf(id: string): Provider {
	const provider = providers.find((candidate) => candidate.id === id);
	if (!provider) throw new Error(`There is no ${id}`);
	return provider;
}

it.each<[string, string, (id: string) => string]>([
	['blackForestLabs', 'pollingUrl', (id) => `https://api.eu2.bfl.ai/v1/get_result?id=${id}`],
	['fal', 'statusUrl', (id) => `https://eu.queue.fal.run/fal-ai/flux-pro/requests/${id}/status`],
	['fal', 'responseUrl', (id) => `https://queue.fal.run/fal-ai/flux-pro/kontext/requests/${id}`],
	['replicate', 'getUrl', (id) => `https://api.replicate.com/v1/predictions/${id}`],
])('of %s (%s) is used on any documented host', (id, key, urlOf) => {
	const provider = providerOf(id);
	const url = urlOf(jobId(id));
	const handle = handleWith(provider, { [key]: url });
	expect(requestedAddresses(provider, handle, provider.defaultBaseUrl)).toContain(url);
});

it('of one proxy is not used for another, which is asked itself', () => {
	const fal = providerOf('fal');
	const id = jobId('fal');
	const statusUrl = `https://one.example/fal-ai/flux-pro/requests/${id}/status`;
	const handle = handleWith(fal, { statusUrl });
	expect(requestedAddresses(fal, handle, 'https://one.example')).toContain(statusUrl);
	expect(requestedAddresses(fal, handle, 'https://two.example')).toContain(
		`https://two.example/fal-ai/flux-pro/requests/${id}/status`,
	);
});
