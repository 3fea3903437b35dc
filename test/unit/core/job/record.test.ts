import fc from 'fast-check';

import { readJob, recordOf, type JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import type { Handle, Provider } from '../../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../../nodes/FluxKontext/providers';
import { contextOf, handleOf, snapshotsOf } from '../../providers/samples';

// A job as an item gives it: anybody may have written it, and the key goes where it leads.

const submittedAt = '2026-11-20T12:00:00.000Z';
const recordsOf = (provider: Provider) =>
	snapshotsOf(provider).map((snapshot) =>
		recordOf({ provider: provider.id, model: provider.models[0]?.id ?? '', submittedAt }, snapshot),
	);
const finishedOf = (provider: Provider): JobRecord<Handle> => {
	const record = recordsOf(provider).at(-1);
	if (!record) throw new Error('There is no record');
	return record;
};
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const refused = (message: unknown) => ({
	ok: false,
	fault: expect.objectContaining({
		code: 'invalidRequest',
		message,
		description: expect.stringContaining('{{ $json.job }}') as unknown,
	}) as unknown,
});

/** Whether the key may go there, told apart from the engine's own rule. */
function isAtHome(url: string, { trustedHosts }: Provider, baseUrl: string): boolean {
	const { origin, protocol, hostname, port, username, password } = new URL(url);
	if (username !== '' || password !== '') return false;
	const trusted = trustedHosts.some((host) =>
		host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
	);
	return origin === new URL(baseUrl).origin || (protocol === 'https:' && port === '' && trusted);
}

function addressesOf(provider: Provider, handle: Handle): string[] {
	const context = contextOf(provider);
	return [provider.buildStatus, provider.buildResult, provider.buildCancel].flatMap((build) =>
		build ? [build(handle, context).url] : [],
	);
}

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'a job of %s',
	(_, provider) => {
		const context = contextOf(provider);
		const read = (value: unknown) => readJob(value, provider, context);
		const record = finishedOf(provider);
		const damaged = (more: object) => read({ ...record, ...more });

		it('is read as it was written, in each of its states, as an object or as JSON', () => {
			for (const each of recordsOf(provider)) {
				expect(read(throughJson(each))).toEqual({ ok: true, value: each });
				expect(read(JSON.stringify(each))).toEqual({ ok: true, value: each });
			}
		});

		it('is read without what is not its own', () => {
			expect(damaged({ fault: { code: 'failed' }, apiKey: 'x' })).toEqual({ ok: true, value: record });
		});

		it('is pending where its state is none that there is, and says nothing where it has no text', () => {
			expect(damaged({ status: 'done', providerStatus: { a: 1 } })).toEqual({
				ok: true,
				value: { ...record, status: 'pending', providerStatus: '' },
			});
		});

		it.each(
			providers
				.filter(({ id }) => id !== provider.id)
				.map((other) => [other.displayName, other] as const),
		)('is not taken by %s', (__, other) => {
			expect(readJob(record, other, contextOf(other))).toEqual(
				refused(
					`'Job' is one of the provider ${provider.id}, but 'Provider' is ${other.displayName}`,
				),
			);
		});

		it('is refused where it says to be of this provider and has the handle of another', () => {
			const taken = providers.filter(
				(other) => other.id !== provider.id && damaged({ handle: handleOf(other) }).ok,
			);
			// A handle that is no more than an id, or the links of an answer, is alike at several.
			const alike = (other: Provider) =>
				Object.keys(handleOf(provider)).every((key) => key in handleOf(other)) &&
				!Object.keys(record.handle).some((key) => key.endsWith('Url'));
			expect(taken.filter((other) => !alike(other)).map(({ id }) => id)).toEqual([]);
		});

		it.each([[undefined], [null], ['']])('is empty where it is %j', (value) => {
			expect(read(value)).toEqual(refused("'Job' is empty"));
		});

		it.each([
			['job-1'],
			[7],
			[true],
			[[]],
			['[]'],
			['null'],
			['7'],
			['"job"'],
			['{"provider":'],
			['=={{ $json.job }}'],
		])('is refused where it is no JSON of a job: %j', (value) => {
			expect(read(value)).toEqual(refused("'Job' is not the JSON of a job"));
		});

		it.each([[undefined], [null], [''], [{}], [[]]])('is refused where its provider is %j', (value) => {
			expect(damaged({ provider: value })).toEqual(refused("'Job' names no provider"));
		});

		it.each<[string, unknown]>([
			['id', undefined],
			['id', null],
			['id', 7],
			['id', {}],
			['model', undefined],
			['model', null],
			['model', 7],
			['submittedAt', undefined],
			['submittedAt', null],
			['submittedAt', 1_795_176_000_000],
			['submittedAt', ''],
			['submittedAt', 'yesterday'],
			['handle', undefined],
			['handle', null],
			['handle', {}],
			['handle', []],
			['handle', 'job-1'],
			['handle', JSON.stringify(record.handle)],
		])('is damaged where its %s is %j', (key, value) => {
			expect(damaged({ [key]: value })).toEqual(refused(expect.stringMatching(/^'Job' is damaged: /)));
		});

		it('is damaged where its handle belongs to another job', () => {
			expect(damaged({ id: 'job-2' })).toEqual(
				refused("'Job' is damaged: its handle belongs to another job"),
			);
			expect(damaged({ handle: { ...record.handle, id: 'job-2' } })).toEqual(
				refused("'Job' is damaged: its handle belongs to another job"),
			);
		});

		it.each(['', '.', '..', '.....', 'a\r\nhost: evil.example', '\0', 'x'.repeat(501), '\ud800'])(
			'is damaged where its id is %j: no address can be made of it',
			(id) => {
				expect(damaged({ id, handle: { ...record.handle, id } })).toEqual(
					refused(expect.stringMatching(/^'Job' is damaged: its handle does not fit \(id: /)),
				);
			},
		);

		it('is refused, or leads home, whatever is put in the place of any part of it, and never throws', () => {
			const part = fc.oneof(
				fc.jsonValue({ maxDepth: 2 }),
				fc.webUrl(),
				fc.constantFrom(
					undefined,
					Number.NaN,
					'..',
					'',
					'\ud800',
					'https://evil.example/x',
					'//evil.example',
					record.handle,
					record,
				),
			);
			const keys = [
				...Object.keys(record),
				...Object.keys(record.handle).map((key) => `handle.${key}`),
			];
			fc.assert(
				fc.property(fc.dictionary(fc.constantFrom(...keys), part, { maxKeys: 3 }), (changes) => {
					const own = Object.entries(changes).filter(([key]) => !key.startsWith('handle.'));
					const ofHandle = Object.entries(changes).flatMap(([key, value]) =>
						key.startsWith('handle.') ? [[key.slice('handle.'.length), value] as const] : [],
					);
					const result = read({
						...record,
						handle: { ...record.handle, ...Object.fromEntries(ofHandle) },
						...Object.fromEntries(own),
					});
					if (!result.ok) {
						expect(result.fault.code).toBe('invalidRequest');
						return;
					}
					expect(result.value).toMatchObject({ provider: provider.id, id: result.value.handle.id });
					expect(
						addressesOf(provider, result.value.handle).filter(
							(url) => !isAtHome(url, provider, context.baseUrl),
						),
					).toEqual([]);
				}),
				{ numRuns: 1_000 },
			);
		});
	},
);

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
		['behind a name and a password', (host) => `https://${host}@evil.example/x`],
		['with a name and a password', (host) => `https://user:word@${host}/x`],
		['on another port', (host) => `https://${host}:8443/x`],
		['on this machine', () => 'http://127.0.0.1:5678/rest/credentials'],
		['of the cloud it runs in', () => 'http://169.254.169.254/latest/meta-data'],
		['without a scheme', () => '//evil.example/x'],
		['of a file', () => 'file:///etc/passwd'],
		['of a script', () => 'javascript:alert(1)'],
		['that is none', () => 'x'],
	];

	it('is there to be forged at these', () => {
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

	describe.each(fields)('of %s, %s,', (_, key, provider) => {
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

		it.each(cases)('%s never gets the key', (__, urlAt) => {
			const result = read(urlAt(hostOf(provider)));
			// stable-diffusion.cpp names a path: what is no address of the server is passed over for the documented one.
			if (provider.id === 'sdServer') {
				expect(
					result.ok &&
						addressesOf(provider, result.value.handle).filter(
							(url) => !isAtHome(url, provider, contextOf(provider).baseUrl),
						),
				).toEqual([]);
				return;
			}
			expect(result).toEqual(
				refused(
					`'Job' leads to an address that is none of ${provider.displayName}; the API key was not sent there`,
				),
			);
		});

		it('may be empty: the documented one is asked then', () => {
			const result = readJob(
				{ ...record, handle: { ...record.handle, [key]: null } },
				provider,
				contextOf(provider),
			);
			expect(result).toMatchObject({ ok: true });
			expect(
				result.ok &&
					addressesOf(provider, result.value.handle).every((url) =>
						isAtHome(url, provider, contextOf(provider).baseUrl),
					),
			).toBe(true);
		});
	});

	it.each([
		['blackForestLabs', 'pollingUrl', 'https://api.eu2.bfl.ai/v1/get_result?id=job-1'],
		['fal', 'statusUrl', 'https://eu.queue.fal.run/fal-ai/flux-pro/requests/job-1/status'],
		['replicate', 'getUrl', 'https://api.replicate.com/v1/predictions/job-1'],
	])(
		'of %s may be on any host that it documents, also for a credential with a proxy as its base URL',
		(id, key, url) => {
			const provider = providers.find((each) => each.id === id);
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
		},
	);

	it('of a proxy is none of another one', () => {
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
