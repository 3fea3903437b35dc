import { startJob } from '../../../../nodes/FluxKontext/core/job/submit';
import {
	cutOff,
	hang,
	json,
	lost,
	page,
	reset,
	stalled,
	text,
	type Answer,
} from '../../../support/scriptedServer';
import { accepted, provider, request, submitPath } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const start = async (timeoutMs?: number) => await startJob(fixture.run(provider, timeoutMs), request);
const submits = () => fixture.server.seen('POST', submitPath);
const seconds = () => submits().map(({ at }) => (at - START) / 1000);
const answering = (...answers: Answer[]) => fixture.server.on('POST', submitPath, ...answers);

const job = {
	ok: true,
	value: { state: 'pending', handle: { id: 'job-1', endpoint: request.model }, providerStatus: 'IN_QUEUE' },
};
const pastDescription =
	'The job was not sent again, because it may have been accepted and charged: look at the list of jobs on the website of the provider before you run it again.';

it('is sent once, with the key and the whole body', async () => {
	answering(accepted);
	expect(await start()).toEqual(job);
	expect(submits()).toMatchObject([
		{
			path: `/${request.model}/run`,
			headers: { authorization: 'Bearer sk-the-key', 'content-type': 'application/json' },
			at: START,
		},
	]);
	expect(JSON.parse(submits()[0]?.body ?? '')).toEqual({
		input: { prompt: 'a red fox', image: 'https://a.example/in.png' },
	});
});

const whole = JSON.stringify({ id: 'job-1', status: 'IN_QUEUE' });
it.each<[string, Answer, number | null, string]>([
	['a lost answer', lost, null, 'its answer was lost (ECONNRESET)'],
	['a reset', reset, null, 'its answer was lost (ECONNRESET)'],
	['no answer at all', hang, null, 'its answer was lost (no answer within 120 s)'],
	['half an answer and an end', cutOff(whole), null, 'its answer was lost (the answer was cut off)'],
	[
		'half an answer and nothing more',
		stalled(whole),
		null,
		'its answer was lost (no whole answer within 120 s)',
	],
	['500', json(500, { error: 'oops' }), 500, 'did not confirm it: Runpod answered 500: oops'],
	[
		'502 from a gateway',
		text(502, '<html>Bad gateway</html>'),
		502,
		'did not confirm it: Runpod answered 502',
	],
	[
		'503 that asks for another try',
		json(503, {}, { 'retry-after': '1' }),
		503,
		'did not confirm it: Runpod answered 503',
	],
	['408', json(408, {}), 408, 'did not confirm it: Runpod answered 408'],
	[
		'an HTML page with 200',
		page,
		200,
		'its answer made no sense: Runpod answered with something that is not a JSON object',
	],
	[
		'an empty answer with 200',
		text(200, ''),
		200,
		'its answer made no sense: Runpod answered with something that is not a JSON object',
	],
	[
		'an answer without an id',
		json(200, { status: 'IN_QUEUE' }),
		200,
		'its answer made no sense: Runpod answered in an unknown shape (id: Required)',
	],
])('is never repeated after %s: the job may have been accepted', async (_, answer, httpStatus, message) => {
	answering(answer, accepted);
	expect(await start()).toEqual({
		ok: false,
		fault: {
			code: 'unavailable',
			message: `Runpod may have accepted the job, but ${message}`,
			description: pastDescription,
			httpStatus,
			providerStatus: null,
			retryable: false,
		},
	});
	expect(submits()).toHaveLength(1);
});

it.each<[number, unknown, string]>([
	[400, { error: 'bad size' }, 'invalidRequest'],
	[401, { error: 'Unauthorized' }, 'auth'],
	[402, { error: 'no balance' }, 'payment'],
	[404, { error: 'no endpoint' }, 'notFound'],
	[422, { error: 'bad' }, 'invalidRequest'],
])('is not repeated after %i, which says that it was refused', async (status, body, code) => {
	answering(json(status, body), accepted);
	expect(await start()).toMatchObject({ ok: false, fault: { code, httpStatus: status } });
	expect(submits()).toHaveLength(1);
});

it('follows no redirect, for that would carry the key along', async () => {
	answering(
		(_, response) => void response.writeHead(307, { location: `${fixture.files.origin}/run` }).end(),
	);
	expect(await start()).toMatchObject({ ok: false, fault: { code: 'badResponse', httpStatus: 307 } });
	expect(fixture.files.requests).toEqual([]);
});

describe('after 429', () => {
	const busy = (retryAfter?: string): Answer =>
		json(429, { error: 'slow down' }, retryAfter === undefined ? {} : { 'retry-after': retryAfter });

	it('waits as long as it is told in seconds, and sends it again', async () => {
		answering(busy('7'), busy('3'), accepted);
		expect(await start()).toEqual(job);
		expect(seconds()).toEqual([0, 7, 10]);
	});

	it('waits until the date that it is told', async () => {
		answering(busy(new Date(START + 25_000).toUTCString()), accepted);
		expect(await start()).toEqual(job);
		expect(seconds()).toEqual([0, 25]);
	});

	it('waits a minute at most', async () => {
		answering(busy('86400'), busy(new Date(START + 86_400_000).toUTCString()), accepted);
		expect(await start()).toEqual(job);
		expect(seconds()).toEqual([0, 60, 120]);
	});

	it.each([undefined, 'soon', '-3', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
		'backs off by itself where it is told %j',
		async (retryAfter) => {
			answering(busy(retryAfter), busy(retryAfter), busy(retryAfter), accepted);
			expect(await start()).toEqual(job);
			expect(seconds()).toEqual([0, 0.8, 2.4, 5.6]);
		},
	);

	it('goes on until the deadline, and then says so', async () => {
		answering(busy('20'));
		expect(await start(90_000)).toMatchObject({
			ok: false,
			fault: {
				code: 'rateLimited',
				message: 'Runpod answered 429: slow down',
				httpStatus: 429,
				retryable: true,
			},
		});
		expect(seconds()).toEqual([0, 20, 40, 60, 80]);
		expect(fixture.ports.now()).toBe(START + 90_000);
	});
});

describe('where no connection is made', () => {
	it('is tried four times, and then reported as not submitted', async () => {
		const run = fixture.run(provider);
		await fixture.server.close();
		expect(await startJob(run, request)).toMatchObject({
			ok: false,
			fault: {
				code: 'unavailable',
				message: 'Runpod could not be reached (ECONNREFUSED); nothing was submitted',
				retryable: true,
			},
		});
		// Back-off at the least chance: 0.8 + 1.6 + 3.2 s.
		expect(fixture.ports.now() - START).toBe(5_600);
	});

	it('is sent as soon as there is one', async () => {
		answering(accepted);
		let refusals = 2;
		const run = fixture.run(provider);
		const { open } = run.ports.http;
		const gone = 'http://127.0.0.1:1';
		const ports = {
			...run.ports,
			http: {
				open: async (call: Parameters<typeof open>[0]) =>
					await open((refusals -= 1) >= 0 ? { ...call, url: gone } : call),
			},
		};
		expect(await startJob({ ...run, ports }, request)).toEqual(job);
		expect(seconds()).toEqual([2.4]);
	});

	it('is not tried past the deadline', async () => {
		const run = fixture.run(provider, 1_000);
		await fixture.server.close();
		expect(await startJob(run, request)).toMatchObject({ ok: false, fault: { code: 'unavailable' } });
		expect(fixture.ports.now()).toBe(START + 1_000);
	});
});

it('is not sent at all where a field is ill-typed', async () => {
	const result = await startJob(fixture.run(provider), { ...request, fields: { steps: {} } });
	expect(result).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	expect(fixture.server.requests).toEqual([]);
});
