import { followJob, type Following } from '../../../../nodes/FluxKontext/core/job/poll';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { json, reset, type Answer } from '../../../support/scriptedServer';
import { completed, pending, provider, request, state, statusPath } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

// Jobs that were submitted earlier, single looks, and the pace that a provider asks for.

const fixture = useEngineFixture();
const first = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const follow = async (following: Partial<Following>, timeoutMs?: number) =>
	await followJob(fixture.run(provider, timeoutMs), first, {
		submittedAt: START,
		model: request.model,
		...following,
	});
const answering = (...answers: Answer[]) => fixture.server.on('GET', statusPath, ...answers);
const seconds = (path = statusPath) => fixture.server.seen('GET', path).map(({ at }) => (at - START) / 1000);

const done = completed('https://image.runpod.ai/a.png');
const minutes = 60_000;

describe('a look at once', () => {
	it('comes before any wait, and the others follow at the pace of the job', async () => {
		answering(pending, pending, done);
		expect(await follow({ atOnce: true })).toMatchObject({
			polls: 3,
			snapshot: { state: 'succeeded' },
			fault: null,
		});
		expect(seconds()).toEqual([0, 2, 4]);
	});

	it('is not made for a run that was stopped', async () => {
		fixture.stop.abort();
		expect(await follow({ atOnce: true })).toMatchObject({
			polls: 0,
			snapshot: first,
			fault: { code: 'cancelled' },
		});
		expect(fixture.server.requests).toEqual([]);
	});
});

describe('the pauses follow the age of the job, not of the run', () => {
	it('so an old job is looked at as seldom as it would have been', async () => {
		answering(pending, pending, done);
		await follow({ submittedAt: START - 10 * minutes, atOnce: true });
		expect(seconds()).toEqual([0, 5, 10]);
	});

	it('in between they are a share of it', async () => {
		answering(pending, pending, done);
		await follow({ submittedAt: START - 50_000, atOnce: true });
		expect(seconds()).toEqual([0, 3, 6.18]);
	});

	it('a clock that was ahead where the job was submitted makes it new, not younger than that', async () => {
		answering(pending, pending, done);
		await follow({ submittedAt: START + 10 * minutes, atOnce: true });
		expect(seconds()).toEqual([0, 2, 4]);
	});

	it('so "no such job" is waited out for a new job only', async () => {
		answering(json(404, { error: 'job not found' }), done);
		expect(await follow({ submittedAt: START - 20_000, atOnce: true })).toMatchObject({
			polls: 1,
			snapshot: first,
			fault: { code: 'notFound' },
		});
		answering(json(404, { error: 'job not found' }), done);
		expect(await follow({ atOnce: true })).toMatchObject({ polls: 2, snapshot: { state: 'succeeded' } });
	});
});

describe('a single look', () => {
	const once = { atOnce: true, once: true };

	it('comes back with a job that is pending, as the provider has it', async () => {
		answering(state('RUNNING'));
		expect(await follow(once)).toEqual({
			snapshot: { ...first, providerStatus: 'RUNNING' },
			fault: null,
			polls: 1,
		});
		expect(seconds()).toEqual([0]);
	});

	it('comes back with the image of a job that is finished', async () => {
		answering(done);
		expect(await follow(once)).toMatchObject({
			snapshot: { state: 'succeeded', images: [{ url: 'https://image.runpod.ai/a.png' }] },
			fault: null,
			polls: 1,
		});
	});

	it('comes back with the reason of a job that failed', async () => {
		answering(state('FAILED', { error: 'no' }));
		expect(await follow(once)).toMatchObject({
			snapshot: { state: 'failed' },
			fault: { code: 'failed', message: 'Runpod ended the job as FAILED: no' },
			polls: 1,
		});
	});

	it('takes a second request where the result has an address of its own', async () => {
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
		const seen = await followJob(
			fixture.run(fal),
			{ state: 'pending', handle, providerStatus: 'IN_QUEUE' },
			{ submittedAt: START, model: request.model, ...once },
		);
		expect(seen).toMatchObject({ snapshot: { state: 'succeeded' }, fault: null, polls: 2 });
		expect(fixture.ports.now()).toBe(START);
	});

	it('rides out trouble until the provider has said how the job is', async () => {
		answering(reset, json(503, {}), pending);
		expect(await follow(once)).toMatchObject({
			snapshot: { state: 'pending', providerStatus: 'IN_PROGRESS' },
			fault: null,
			polls: 3,
		});
		expect(seconds()).toEqual([0, 0.8, 2.4]);
	});

	it('that learns nothing in time says so, and what stood in the way', async () => {
		answering(json(503, { error: 'maintenance' }));
		expect(await follow(once, 10_000)).toMatchObject({
			snapshot: first,
			fault: {
				code: 'unavailable',
				message:
					'Runpod did not say how job job-1 is, the last look at it failed: Runpod answered 503: maintenance',
				providerStatus: 'IN_QUEUE',
				retryable: true,
			},
			polls: 4,
		});
		expect(fixture.ports.now()).toBe(START + 10_000);
	});

	it('ends at once with what does not pass', async () => {
		answering(json(401, { error: 'Unauthorized' }), done);
		expect(await follow(once)).toMatchObject({ snapshot: first, fault: { code: 'auth' }, polls: 1 });
	});
});

describe('the time that a good answer asks for', () => {
	const asking = (retryAfter: string): Answer =>
		json(200, { id: 'job-1', status: 'IN_PROGRESS' }, { 'retry-after': retryAfter });

	it('is waited, in seconds or as a date, a minute at most', async () => {
		answering(asking('9'), asking(new Date(START + 31_000).toUTCString()), asking('7200'), done);
		await follow({});
		expect(seconds()).toEqual([2, 11, 31, 91]);
	});

	it.each(['1', '0', '-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
		'never makes the pace tighter than it is: %s',
		async (retryAfter) => {
			answering(asking(retryAfter), asking(retryAfter), done);
			await follow({});
			expect(seconds()).toEqual([2, 4, 6]);
		},
	);

	it('holds for that one pause', async () => {
		answering(asking('9'), pending, done);
		await follow({});
		expect(seconds()).toEqual([2, 11, 13]);
	});

	it('does not hold up a result that is ready', async () => {
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
		await followJob(
			fixture.run(fal),
			{ state: 'pending', handle, providerStatus: 'IN_QUEUE' },
			{ submittedAt: START, model: request.model },
		);
		expect(seconds(/./)).toEqual([0.5, 0.5]);
	});

	it('does not go past the deadline', async () => {
		answering(asking('50'));
		expect(await follow({}, 20_000)).toMatchObject({ fault: { code: 'timeout' }, polls: 1 });
		expect(fixture.ports.now()).toBe(START + 20_000);
	});
});
