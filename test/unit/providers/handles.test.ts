import type { JsonObject } from '../../../nodes/FluxKontext/core/base/json';
import { MAX_IMAGES } from '../../../nodes/FluxKontext/core/base/limits';
import type { Handle } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';
import { contextOf, handleOf, snapshotsOf } from './samples';

// A handle is all that another execution, or another machine, has of a job.

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'a handle of %s',
	(_, provider) => {
		const handle = handleOf(provider);
		const read = (value: unknown) => provider.readHandle(value);
		const refused = (value: unknown) => {
			const result = read(value);
			return result.ok ? 'taken' : result.fault.code;
		};

		it('is read as it was written, whatever the state of its job', () => {
			const snapshots = snapshotsOf(provider);
			expect(snapshots.at(-1)?.state).toBe('succeeded');
			for (const snapshot of snapshots)
				expect(read(throughJson(snapshot.handle))).toEqual({ ok: true, value: snapshot.handle });
		});

		it('loses what is not its own', () => {
			const strange: unknown = {
				...(throughJson(handle) as object),
				apiKey: 'x',
				baseUrl: 'https://evil.example',
				['__proto__']: { polluted: true },
			};
			expect(read(strange)).toEqual({ ok: true, value: handle });
		});

		it.each(Object.keys(handle))('is refused without %s, and with another kind of value in it', (key) => {
			const { [key]: own, ...rest } = handle;
			const strange = [{ a: 1 }, ['x'], [], true, 7, 'x', Number.NaN].filter(
				(value) =>
					typeof value !== typeof own ||
					Array.isArray(value) !== Array.isArray(own) ||
					Number.isNaN(value),
			);
			const values = key === 'id' ? [...strange, null] : strange;
			const taken = values.filter((value) => refused({ ...rest, [key]: value }) !== 'invalidRequest');
			// A text that is no address is found out where it is to be called.
			expect(taken.filter((value) => !(value === 'x' && key.endsWith('Url')))).toEqual([]);
			expect(refused(rest)).toBe('invalidRequest');
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
		])('is no handle: %j', (value) => {
			expect(refused(value)).toBe('invalidRequest');
		});

		it.each(['', '.', '..', '...', 'a\nb', 'a\0b', 'a\u0085b', 'x'.repeat(501), '\ud800', 'a\udfffb'])(
			'is refused with the id %j',
			(id) => {
				expect(refused({ ...handle, id })).toBe('invalidRequest');
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
			'cannot leave its path through its %s: %j',
			(key, path) => {
				const context = contextOf(provider);
				const withoutLinks = Object.fromEntries(
					Object.entries(handle).map(([name, value]) => [
						name,
						name.endsWith('Url') ? null : value,
					]),
				);
				const urlsOf = (some: JsonObject) => {
					const parsed = read(some);
					if (!parsed.ok) return [];
					return [provider.buildStatus, provider.buildResult, provider.buildCancel].flatMap(
						(build) => (build ? [new URL(build(parsed.value, context).url)] : []),
					);
				};
				const honest = urlsOf(withoutLinks);
				for (const [index, url] of urlsOf({ ...withoutLinks, [key]: path }).entries()) {
					const like = honest[index];
					expect({
						origin: url.origin,
						segments: url.pathname.split('/').length,
						queries: [...url.searchParams.keys()],
						hash: url.hash,
					}).toEqual({
						origin: like?.origin,
						segments: like?.pathname.split('/').length,
						queries: [...(like?.searchParams.keys() ?? [])],
						hash: '',
					});
				}
			},
		);
	},
);

describe('an answer without a job', () => {
	const synchronous = providers.filter(({ buildStatus }) => !buildStatus);

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'%s keeps where its images are, and not the images',
		(_, provider) => {
			const images = handleOf(provider)['images'] as Array<{ url: string }>;
			expect(images).toHaveLength(2);
			expect(images.map(({ url }) => new URL(url).pathname)).toEqual(['/a.png', '/b.png']);
			expect(JSON.stringify(images)).not.toContain('AQID');
		},
	);

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'%s recalls them',
		(_, provider) => {
			const handle = handleOf(provider);
			const images = (handle['images'] as JsonObject[]).map(({ url, expiresAt }) => ({
				kind: 'url',
				url,
				expiresAt,
			}));
			expect(provider.recall?.(handle)).toMatchObject({ state: 'succeeded', handle, images });
			const bare = { ...handle, images: [] } as Handle;
			expect(provider.recall?.(bare)).toMatchObject({ handle: bare, fault: { code: 'notFound' } });
		},
	);

	it.each(synchronous.map((provider) => [provider.displayName, provider] as const))(
		'%s takes no id that could not be read back',
		(_, provider) => {
			const body = {
				id: '..',
				images: [{ url: 'https://files.example/a.png' }],
				data: [{ url: 'https://files.example/a.png' }],
			};
			const request = {
				operation: 'generate' as const,
				model: 'x',
				prompt: 'a red fox',
				images: [],
				size: { kind: 'auto' as const },
				fields: {},
				additionalFields: {},
			};
			const parsed = provider.parseSubmit(
				{ status: 200, headers: {}, body },
				request,
				contextOf(provider),
			);
			expect(parsed.ok && provider.readHandle(parsed.value.handle)).toMatchObject({ ok: true });
		},
	);

	it('is refused with more images than any answer has', () => {
		const images = Array.from({ length: MAX_IMAGES + 1 }, () => ({
			url: 'https://files.example/a.png',
			expiresAt: null,
		}));
		for (const provider of synchronous)
			expect(provider.readHandle({ id: 'job-1', images })).toMatchObject({ ok: false });
	});

	it('is refused with an address that is none', () => {
		for (const provider of synchronous)
			expect(
				provider.readHandle({ id: 'job-1', images: [{ url: '/a.png', expiresAt: null }] }),
			).toMatchObject({ ok: false });
	});
});
