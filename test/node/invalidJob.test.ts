import { useJobFixture } from './jobFixture';

const { fixture, runJobOperation } = useJobFixture();

describe('an invalid job', () => {
	const record = {
		provider: 'fal',
		model: 'kontext/pro',
		id: 'abc',
		status: 'pending',
		providerStatus: 'IN_QUEUE',
		submittedAt: '2026-11-20T12:00:00.000Z',
	};
	const handle = {
		id: 'abc',
		endpoint: 'fal-ai/flux-pro/kontext',
		statusUrl: null,
		responseUrl: null,
		cancelUrl: null,
		runMs: null,
	};
	const foreignUrl = 'https://evil.example/requests/abc';

	it.each<[string, unknown, string]>([
		['is empty', undefined, 'is empty'],
		['is not JSON', 'abc', 'is not the JSON of a job'],
		['names no provider', { ...record, provider: '', handle }, 'names no provider'],
		[
			'has an invalid date',
			{ ...record, submittedAt: 'yesterday', handle },
			'is damaged: submittedAt must be a date such as 2026-01-31T12:00:00.000Z',
		],
		['has no handle', record, 'is damaged: its handle does not fit (handle: Required)'],
		[
			'has the handle of another job',
			{ ...record, handle: { ...handle, id: 'xyz' } },
			'is damaged: its handle belongs to another job',
		],
		[
			'leads outside the API',
			{ ...record, handle: { ...handle, endpoint: '../..' } },
			'is damaged: its handle does not fit (endpoint: Invalid)',
		],
	])('that %s is refused before any request', async (_, job, reason) => {
		for (const operation of ['get', 'wait', 'cancel']) {
			const run = await runJobOperation(operation, 'fal', { job });
			expect(run.error).toMatchObject({
				message: `'Job' ${reason} [Item 0]`,
				context: { code: 'invalidRequest', job: null },
			});
		}
		expect(fixture.emulator.requests).toEqual([]);
	});

	it.each(['statusUrl', 'responseUrl', 'cancelUrl'])(
		'that has a foreign %s is asked for at the base URL alone',
		async (field) => {
			for (const operation of ['get', 'wait', 'cancel']) {
				const run = await runJobOperation(operation, 'fal', {
					job: { ...record, handle: { ...handle, [field]: foreignUrl } },
				});
				const [item] = run.items;
				const message = run.error?.message ?? item?.json['message'];
				expect(message).toContain('fal answered 404: NOT_FOUND');
			}
			expect(fixture.emulator.requests.length).toBeGreaterThan(0);
		},
	);
});
