import { submitJob } from '../../../../nodes/FluxKontext/core/job/submit';
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
import { sdServer } from '../../../../nodes/FluxKontext/providers/sdServer';
import { preparedRequest } from '../../../support/requests';
import { START, useEngineFixture } from '../engineFixture';
import { accepted, provider, request, submitPath } from './jobs';

const fixture = useEngineFixture();
const submit = async (timeoutMs?: number) =>
	await submitJob(fixture.contextFor(provider, timeoutMs), request);
const submits = () => fixture.server.requestsTo('POST', submitPath);
const seconds = () => submits().map(({ at }) => (at - START) / 1000);
const respondWith = (...answers: Answer[]) => fixture.server.on('POST', submitPath, ...answers);

const job = {
	ok: true,
	value: { state: 'pending', handle: { id: 'job-1', endpoint: request.model }, providerStatus: 'IN_QUEUE' },
};
const notRepeated =
	'The job was not sent again, because it may have been accepted and charged: ' +
	'look at the list of jobs on the website of the provider before you run it again.';

it('sends the submit once, with the key and the whole body', async () => {
	respondWith(accepted);
	expect(await submit()).toEqual(job);
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

const acceptedBody = JSON.stringify({ id: 'job-1', status: 'IN_QUEUE' });
it.each<[string, Answer, number | null, string]>([
	['a connection that closes without a response', lost, null, 'its answer was lost (ECONNRESET)'],
	['a connection reset', reset, null, 'its answer was lost (ECONNRESET)'],
	['no response', hang, null, 'its answer was lost (no answer within 120 s)'],
	['a truncated response', cutOff(acceptedBody), null, 'its answer was lost (the answer was cut off)'],
	[
		'a response that stalls',
		stalled(acceptedBody),
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
		'503 with Retry-After',
		json(503, {}, { 'retry-after': '1' }),
		503,
		'did not confirm it: Runpod answered 503',
	],
	['408', json(408, {}), 408, 'did not confirm it: Runpod answered 408'],
	[
		'an HTML page with 200',
		page,
		200,
		'its answer made no sense: Runpod answered with a web page in place of JSON',
	],
	[
		'an empty response with 200',
		text(200, ''),
		200,
		'its answer made no sense: Runpod answered with an empty body in place of JSON',
	],
	[
		'a response without an id',
		json(200, { status: 'IN_QUEUE' }),
		200,
		'its answer made no sense: Runpod answered in an unknown shape (id: Required; keys: status)',
	],
])(
	'never repeats a submit after %s, because the job may have been accepted',
	async (_, answer, httpStatus, message) => {
		respondWith(answer, accepted);
		expect(await submit()).toEqual({
			ok: false,
			fault: {
				code: 'unavailable',
				message: `Runpod may have accepted the job, but ${message}`,
				description: notRepeated,
				httpStatus,
				providerStatus: null,
				retryable: false,
			},
		});
		expect(submits()).toHaveLength(1);
	},
);

it.each<[number, unknown, string]>([
	[400, { error: 'bad size' }, 'invalidRequest'],
	[401, { error: 'Unauthorized' }, 'auth'],
	[402, { error: 'no balance' }, 'payment'],
	[404, { error: 'no endpoint' }, 'notFound'],
	[422, { error: 'bad' }, 'invalidRequest'],
])('does not repeat a submit that was refused with %i', async (status, body, code) => {
	respondWith(json(status, body), accepted);
	expect(await submit()).toMatchObject({ ok: false, fault: { code, httpStatus: status } });
	expect(submits()).toHaveLength(1);
});

it('follows no redirect, which would carry the key along', async () => {
	respondWith(
		(_, response) => void response.writeHead(307, { location: `${fixture.files.origin}/run` }).end(),
	);
	expect(await submit()).toMatchObject({ ok: false, fault: { code: 'badResponse', httpStatus: 307 } });
	expect(fixture.files.requests).toEqual([]);
});

describe('after 429,', () => {
	const busy = (retryAfter?: string): Answer =>
		json(429, { error: 'slow down' }, retryAfter === undefined ? {} : { 'retry-after': retryAfter });

	it('waits for the seconds of Retry-After and submits again', async () => {
		respondWith(busy('7'), busy('3'), accepted);
		expect(await submit()).toEqual(job);
		expect(seconds()).toEqual([0, 7, 10]);
	});

	it('waits until the date of Retry-After', async () => {
		respondWith(busy(new Date(START + 25_000).toUTCString()), accepted);
		expect(await submit()).toEqual(job);
		expect(seconds()).toEqual([0, 25]);
	});

	it('waits a minute at most', async () => {
		respondWith(busy('86400'), busy(new Date(START + 86_400_000).toUTCString()), accepted);
		expect(await submit()).toEqual(job);
		expect(seconds()).toEqual([0, 60, 120]);
	});

	it.each([undefined, 'soon', '-3', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
		'backs off by itself where Retry-After is %j',
		async (retryAfter) => {
			respondWith(busy(retryAfter), busy(retryAfter), busy(retryAfter), accepted);
			expect(await submit()).toEqual(job);
			expect(seconds()).toEqual([0, 0.8, 2.4, 5.6]);
		},
	);

	it('repeats the submit until the deadline, and then reports the refusal', async () => {
		respondWith(busy('20'));
		expect(await submit(90_000)).toMatchObject({
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

describe('without a connection,', () => {
	it('gives up after four attempts and reports that nothing was submitted', async () => {
		const context = fixture.contextFor(provider);
		await fixture.server.close();
		expect(await submitJob(context, request)).toMatchObject({
			ok: false,
			fault: {
				code: 'unavailable',
				message: 'Runpod could not be reached (ECONNREFUSED); nothing was submitted',
				retryable: true,
			},
		});
		// The shortest back-off: 0.8 + 1.6 + 3.2 s.
		expect(fixture.ports.now() - START).toBe(5_600);
	});

	it('submits as soon as there is one', async () => {
		respondWith(accepted);
		let refusals = 2;
		const context = fixture.contextFor(provider);
		const { open } = context.ports.http;
		const unreachable = 'http://127.0.0.1:1';
		const ports = {
			...context.ports,
			http: {
				open: async (call: Parameters<typeof open>[0]) =>
					await open((refusals -= 1) >= 0 ? { ...call, url: unreachable } : call),
			},
		};
		expect(await submitJob({ ...context, ports }, request)).toEqual(job);
		expect(seconds()).toEqual([2.4]);
	});

	it('does not try beyond the deadline', async () => {
		const context = fixture.contextFor(provider, 1_000);
		await fixture.server.close();
		expect(await submitJob(context, request)).toMatchObject({
			ok: false,
			fault: { code: 'unavailable' },
		});
		expect(fixture.ports.now()).toBe(START + 1_000);
	});
});

it('sends nothing where a field has the wrong type', async () => {
	const result = await submitJob(fixture.contextFor(provider), { ...request, fields: { steps: {} } });
	expect(result).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	expect(fixture.server.requests).toEqual([]);
});

it.each([
	[{ error: 'The endpoint is paused' }, 'The endpoint is paused'],
	[{ detail: [{ loc: ['body', 'prompt'], msg: 'too long' }] }, 'prompt: too long'],
	[{ code: 402, msg: 'no credits' }, 'no credits'],
])("shows the provider's own words of a 200 response with an error in it: %j", async (body, words) => {
	respondWith(json(200, body));
	expect(await submit()).toMatchObject({
		ok: false,
		fault: {
			code: 'unavailable',
			message: `Runpod may have accepted the job, but its answer made no sense: Runpod answered: ${words}`,
			retryable: false,
		},
	});
});

it('waits for a server at home that loads its model, which has accepted nothing', async () => {
	const loading = json(503, { error: { message: 'Loading model', type: 'unavailable_error' } });
	fixture.server.on('POST', /img_gen$/, loading, loading, json(202, { id: 'job-1', status: 'queued' }));
	const home = fixture.contextFor(sdServer);
	expect(await submitJob(home, preparedRequest({ model: 'flux' }))).toMatchObject({ ok: true });
	expect(fixture.server.requestsTo('POST', /img_gen$/)).toHaveLength(3);
});

it('does not speak of charges and websites where the server is at home', async () => {
	fixture.server.on('POST', /img_gen$/, reset);
	const home = fixture.contextFor(sdServer);
	expect(await submitJob(home, preparedRequest({ model: 'flux' }))).toMatchObject({
		ok: false,
		fault: {
			description:
				'The job was not sent again, because the server may be working on it: ' +
				'look at its log before you run it again.',
		},
	});
});
