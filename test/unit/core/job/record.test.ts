import fc from 'fast-check';

import { readJob } from '../../../../nodes/FluxKontext/core/job/record';
import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../../nodes/FluxKontext/providers';
import { contextOf, handleOf } from '../../providers/samples';
import { addressesOf, finishedOf, mayReceiveKey, recordsOf, refusal } from './records';

// A job record comes from an item: anybody may have written it, and its addresses receive the key.

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
	'a job record of %s',
	(_, provider) => {
		const context = contextOf(provider);
		const read = (value: unknown) => readJob(value, provider);
		const record = finishedOf(provider);
		const readWith = (changes: object) => read({ ...record, ...changes });

		it('is read back unchanged in each of its states, as an object or as JSON', () => {
			for (const state of recordsOf(provider)) {
				expect(read(throughJson(state))).toEqual({ ok: true, value: state });
				expect(read(JSON.stringify(state))).toEqual({ ok: true, value: state });
			}
		});

		it('is read without foreign properties', () => {
			expect(readWith({ fault: { code: 'failed' }, apiKey: 'x' })).toEqual({ ok: true, value: record });
		});

		it('is pending where its status is unknown, without a provider status where that is not text', () => {
			expect(readWith({ status: 'done', providerStatus: { a: 1 } })).toEqual({
				ok: true,
				value: { ...record, status: 'pending', providerStatus: '' },
			});
		});

		it.each(
			providers
				.filter(({ id }) => id !== provider.id)
				.map((other) => [other.displayName, other] as const),
		)('is refused by %s', (__, other) => {
			expect(readJob(record, other)).toEqual(
				refusal(
					`'Job' is one of the provider ${provider.id}, but 'Provider' is ${other.displayName}`,
				),
			);
		});

		it('is refused where it names this provider but holds the handle of another', () => {
			const accepting = providers.filter(
				(other) => other.id !== provider.id && readWith({ handle: handleOf(other) }).ok,
			);
			// Handles that hold only an id, or the links of a response, have one shape at several providers.
			const hasSameShape = (other: Provider) =>
				Object.keys(handleOf(provider)).every((key) => key in handleOf(other)) &&
				!Object.keys(record.handle).some((key) => key.endsWith('Url'));
			expect(accepting.filter((other) => !hasSameShape(other)).map(({ id }) => id)).toEqual([]);
		});

		it.each([[undefined], [null], ['']])('is reported as empty where it is %j', (value) => {
			expect(read(value)).toEqual(refusal("'Job' is empty"));
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
		])('is refused where it is not the JSON of a job: %j', (value) => {
			expect(read(value)).toEqual(refusal("'Job' is not the JSON of a job"));
		});

		it.each([[undefined], [null], [''], [{}], [[]]])('is refused where its provider is %j', (value) => {
			expect(readWith({ provider: value })).toEqual(refusal("'Job' names no provider"));
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
		])('is reported as damaged where its %s is %j', (key, value) => {
			expect(readWith({ [key]: value })).toEqual(refusal(expect.stringMatching(/^'Job' is damaged: /)));
		});

		it('is reported as damaged where its handle belongs to another job', () => {
			expect(readWith({ id: 'job-2' })).toEqual(
				refusal("'Job' is damaged: its handle belongs to another job"),
			);
			expect(readWith({ handle: { ...record.handle, id: 'job-2' } })).toEqual(
				refusal("'Job' is damaged: its handle belongs to another job"),
			);
		});

		it.each(['', '.', '..', '.....', 'a\r\nhost: evil.example', '\0', 'x'.repeat(501), '\ud800'])(
			'is reported as damaged where its id is %j, which fits into no address',
			(id) => {
				expect(readWith({ id, handle: { ...record.handle, id } })).toEqual(
					refusal(expect.stringMatching(/^'Job' is damaged: its handle does not fit \(id: /)),
				);
			},
		);

		it('is refused or leads only to trusted addresses, whatever replaces any part of it', () => {
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
							(url) => !mayReceiveKey(url, provider, context.baseUrl),
						),
					).toEqual([]);
				}),
				{ numRuns: 1_000 },
			);
		});
	},
);
