import fc from 'fast-check';

import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';
import { fixtures } from '../../fixtures';
import { endpointsOf } from '../../support/endpoints';
import { preparedRequest } from '../../support/requests';
import { handleOf } from './samples';

const context = { baseUrl: 'https://api.example', now: Date.parse('2026-11-20T12:00:00Z') };

/** Runs of a property that is checked with random responses. */
const RANDOM_RUNS = 500;

const jobProviders = providers.filter((provider) => isJobProvider(provider));

/** Keys of real responses, which random bodies combine with values of any kind. */
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
const statusWords = jobProviders.flatMap(({ statuses }) =>
	[statuses.pending, statuses.succeeded, statuses.failed].flat(),
);
const value = fc.oneof(
	fc.jsonValue({ maxDepth: 2 }),
	fc.constantFrom('https://a.example/b.png', 'job-1', ...statusWords),
);
const almostValidBody = fc.letrec<{ object: Record<string, unknown>; any: unknown }>((tie) => ({
	object: fc.dictionary(fc.constantFrom(...knownKeys), tie('any'), { maxKeys: 8 }),
	any: fc.oneof({ maxDepth: 3 }, value, tie('object'), fc.array(tie('any'), { maxLength: 3 })),
})).object;
const body = fc.oneof(fc.jsonValue(), fc.string(), fc.constant(undefined), almostValidBody);
const anyResponse: fc.Arbitrary<HttpResponse> = fc.record({
	status: fc.integer({ min: 100, max: 599 }),
	headers: fc.constant({}),
	body,
});

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('%s', (_, provider) => {
	const request = preparedRequest({ model: provider.models[0]?.id ?? '' });
	const handle = handleOf(provider);

	const { status, result: resultEndpoint } = endpointsOf(provider);

	it('parses every response to a snapshot with a valid handle, or to a fault with a message', () => {
		fc.assert(
			fc.property(anyResponse, (response) => {
				const results = [
					provider.submit.parse(response, request, context),
					status?.parse(response, handle, context),
					resultEndpoint?.parse(response, handle, context),
				].filter((result) => result !== undefined);
				for (const result of results) {
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
			{ numRuns: RANDOM_RUNS },
		);
	});

	it('maps every response with an error status to a fault', () => {
		fc.assert(
			fc.property(anyResponse, (response) => {
				const { message, httpStatus } = provider.parseError(response);
				expect(message.startsWith(`${provider.displayName} answered ${response.status}`)).toBe(true);
				expect(httpStatus).toBe(response.status);
				status?.readsErrorStatus?.(response);
				resultEndpoint?.readsErrorStatus?.(response);
			}),
			{ numRuns: RANDOM_RUNS },
		);
	});
});

describe.each(jobProviders.map((provider) => [provider.displayName, provider] as const))(
	'%s',
	(_, provider) => {
		const handle = handleOf(provider);
		const statusBody =
			fixtures[provider.id]?.statusBody ?? ((status: string) => ({ id: 'job-1', status }));
		const snapshotFor = (word: string) => {
			const response = { status: 200, headers: {}, body: statusBody(word) };
			const parsed = provider.status.parse(response, handle, context);
			return parsed.ok ? parsed.value : null;
		};

		it('treats every unknown status word as pending, and keeps the word', () => {
			const known = [...provider.statuses.succeeded, ...provider.statuses.failed];
			fc.assert(
				fc.property(fc.string(), (word) => {
					fc.pre(!known.includes(word.toLowerCase()));
					expect(snapshotFor(word)).toMatchObject({
						state: 'pending',
						providerStatus: word,
						handle: { id: 'job-1' },
					});
				}),
			);
		});

		it('recognises every status word of its lists, in lower and upper case', () => {
			const { pending, succeeded, failed } = provider.statuses;
			const states = (words: readonly string[]) =>
				words.flatMap((word) => [snapshotFor(word)?.state, snapshotFor(word.toUpperCase())?.state]);
			expect(states(pending)).toEqual(states(pending).map(() => 'pending'));
			expect(states(failed)).toEqual(states(failed).map(() => 'failed'));
			// A success without an image is unreadable, unless the result has an endpoint of its own.
			expect(states(succeeded)).toEqual(
				states(succeeded).map(() => (provider.result ? 'resultReady' : 'unreadable')),
			);
		});
	},
);
