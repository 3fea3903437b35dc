import type { JsonObject } from '../../../nodes/FluxKontext/core/base/json';
import { MAX_IMAGES } from '../../../nodes/FluxKontext/core/base/limits';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import type { SyncProvider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';
import { addressesOf } from '../../support/endpoints';
import { preparedRequest } from '../../support/requests';
import { contextOf, handleOf, snapshotsOf } from './samples';

// A handle is everything that another execution, or another machine, knows of a job.

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'a handle of %s',
	(_, provider) => {
		const handle = handleOf(provider);
		const read = (value: unknown) => provider.readHandle(value);
		const outcomeOf = (value: unknown) => {
			const result = read(value);
			return result.ok ? 'accepted' : result.fault.code;
		};

		it('is read back unchanged in every state of its job', () => {
			const snapshots = snapshotsOf(provider);
			expect(snapshots.at(-1)?.state).toBe('succeeded');
			for (const snapshot of snapshots)
				expect(read(throughJson(snapshot.handle))).toEqual({ ok: true, value: snapshot.handle });
		});

		it('loses unknown properties', () => {
			const extended: unknown = {
				...(throughJson(handle) as object),
				apiKey: 'x',
				baseUrl: 'https://evil.example',
				['__proto__']: { polluted: true },
			};
			expect(read(extended)).toEqual({ ok: true, value: handle });
		});

		it.each(Object.keys(handle))('is refused where %s is missing or has another type', (key) => {
			const { [key]: own, ...rest } = handle;
			const illTyped = [{ a: 1 }, ['x'], [], true, 7, 'x', Number.NaN].filter(
				(value) =>
					typeof value !== typeof own ||
					Array.isArray(value) !== Array.isArray(own) ||
					Number.isNaN(value),
			);
			const values = key === 'id' ? [...illTyped, null] : illTyped;
			const accepted = values.filter(
				(value) => outcomeOf({ ...rest, [key]: value }) !== 'invalidRequest',
			);
			// An address is checked only when a request to it is built.
			expect(accepted.filter((value) => !(value === 'x' && key.endsWith('Url')))).toEqual([]);
			expect(outcomeOf(rest)).toBe('invalidRequest');
		});

		it.each([
			[undefined],
			[null],
			[''],
			['x'],
			[7],
			[true],
			[[]],
			[{}],
			[[handle]],
			[JSON.stringify(handle)],
		])('is refused as %j', (value) => {
			expect(outcomeOf(value)).toBe('invalidRequest');
		});

		it.each(['', '.', '..', '...', 'a\nb', 'a\0b', 'a\u0085b', 'x'.repeat(501), '\ud800', 'a\udfffb'])(
			'is refused with the id %j',
			(id) => {
				expect(outcomeOf({ ...handle, id })).toBe('invalidRequest');
			},
		);

		const paths = [
			'../../account',
			'../x',
			'a/b',
			'a?b=c',
			'a#b',
			'%2e%2e/x',
			'%2e%2e%2fx',
			'..\\x',
			'a b',
			' . ',
			'ä',
			'𝄞',
		];
		const texts = ['id', 'endpoint'].filter((key) => key in handle);
		it.each(texts.flatMap((key) => paths.map((path) => [key, path] as const)))(
			'cannot change the path of a request by its %s: %j',
			(key, path) => {
				const context = contextOf(provider);
				const withoutLinks = Object.fromEntries(
					Object.entries(handle).map(([name, value]) => [
						name,
						name.endsWith('Url') ? null : value,
					]),
				);
				const urlsOf = (value: JsonObject) => {
					const parsed = read(value);
					if (!parsed.ok) return [];
					return addressesOf(provider, parsed.value, context).map((address) => new URL(address));
				};
				const expectedUrls = urlsOf(withoutLinks);
				for (const [index, url] of urlsOf({ ...withoutLinks, [key]: path }).entries()) {
					const expected = expectedUrls[index];
					expect({
						origin: url.origin,
						segments: url.pathname.split('/').length,
						queries: [...url.searchParams.keys()],
						hash: url.hash,
					}).toEqual({
						origin: expected?.origin,
						segments: expected?.pathname.split('/').length,
						queries: [...(expected?.searchParams.keys() ?? [])],
						hash: '',
					});
				}
			},
		);
	},
);

describe('the handle of a synchronous provider', () => {
	const synchronous = providers.filter((provider): provider is SyncProvider => provider.kind === 'sync');

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'keeps the links of the images, but no image: %s',
		(_, provider) => {
			const images = handleOf(provider)['images'] as Array<{ url: string }>;
			expect(images).toHaveLength(2);
			expect(images.map(({ url }) => new URL(url).pathname)).toEqual(['/a.png', '/b.png']);
			expect(JSON.stringify(images)).not.toContain('AQID');
		},
	);

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'is enough to recall the links: %s',
		(_, provider) => {
			const handle = handleOf(provider);
			const images = (handle['images'] as JsonObject[]).map(({ url, expiresAt }) => ({
				kind: 'url',
				url,
				expiresAt,
			}));
			expect(provider.recall(handle)).toMatchObject({ state: 'succeeded', handle, images });
			const withoutLinks = { ...handle, images: [] } as Handle;
			expect(provider.recall(withoutLinks)).toMatchObject({
				handle: withoutLinks,
				fault: { code: 'notFound' },
			});
		},
	);

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'never has an id that cannot be read back: %s',
		(_, provider) => {
			const body = {
				id: '..',
				images: [{ url: 'https://files.example/a.png' }],
				data: [{ url: 'https://files.example/a.png' }],
			};
			const parsed = provider.submit.parse(
				{ status: 200, headers: {}, body },
				preparedRequest({ model: 'x' }),
				contextOf(provider),
			);
			expect(parsed.ok && provider.readHandle(parsed.value.handle)).toMatchObject({ ok: true });
		},
	);

	it('is refused with more than MAX_IMAGES links', () => {
		const images = Array.from({ length: MAX_IMAGES + 1 }, () => ({
			url: 'https://files.example/a.png',
			expiresAt: null,
		}));
		for (const provider of synchronous)
			expect(provider.readHandle({ id: 'job-1', images })).toMatchObject({ ok: false });
	});

	it('is refused with a link that is no absolute URL', () => {
		for (const provider of synchronous)
			expect(
				provider.readHandle({ id: 'job-1', images: [{ url: '/a.png', expiresAt: null }] }),
			).toMatchObject({ ok: false });
	});
});
