import fc from 'fast-check';

import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { providers } from '../../../nodes/FluxKontext/providers';
import { fixtures } from '../../fixtures';
import { preparedRequest } from '../../support/requests';
import { handleOf } from './samples';

const context = { baseUrl: 'https://api.example', now: Date.parse('2026-11-20T12:00:00Z') };

/** Bodies that are nearly right: the known keys with values of any kind. */
const knownKeys = [
	'id',
	'status',
	'error',
	'detail',
	'details',
	'message',
	'msg',
	'loc',
	'output',
	'image_url',
	'result',
	'sample',
	'seed',
	'prompt',
	'cost',
	'polling_url',
	'unsigned_urls',
	'data',
	'url',
	'b64_json',
	'expires_at',
	'delayTime',
	'executionTime',
	'start_time',
	'end_time',
	'Moderation Reasons',
	'request_id',
	'images',
	'type',
	'error_type',
	'has_nsfw_concepts',
	'urls',
	'metrics',
	'data_removed',
	'timings',
	'title',
	'__proto__',
	'length',
	'toString',
];
const words = providers.flatMap(({ statuses }) =>
	Object.values(statuses).flatMap((list: readonly string[]) => [...list]),
);
const value = fc.oneof(
	fc.jsonValue({ maxDepth: 2 }),
	fc.constantFrom('https://a.example/b.png', 'job-1', ...words),
);
const nearly = fc.letrec<{ object: Record<string, unknown>; any: unknown }>((tie) => ({
	object: fc.dictionary(fc.constantFrom(...knownKeys), tie('any'), { maxKeys: 8 }),
	any: fc.oneof({ maxDepth: 3 }, value, tie('object'), fc.array(tie('any'), { maxLength: 3 })),
})).object;
const body = fc.oneof(fc.jsonValue(), fc.string(), fc.constant(undefined), nearly);
const response: fc.Arbitrary<HttpResponse> = fc.record({
	status: fc.integer({ min: 100, max: 599 }),
	headers: fc.constant({}),
	body,
});

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('%s', (_, provider) => {
	const request = preparedRequest({ model: provider.models[0]?.id ?? '' });
	const handle = handleOf(provider);

	it('reads every answer without throwing, into a snapshot whose handle can be read back or a fault with a text', () => {
		fc.assert(
			fc.property(response, (answer) => {
				const read = [
					provider.parseSubmit(answer, request, context),
					provider.parseStatus?.(answer, handle, context),
					provider.parseResult?.(answer, handle, context),
				].filter((result) => result !== undefined);
				for (const result of read) {
					if (result.ok)
						expect(provider.readHandle(JSON.parse(JSON.stringify(result.value.handle)))).toEqual({
							ok: true,
							value: result.value.handle,
						});
					else
						expect(result.fault).toMatchObject({
							retryable: expect.any(Boolean) as unknown,
							message: expect.stringContaining(provider.displayName) as unknown,
						});
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('makes a fault of every error answer', () => {
		fc.assert(
			fc.property(response, (answer) => {
				const { message, httpStatus } = provider.parseError(answer);
				expect(message.startsWith(`${provider.displayName} answered ${answer.status}`)).toBe(true);
				expect(httpStatus).toBe(answer.status);
				provider.readsErrorStatus?.(answer);
			}),
			{ numRuns: 500 },
		);
	});

	const statusBody = fixtures[provider.id]?.statusBody ?? ((status: string) => ({ id: 'job-1', status }));
	const stateFor = (word: string) => {
		const read = provider.parseStatus?.(
			{ status: 200, headers: {}, body: statusBody(word) },
			handle,
			context,
		);
		return read?.ok ? read.value : null;
	};

	it('takes every word that it does not know as pending, and keeps the word', () => {
		if (!provider.parseStatus) return;
		const known = [...provider.statuses.succeeded, ...provider.statuses.failed];
		fc.assert(
			fc.property(fc.string(), (word) => {
				fc.pre(!known.includes(word.toLowerCase()));
				expect(stateFor(word)).toMatchObject({
					state: 'pending',
					providerStatus: word,
					handle: { id: 'job-1' },
				});
			}),
		);
	});

	it('knows every word of its lists, in capitals as well', () => {
		if (!provider.parseStatus) return;
		const { pending, succeeded, failed } = provider.statuses;
		const states = (words: readonly string[]) =>
			words.flatMap((word) => [stateFor(word)?.state, stateFor(word.toUpperCase())?.state]);
		expect(states(pending)).toEqual(states(pending).map(() => 'pending'));
		expect(states(failed)).toEqual(states(failed).map(() => 'failed'));
		// A success without an image makes no sense, where the image is not fetched in a second step.
		expect(states(succeeded)).toEqual(
			states(succeeded).map(() => (provider.buildResult ? 'resultReady' : undefined)),
		);
	});
});
