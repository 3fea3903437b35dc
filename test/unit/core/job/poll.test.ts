import type { JobSnapshot } from '../../../../nodes/FluxKontext/core/job/snapshot';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import {
	cutOff,
	hang,
	json,
	lost,
	page,
	redirect,
	reset,
	stalled,
	text,
	type Answer,
} from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { completed, pending, provider, request, state, statusPath } from './jobs';
import { pollToEnd } from './pollToEnd';

const fixture = useEngineFixture();
const accepted = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const poll = async (timeoutMs?: number) => await pollToEnd(fixture.contextFor(provider, timeoutMs), accepted);
const respondWith = (...answers: Answer[]) => fixture.server.on('GET', statusPath, ...answers);
const seconds = () => fixture.server.requestsTo('GET', statusPath).map(({ at }) => (at - START) / 1000);

const link = 'https://image.runpod.ai/a.png';
const done = completed(link);
const finished = expect.objectContaining({
	ok: true,
	value: expect.objectContaining({ state: 'succeeded' }) as unknown,
}) as unknown;

describe('status requests', () => {
	it('begin after the first delay and follow at the interval', async () => {
		respondWith(pending, pending, done);
		expect(await poll()).toMatchObject({ polls: 3, result: finished });
		expect(seconds()).toEqual([2, 4, 6]);
	});

	it.each([0, 0.5, 0.999_999])(
		'are spaced by the age of the job, up to a tenth above the longest pause, at random value %d',
		async (random) => {
			fixture.random.value = random;
			respondWith(pending);
			await poll();
			const gaps = seconds()
				.map((at, index, all) => at - (all[index - 1] ?? 0))
				.slice(1);
			const { intervalMs, maxIntervalMs } = provider.polling;
			expect(Math.min(...gaps)).toBeGreaterThanOrEqual(intervalMs / 1000 - 0.001);
			expect(Math.max(...gaps)).toBeLessThanOrEqual((maxIntervalMs * 1.1) / 1000 + 0.001);
			const fullPauses = gaps.slice(0, -1).map((gap) => Math.round(gap * 1000));
			expect(fullPauses).toEqual([...fullPauses].sort((a, b) => a - b));
			expect(fullPauses.at(-1)).toBe(Math.round(maxIntervalMs * (1 + 0.1 * random)));
		},
	);

	it('find a finished image within a tenth of the age of the job', async () => {
		respondWith(pending);
		await poll();
		const polls = seconds();
		const lags = polls.slice(1).map((at, index) => (at - (polls[index] ?? 0)) / at);
		expect(lags.filter((lag, index) => (polls[index + 1] ?? 0) > 20 && lag > 0.1)).toEqual([]);
	});

	it('end at the deadline', async () => {
		respondWith(pending);
		const { result } = await poll(5_000);
		expect(result).toMatchObject({ ok: false, fault: { code: 'timeout' } });
		expect(seconds()).toEqual([2, 4]);
		expect(fixture.ports.now()).toBe(START + 5_000);
	});

	it('end at the deadline even where one of them gets no response', async () => {
		respondWith(pending, hang);
		const { result } = await poll(10_000);
		expect(result).toMatchObject({ ok: false, fault: { code: 'timeout' } });
		expect(fixture.ports.now()).toBe(START + 10_000);
	});
});

const body = JSON.stringify({ id: 'job-1', status: 'COMPLETED', output: { image_url: link } });
const failures: Array<[string, Answer, string]> = [
	['408', json(408, {}), 'Runpod answered 408'],
	['425', json(425, {}), 'Runpod answered 425'],
	['429', json(429, { error: 'slow down' }), 'Runpod answered 429: slow down'],
	['500', json(500, { error: 'oops' }), 'Runpod answered 500: oops'],
	['502 with a page', text(502, '<html></html>'), 'Runpod answered 502'],
	['503', json(503, {}), 'Runpod answered 503'],
	['a redirect', redirect('/elsewhere'), 'Runpod answered 302'],
	['an unexpected status', text(499, ''), 'Runpod answered 499'],
	['a connection reset', reset, 'ECONNRESET'],
	['a connection that closes without a response', lost, 'ECONNRESET'],
	['an HTML page', page, 'Runpod answered with a web page in place of JSON'],
	['an empty response', text(200, ''), 'Runpod answered with an empty body in place of JSON'],
	['a truncated response', cutOff(body), 'the answer was cut off'],
	// The deadline cuts the last status request short.
	['no response', hang, 'no answer within 1.2 s'],
	['a response that stalls', stalled(body), 'no whole answer within 1.2 s'],
	[
		'a response of an unknown shape',
		json(200, { id: 'job-1' }),
		'Runpod answered in an unknown shape (status: Required; keys: id)',
	],
];

describe.each(failures)('%s while polling', (_, answer, reason) => {
	it('is retried', async () => {
		respondWith(pending, answer, answer, answer, done);
		expect(await poll()).toMatchObject({ polls: 5, result: finished });
	});

	it('is reported with the last status when the deadline passes', async () => {
		respondWith(state('RUNNING'), answer);
		const { result, snapshot } = await poll(180_000);
		expect(result).toEqual({
			ok: false,
			fault: {
				code: 'timeout',
				message:
					'Runpod did not finish job job-1 in time. Last status: "RUNNING". ' +
					`The most recent status request failed: ${reason}`,
				description:
					"Raise 'Timeout' in the options, or fetch the image later with Job → Wait: " +
					'the job is in the details.',
				httpStatus: null,
				providerStatus: 'RUNNING',
				retryable: true,
			},
		});
		expect(snapshot).toMatchObject({
			state: 'pending',
			handle: { id: 'job-1' },
			providerStatus: 'RUNNING',
		});
	});
});

describe('a transient failure', () => {
	it('includes a response that takes longer than thirty seconds', async () => {
		respondWith(hang, done);
		await poll();
		expect(seconds()).toEqual([2, 32.8]);
	});

	it('is retried with growing back-off, and the plain interval returns once it is over', async () => {
		respondWith(pending, reset, reset, reset, pending, done);
		await poll();
		expect(seconds()).toEqual([2, 4, 4.8, 6.4, 9.6, 11.6]);
	});

	it('is retried after Retry-After, in seconds or as a date, but after a minute at most', async () => {
		const busy = (retryAfter: string) => json(503, {}, { 'retry-after': retryAfter });
		respondWith(busy('9'), busy(new Date(START + 31_000).toUTCString()), busy('7200'), done);
		await poll();
		expect(seconds()).toEqual([2, 11, 31, 91]);
	});

	it('that persists because the server is unreachable ends at the deadline', async () => {
		const context = fixture.contextFor(provider, 60_000);
		await fixture.server.close();
		expect(await pollToEnd(context, accepted)).toMatchObject({
			result: {
				fault: {
					code: 'timeout',
					message:
						'Runpod did not finish job job-1 in time. Last status: "IN_QUEUE". ' +
						'The most recent status request failed: ECONNREFUSED',
				},
			},
		});
	});

	it('is no longer reported once a status request has succeeded', async () => {
		respondWith(reset, state('DAYDREAMING'));
		expect(await poll(30_000)).toMatchObject({
			result: {
				fault: {
					message: 'Runpod did not finish job job-1 in time. Last status: "DAYDREAMING"',
					providerStatus: 'DAYDREAMING',
				},
			},
		});
	});
});

it('an unknown status word counts as pending', async () => {
	respondWith(state('DAYDREAMING'), state(''), done);
	expect(await poll()).toMatchObject({ polls: 3, result: finished });
});

describe('"no such job"', () => {
	const unknown = json(404, { error: 'job not found' });

	it('is retried while the job is new', async () => {
		respondWith(unknown, unknown, unknown, done);
		expect(await poll()).toMatchObject({ polls: 4, result: finished });
	});

	it('ends polling once the job is ten seconds old', async () => {
		respondWith(unknown);
		expect(await poll()).toMatchObject({
			polls: 5,
			result: {
				ok: false,
				fault: { code: 'notFound', message: 'Runpod answered 404: job not found', httpStatus: 404 },
			},
		});
		expect(seconds()).toEqual([2, 2.8, 4.4, 7.6, 14]);
	});

	it('is treated alike where a status word says it', async () => {
		const path = /^\/v1\/get_result/;
		const missing = json(200, { id: 'job-1', status: 'Task not found' });
		const handle = { id: 'job-1', pollingUrl: null, credits: null };
		const first: JobSnapshot<typeof handle> = { state: 'pending', handle, providerStatus: 'Pending' };
		fixture.server.on(
			'GET',
			path,
			missing,
			missing,
			json(200, { id: 'job-1', status: 'Ready', result: { sample: link } }),
		);
		expect(await pollToEnd(fixture.contextFor(blackForestLabs), first)).toMatchObject({
			polls: 3,
			result: finished,
		});
		fixture.server.on('GET', path, missing);
		expect(await pollToEnd(fixture.contextFor(blackForestLabs), first)).toMatchObject({
			result: { ok: false, fault: { code: 'notFound', providerStatus: 'Task not found' } },
		});
	});
});

it.each([
	['401', json(401, { error: 'Unauthorized' }), 'auth'],
	['403', json(403, {}), 'auth'],
	['400 without a state', json(400, { error: 'bad id' }), 'invalidRequest'],
])('%s ends polling at once', async (_, answer, code) => {
	respondWith(answer, done);
	expect(await poll()).toMatchObject({ polls: 1, result: { ok: false, fault: { code } } });
});

it('a job that is already finished is not polled', async () => {
	const snapshot = {
		state: 'succeeded' as const,
		handle: accepted.handle,
		providerStatus: 'COMPLETED',
		images: [],
		meta: {},
	};
	expect(await pollToEnd(fixture.contextFor(provider), snapshot)).toEqual({
		snapshot,
		result: { ok: true, value: snapshot },
		polls: 0,
	});
});

describe('a finished job without an image that can be read', () => {
	const withoutImage = state('COMPLETED', { output: { note: 'soon' } });

	it('ends after four looks within seconds, with the keys of the answer', async () => {
		respondWith(withoutImage);
		const { result, snapshot } = await poll();
		expect(result).toMatchObject({
			ok: false,
			fault: {
				code: 'badResponse',
				message:
					'Runpod says that the job is COMPLETED, but its answer holds no image that can be read ' +
					'(keys: id, status, output)',
				providerStatus: 'COMPLETED',
			},
		});
		expect(snapshot.state).toBe('unreadable');
		expect(seconds()).toEqual([2, 2.8, 4.4, 7.6]);
	});

	it('is delivered where the image follows a moment later', async () => {
		respondWith(withoutImage, withoutImage, json(200, JSON.parse(body)));
		expect(await poll()).toMatchObject({ result: { ok: true }, snapshot: { state: 'succeeded' } });
	});
});

describe('a failure that an infrastructure error tells', () => {
	const overloaded = json(503, { id: 'job-1', status: 'FAILED', error: 'upstream' });

	it('is believed at the second look', async () => {
		respondWith(overloaded);
		expect(await poll()).toMatchObject({
			result: {
				ok: false,
				fault: { code: 'failed', message: 'Runpod ended the job as FAILED: upstream' },
			},
		});
		expect(seconds()).toHaveLength(2);
	});

	it('is forgotten where the job goes on', async () => {
		respondWith(overloaded, state('RUNNING'), overloaded, json(200, JSON.parse(body)));
		expect(await poll()).toMatchObject({ result: { ok: true } });
	});
});
