import { pollJob, type PollOptions } from '../../../../nodes/FluxKontext/core/job/poll';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { json, reset, type Answer } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { completed, pending, provider, request, state, statusPath } from './jobs';

// Jobs of earlier runs, single checks, and the pauses that a provider asks for.

const fixture = useEngineFixture();
const first = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const poll = async (options: Partial<PollOptions>, timeoutMs?: number) =>
	await pollJob(fixture.contextFor(provider, timeoutMs), first, {
		submittedAt: START,
		model: request.model,
		...options,
	});
const respondWith = (...answers: Answer[]) => fixture.server.on('GET', statusPath, ...answers);
const seconds = (path = statusPath) =>
	fixture.server.requestsTo('GET', path).map(({ at }) => (at - START) / 1000);

const done = completed('https://image.runpod.ai/a.png');
const minuteMs = 60_000;

describe('polling with `atOnce`', () => {
	it('sends the first status request without a wait, and the others at the usual pace', async () => {
		respondWith(pending, pending, done);
		expect(await poll({ atOnce: true })).toMatchObject({
			polls: 3,
			snapshot: { state: 'succeeded' },
			fault: null,
		});
		expect(seconds()).toEqual([0, 2, 4]);
	});

	it('sends no request for a run that was stopped', async () => {
		fixture.stop.abort();
		expect(await poll({ atOnce: true })).toMatchObject({
			polls: 0,
			snapshot: first,
			fault: { code: 'cancelled' },
		});
		expect(fixture.server.requests).toEqual([]);
	});
});

describe('the age of the job', () => {
	it('makes the pauses of an old job as long as if it had been polled since its submit', async () => {
		respondWith(pending, pending, done);
		await poll({ submittedAt: START - 10 * minuteMs, atOnce: true });
		expect(seconds()).toEqual([0, 5, 10]);
	});

	it('sets the pauses of a younger job as a share of it', async () => {
		respondWith(pending, pending, done);
		await poll({ submittedAt: START - 50_000, atOnce: true });
		expect(seconds()).toEqual([0, 3, 6.18]);
	});

	it('is zero where the clock of the submitting machine was ahead', async () => {
		respondWith(pending, pending, done);
		await poll({ submittedAt: START + 10 * minuteMs, atOnce: true });
		expect(seconds()).toEqual([0, 2, 4]);
	});

	it('decides whether "no such job" is retried', async () => {
		respondWith(json(404, { error: 'job not found' }), done);
		expect(await poll({ submittedAt: START - 20_000, atOnce: true })).toMatchObject({
			polls: 1,
			snapshot: first,
			fault: { code: 'notFound' },
		});
		respondWith(json(404, { error: 'job not found' }), done);
		expect(await poll({ atOnce: true })).toMatchObject({ polls: 2, snapshot: { state: 'succeeded' } });
	});
});

describe('polling with `once`', () => {
	const once = { atOnce: true, once: true };

	it('returns a pending job in the state that the provider reports', async () => {
		respondWith(state('RUNNING'));
		expect(await poll(once)).toEqual({
			snapshot: { ...first, providerStatus: 'RUNNING' },
			fault: null,
			polls: 1,
		});
		expect(seconds()).toEqual([0]);
	});

	it('returns the image of a finished job', async () => {
		respondWith(done);
		expect(await poll(once)).toMatchObject({
			snapshot: { state: 'succeeded', images: [{ url: 'https://image.runpod.ai/a.png' }] },
			fault: null,
			polls: 1,
		});
	});

	it('returns the reason why a job failed', async () => {
		respondWith(state('FAILED', { error: 'no' }));
		expect(await poll(once)).toMatchObject({
			snapshot: { state: 'failed' },
			fault: { code: 'failed', message: 'Runpod ended the job as FAILED: no' },
			polls: 1,
		});
	});

	it('sends a second request where the result has an address of its own', async () => {
		const handle = {
			id: 'job-1',
			endpoint: 'fal-ai/flux-pro/kontext',
			statusUrl: null,
			responseUrl: null,
			cancelUrl: null,
			runMs: null,
		};
		fixture.server.on('GET', /\/status$/, json(200, { status: 'COMPLETED' }));
		fixture.server.on(
			'GET',
			/\/requests\/job-1$/,
			json(200, { images: [{ url: 'https://v3.fal.media/a.png' }] }),
		);
		const result = await pollJob(
			fixture.contextFor(fal),
			{ state: 'pending', handle, providerStatus: 'IN_QUEUE' },
			{ submittedAt: START, model: request.model, ...once },
		);
		expect(result).toMatchObject({ snapshot: { state: 'succeeded' }, fault: null, polls: 2 });
		expect(fixture.ports.now()).toBe(START);
	});

	it('retries transient failures until the provider has reported the state', async () => {
		respondWith(reset, json(503, {}), pending);
		expect(await poll(once)).toMatchObject({
			snapshot: { state: 'pending', providerStatus: 'IN_PROGRESS' },
			fault: null,
			polls: 3,
		});
		expect(seconds()).toEqual([0, 0.8, 2.4]);
	});

	it('reports the latest failure where the state is not known by the deadline', async () => {
		respondWith(json(503, { error: 'maintenance' }));
		expect(await poll(once, 10_000)).toMatchObject({
			snapshot: first,
			fault: {
				code: 'unavailable',
				message:
					'Runpod did not report the state of job job-1. ' +
					'The most recent status request failed: Runpod answered 503: maintenance',
				providerStatus: 'IN_QUEUE',
				retryable: true,
			},
			polls: 4,
		});
		expect(fixture.ports.now()).toBe(START + 10_000);
	});

	it('ends at once with a permanent failure', async () => {
		respondWith(json(401, { error: 'Unauthorized' }), done);
		expect(await poll(once)).toMatchObject({ snapshot: first, fault: { code: 'auth' }, polls: 1 });
	});
});

describe('the Retry-After of a successful response', () => {
	const askingFor = (retryAfter: string): Answer =>
		json(200, { id: 'job-1', status: 'IN_PROGRESS' }, { 'retry-after': retryAfter });

	it('postpones the next poll, in seconds or as a date, by a minute at most', async () => {
		respondWith(
			askingFor('9'),
			askingFor(new Date(START + 31_000).toUTCString()),
			askingFor('7200'),
			done,
		);
		await poll({});
		expect(seconds()).toEqual([2, 11, 31, 91]);
	});

	it.each(['1', '0', '-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
		'never shortens the pause: %s',
		async (retryAfter) => {
			respondWith(askingFor(retryAfter), askingFor(retryAfter), done);
			await poll({});
			expect(seconds()).toEqual([2, 4, 6]);
		},
	);

	it('applies to that one pause', async () => {
		respondWith(askingFor('9'), pending, done);
		await poll({});
		expect(seconds()).toEqual([2, 11, 13]);
	});

	it('does not delay a result that is ready', async () => {
		const handle = {
			id: 'job-1',
			endpoint: 'fal-ai/flux-pro/kontext',
			statusUrl: null,
			responseUrl: null,
			cancelUrl: null,
			runMs: null,
		};
		fixture.server.on('GET', /\/status$/, json(200, { status: 'COMPLETED' }, { 'retry-after': '30' }));
		fixture.server.on(
			'GET',
			/\/requests\/job-1$/,
			json(200, { images: [{ url: 'https://v3.fal.media/a.png' }] }),
		);
		await pollJob(
			fixture.contextFor(fal),
			{ state: 'pending', handle, providerStatus: 'IN_QUEUE' },
			{ submittedAt: START, model: request.model },
		);
		expect(seconds(/./)).toEqual([0.5, 0.5]);
	});

	it('does not extend the deadline', async () => {
		respondWith(askingFor('50'));
		expect(await poll({}, 20_000)).toMatchObject({ fault: { code: 'timeout' }, polls: 1 });
		expect(fixture.ports.now()).toBe(START + 20_000);
	});
});
