import { submitJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { openAiCompatible } from '../../../../nodes/FluxKontext/providers/openAiCompatible';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, hang, json, text } from '../../../support/scriptedServer';
import { runToEnd, START, useEngineFixture } from '../engineFixture';

// Providers whose response to a submit holds the image.

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'flux.1-kontext-dev' });
const path = /\/images\/generations$/;
const finished = json(200, { data: [{ url: 'https://media.example/a.png' }] });
const submit = async (timeoutMs?: number) =>
	await submitJob(fixture.contextFor(lumenfall, timeoutMs), request);
const submits = () => fixture.server.requestsTo('POST', path);
const errorAnswer = (status: number, code: string, message: string) =>
	json(status, { error: { message, type: 'api_error', code } });

it('delivers the image without a status request', async () => {
	const url = `${fixture.files.origin}/a.png`;
	fixture.server.on('POST', path, json(200, { data: [{ url }] }));
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
	expect(await submit()).toMatchObject({ ok: true, value: { state: 'succeeded', images: [{ url }] } });
	expect(await runToEnd(fixture.contextFor(lumenfall), request)).toMatchObject({
		job: { status: 'succeeded' },
		result: { ok: true, value: { images: [{ url }] } },
		polls: 0,
	});
	expect(fixture.server.requestsTo('GET')).toEqual([]);
});

it.each([
	[502, 'ALL_PROVIDERS_EXHAUSTED', 'All providers failed', 'failed'],
	[502, 'ALL_PROVIDERS_EXHAUSTED', 'fal: flagged by the safety filter', 'moderated'],
	[500, 'UPSTREAM_ERROR', 'Out of memory', 'failed'],
])(
	'reports that nothing was generated where the body of a %i says so: %s, %s',
	async (status, code, message, fault) => {
		fixture.server.on('POST', path, errorAnswer(status, code, message), finished);
		expect(await submit()).toMatchObject({
			ok: false,
			fault: { code: fault, message: `Lumenfall answered ${status}: ${message}`, httpStatus: status },
		});
		expect(submits()).toHaveLength(1);
	},
);

it('does not repeat a submit after a 429 that means an empty balance', async () => {
	fixture.server.on(
		'POST',
		path,
		json(429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }),
		finished,
	);
	expect(await submitJob(fixture.contextFor(openAiCompatible), request)).toMatchObject({
		ok: false,
		fault: { code: 'payment', httpStatus: 429 },
	});
	expect(submits()).toHaveLength(1);
});

it('reports that the job may have been accepted after any other error', async () => {
	fixture.server.on('POST', path, text(502, '<html>Bad gateway</html>'), finished);
	expect(await submit()).toMatchObject({
		ok: false,
		fault: {
			code: 'unavailable',
			message: expect.stringContaining('may have accepted') as unknown,
			retryable: false,
		},
	});
	expect(submits()).toHaveLength(1);
});

it.each([
	['8 minutes', 3_600_000, 480],
	["the job's own time, if that is shorter", 60_000, 60],
])('waits for the response for %s', async (_, timeoutMs, seconds) => {
	fixture.server.on('POST', path, hang);
	expect(await submit(timeoutMs)).toMatchObject({
		ok: false,
		fault: {
			code: 'unavailable',
			message: expect.stringContaining(`no answer within ${seconds} s`) as unknown,
		},
	});
	expect((fixture.ports.now() - START) / 1000).toBe(seconds);
});
