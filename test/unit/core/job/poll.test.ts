import { followToEnd } from './pollToEnd';
import type { JobSnapshot } from '../../../../nodes/FluxKontext/core/provider';
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
import { completed, pending, provider, request, state, statusPath } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const accepted = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const finish = async (timeoutMs?: number) => await followToEnd(fixture.run(provider, timeoutMs), accepted);
const answering = (...answers: Answer[]) => fixture.server.on('GET', statusPath, ...answers);
const seconds = () => fixture.server.seen('GET', statusPath).map(({ at }) => (at - START) / 1000);

const link = 'https://image.runpod.ai/a.png';
const done = completed(link);
const finished = expect.objectContaining({
	ok: true,
	value: expect.objectContaining({ state: 'succeeded' }) as unknown,
}) as unknown;

describe('the times of the looks', () => {
	it('are the first delay, then the interval', async () => {
		answering(pending, pending, done);
		expect(await finish()).toMatchObject({ polls: 3, result: finished });
		expect(seconds()).toEqual([2, 4, 6]);
	});

	it.each([0, 0.5, 0.999_999])(
		'grow with the age of the job, from the interval to a tenth above the longest, at chance %d',
		async (chance) => {
			fixture.chance.value = chance;
			answering(pending);
			await finish();
			const gaps = seconds()
				.map((at, index, all) => at - (all[index - 1] ?? 0))
				.slice(1);
			const { intervalMs, maxIntervalMs } = provider.polling;
			expect(Math.min(...gaps)).toBeGreaterThanOrEqual(intervalMs / 1000 - 0.001);
			expect(Math.max(...gaps)).toBeLessThanOrEqual((maxIntervalMs * 1.1) / 1000 + 0.001);
			const settled = gaps.slice(0, -1).map((gap) => Math.round(gap * 1000));
			expect(settled).toEqual([...settled].sort((a, b) => a - b));
			expect(settled.at(-1)).toBe(Math.round(maxIntervalMs * (1 + 0.1 * chance)));
		},
	);

	it('stay a small part of the job: an image is noticed within a tenth of its age', async () => {
		answering(pending);
		await finish();
		const looks = seconds();
		const lags = looks.slice(1).map((at, index) => (at - (looks[index] ?? 0)) / at);
		expect(lags.filter((lag, index) => (looks[index + 1] ?? 0) > 20 && lag > 0.1)).toEqual([]);
	});

	it('end with the deadline', async () => {
		answering(pending);
		const { result } = await finish(5_000);
		expect(result).toMatchObject({ ok: false, fault: { code: 'timeout' } });
		expect(seconds()).toEqual([2, 4]);
		expect(fixture.ports.now()).toBe(START + 5_000);
	});

	it('do not go past the deadline even for a look that gets no answer', async () => {
		answering(pending, hang);
		const { result } = await finish(10_000);
		expect(result).toMatchObject({ ok: false, fault: { code: 'timeout' } });
		expect(fixture.ports.now()).toBe(START + 10_000);
	});
});

const body = JSON.stringify({ id: 'job-1', status: 'COMPLETED', output: { image_url: link } });
const troubles: Array<[string, Answer, string]> = [
	['408', json(408, {}), 'Runpod answered 408'],
	['425', json(425, {}), 'Runpod answered 425'],
	['429', json(429, { error: 'slow down' }), 'Runpod answered 429: slow down'],
	['500', json(500, { error: 'oops' }), 'Runpod answered 500: oops'],
	['502 with a page', text(502, '<html></html>'), 'Runpod answered 502'],
	['503', json(503, {}), 'Runpod answered 503'],
	['a redirect', redirect('/elsewhere'), 'Runpod answered 302'],
	['a status that means nothing here', text(499, ''), 'Runpod answered 499'],
	['a reset', reset, 'ECONNRESET'],
	['a lost answer', lost, 'ECONNRESET'],
	['an HTML page', page, 'Runpod answered with something that is not a JSON object'],
	['an empty answer', text(200, ''), 'Runpod answered with something that is not a JSON object'],
	['half an answer', cutOff(body), 'the answer was cut off'],
	// The last look is cut short by the deadline.
	['no answer', hang, 'no answer within 1.2 s'],
	['an answer that stands still', stalled(body), 'no whole answer within 1.2 s'],
	[
		'an answer of an unknown shape',
		json(200, { id: 'job-1' }),
		'Runpod answered in an unknown shape (status: Required)',
	],
	[
		'a success without an image',
		state('COMPLETED'),
		'Runpod says that the job is completed, but names no image',
	],
];

describe.each(troubles)('%s while polling', (_, answer, words) => {
	it('is ridden out', async () => {
		answering(pending, answer, answer, answer, done);
		expect(await finish()).toMatchObject({ polls: 5, result: finished });
	});

	it('is named with the last status when time runs out', async () => {
		answering(state('RUNNING'), answer);
		const { result, snapshot } = await finish(180_000);
		expect(result).toEqual({
			ok: false,
			fault: {
				code: 'timeout',
				message: `Runpod did not finish job job-1 in time; its last status was "RUNNING", the last look at it failed: ${words}`,
				description:
					"Raise 'Timeout' in the options. The job may still finish at the provider: its id is in the details.",
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

describe('trouble', () => {
	it('is also an answer that takes longer than thirty seconds', async () => {
		answering(hang, done);
		await finish();
		expect(seconds()).toEqual([2, 32.8]);
	});

	it('is given more time each time, and the old pace once it is over', async () => {
		answering(pending, reset, reset, reset, pending, done);
		await finish();
		expect(seconds()).toEqual([2, 4, 4.8, 6.4, 9.6, 11.6]);
	});

	it('is given the time that the provider asks for, in seconds or as a date, a minute at most', async () => {
		const busy = (retryAfter: string) => json(503, {}, { 'retry-after': retryAfter });
		answering(busy('9'), busy(new Date(START + 31_000).toUTCString()), busy('7200'), done);
		await finish();
		expect(seconds()).toEqual([2, 11, 31, 91]);
	});

	it('with a server that cannot be reached lasts until the deadline', async () => {
		const run = fixture.run(provider, 60_000);
		await fixture.server.close();
		expect(await followToEnd(run, accepted)).toMatchObject({
			result: {
				fault: {
					code: 'timeout',
					message:
						'Runpod did not finish job job-1 in time; its last status was "IN_QUEUE", the last look at it failed: ECONNREFUSED',
				},
			},
		});
	});

	it('is forgotten once a look has succeeded', async () => {
		answering(reset, state('DAYDREAMING'));
		expect(await finish(30_000)).toMatchObject({
			result: {
				fault: {
					message: 'Runpod did not finish job job-1 in time; its last status was "DAYDREAMING"',
					providerStatus: 'DAYDREAMING',
				},
			},
		});
	});
});

it('a status word that nobody knows counts as pending', async () => {
	answering(state('DAYDREAMING'), state(''), done);
	expect(await finish()).toMatchObject({ polls: 3, result: finished });
});

describe('"no such job"', () => {
	const unknown = json(404, { error: 'job not found' });

	it('is waited out while the job is new', async () => {
		answering(unknown, unknown, unknown, done);
		expect(await finish()).toMatchObject({ polls: 4, result: finished });
	});

	it('is an end after ten seconds', async () => {
		answering(unknown);
		expect(await finish()).toMatchObject({
			polls: 5,
			result: {
				ok: false,
				fault: { code: 'notFound', message: 'Runpod answered 404: job not found', httpStatus: 404 },
			},
		});
		expect(seconds()).toEqual([2, 2.8, 4.4, 7.6, 14]);
	});

	it('in a status word is the same', async () => {
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
		expect(await followToEnd(fixture.run(blackForestLabs), first)).toMatchObject({
			polls: 3,
			result: finished,
		});
		fixture.server.on('GET', path, missing);
		expect(await followToEnd(fixture.run(blackForestLabs), first)).toMatchObject({
			result: { ok: false, fault: { code: 'notFound', providerStatus: 'Task not found' } },
		});
	});
});

it.each([
	['401', json(401, { error: 'Unauthorized' }), 'auth'],
	['403', json(403, {}), 'auth'],
	['400 without a state', json(400, { error: 'bad id' }), 'invalidRequest'],
])('%s is an end at once', async (_, answer, code) => {
	answering(answer, done);
	expect(await finish()).toMatchObject({ polls: 1, result: { ok: false, fault: { code } } });
});

it('a job that is finished already is not asked for', async () => {
	const snapshot = {
		state: 'succeeded' as const,
		handle: accepted.handle,
		providerStatus: 'COMPLETED',
		images: [],
		meta: {},
	};
	expect(await followToEnd(fixture.run(provider), snapshot)).toEqual({
		snapshot,
		result: { ok: true, value: snapshot },
		polls: 0,
	});
});
