import { followToEnd } from './pollToEnd';
import { startJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { openAiCompatible } from '../../../../nodes/FluxKontext/providers/openAiCompatible';
import { hang, json, text } from '../../../support/scriptedServer';
import { preparedRequest } from '../../../support/requests';
import { START, useEngineFixture } from '../engineFixture';

// A provider whose answer to the submit is the image.

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'flux.1-kontext-dev' });
const path = /\/images\/generations$/;
const made = json(200, { data: [{ url: 'https://media.example/a.png' }] });
const start = async (timeoutMs?: number) => await startJob(fixture.run(lumenfall, timeoutMs), request);
const submits = () => fixture.server.seen('POST', path);
const refused = (status: number, code: string, message: string) =>
	json(status, { error: { message, type: 'api_error', code } });

it('has the image at once, without a look', async () => {
	fixture.server.on('POST', path, made);
	const started = await start();
	expect(started).toMatchObject({
		ok: true,
		value: { state: 'succeeded', images: [{ url: 'https://media.example/a.png' }] },
	});
	if (started.ok)
		expect(await followToEnd(fixture.run(lumenfall), started.value)).toMatchObject({
			polls: 0,
			result: { ok: true },
		});
});

it.each([
	[502, 'ALL_PROVIDERS_EXHAUSTED', 'All providers failed', 'failed'],
	[502, 'ALL_PROVIDERS_EXHAUSTED', 'fal: flagged by the safety filter', 'moderated'],
	[500, 'UPSTREAM_ERROR', 'Out of memory', 'failed'],
])('was not made where the body of a %i says so: %s, %s', async (status, code, message, fault) => {
	fixture.server.on('POST', path, refused(status, code, message), made);
	expect(await start()).toMatchObject({
		ok: false,
		fault: { code: fault, message: `Lumenfall answered ${status}: ${message}`, httpStatus: status },
	});
	expect(submits()).toHaveLength(1);
});

it('is not asked again after a 429 that means an empty balance', async () => {
	fixture.server.on(
		'POST',
		path,
		json(429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }),
		made,
	);
	expect(await startJob(fixture.run(openAiCompatible), request)).toMatchObject({
		ok: false,
		fault: { code: 'payment', httpStatus: 429 },
	});
	expect(submits()).toHaveLength(1);
});

it('may have been made where nothing says that it was not', async () => {
	fixture.server.on('POST', path, text(502, '<html>Bad gateway</html>'), made);
	expect(await start()).toMatchObject({
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
])('is waited for %s', async (_, timeoutMs, seconds) => {
	fixture.server.on('POST', path, hang);
	expect(await start(timeoutMs)).toMatchObject({
		ok: false,
		fault: {
			code: 'unavailable',
			message: expect.stringContaining(`no answer within ${seconds} s`) as unknown,
		},
	});
	expect((fixture.ports.now() - START) / 1000).toBe(seconds);
});
