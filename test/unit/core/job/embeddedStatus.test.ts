import { followToEnd } from './pollToEnd';
import { startJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { json } from '../../../support/scriptedServer';
import { preparedRequest } from '../../../support/requests';
import { START, useEngineFixture } from '../engineFixture';

// A provider that answers 200 to everything, and puts the status that is meant into the body.

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'flux-kontext-pro' });
const submitPath = /\/generate$/;
const kontextPath = /\/flux\/kontext\/record-info/;
const jobsPath = /\/jobs\/recordInfo/;
const accepted = json(200, { code: 200, data: { taskId: 'task-1' } });
const told = (code: number) => json(200, { code, msg: 'so it is', data: null });
const record = (successFlag: number) =>
	json(200, { code: 200, data: { successFlag, response: { resultImageUrl: 'https://x.example/a.png' } } });
const start = async (timeoutMs?: number) => await startJob(fixture.run(aiGenerate, timeoutMs), request);
const first = {
	state: 'pending' as const,
	handle: { id: 'task-1', path: 'kontext' as const, misses: 0, credits: null },
	providerStatus: 'submitted',
};
const finish = async (timeoutMs?: number) => await followToEnd(fixture.run(aiGenerate, timeoutMs), first);
const seconds = (method: string, path: RegExp) =>
	fixture.server.seen(method, path).map(({ at }) => (at - START) / 1000);

describe('a submit that is answered 200', () => {
	it('with the code 429 was not accepted, and is sent again', async () => {
		fixture.server.on('POST', submitPath, told(429), told(429), accepted);
		expect(await start()).toMatchObject({ ok: true, value: { handle: { id: 'task-1' } } });
		expect(seconds('POST', submitPath)).toEqual([0, 0.8, 2.4]);
	});

	it('with the code 429 until the deadline says so', async () => {
		fixture.server.on('POST', submitPath, told(429));
		expect(await start(10_000)).toMatchObject({
			ok: false,
			fault: { code: 'rateLimited', message: 'AI Generate answered 200 with the code 429: so it is' },
		});
	});

	it('with the code 500 may have been accepted, and is not sent again', async () => {
		fixture.server.on('POST', submitPath, told(500), accepted);
		expect(await start()).toMatchObject({
			ok: false,
			fault: {
				code: 'unavailable',
				message:
					'AI Generate may have accepted the job, but did not confirm it: AI Generate answered 200 with the code 500: so it is',
				retryable: false,
			},
		});
		expect(seconds('POST', submitPath)).toEqual([0]);
	});

	it('with the code 402 was refused', async () => {
		fixture.server.on('POST', submitPath, told(402), accepted);
		expect(await start()).toMatchObject({
			ok: false,
			fault: { code: 'payment', message: 'AI Generate answered 200 with the code 402: so it is' },
		});
		expect(seconds('POST', submitPath)).toEqual([0]);
	});
});

describe('a look that is answered 200', () => {
	it('with a code that passes is repeated', async () => {
		fixture.server.on('GET', kontextPath, told(500), told(429), told(455), record(0), record(1));
		expect(await finish()).toMatchObject({
			polls: 5,
			result: { ok: true, value: { state: 'succeeded' } },
		});
	});

	it('with a code that does not pass is the end', async () => {
		fixture.server.on('GET', kontextPath, told(401));
		expect(await finish()).toMatchObject({
			polls: 1,
			snapshot: { state: 'pending' },
			result: { ok: false, fault: { code: 'auth' } },
		});
	});

	it('with the code 404 is followed by one at the other path, to which the job keeps', async () => {
		fixture.server.on('GET', kontextPath, told(404));
		fixture.server.on(
			'GET',
			jobsPath,
			json(200, { code: 200, data: { state: 'generating' } }),
			json(200, {
				code: 200,
				data: { state: 'success', resultJson: '{"resultUrls":["https://x.example/a.png"]}' },
			}),
		);
		expect(await finish()).toMatchObject({
			polls: 3,
			result: { ok: true, value: { handle: { path: 'jobs' } } },
		});
		expect(seconds('GET', kontextPath)).toHaveLength(1);
	});

	it('with the code 404 at both paths ends soon', async () => {
		fixture.server.on('GET', kontextPath, told(404));
		fixture.server.on('GET', jobsPath, json(404, { code: 404, msg: 'none' }));
		expect(await finish()).toMatchObject({ result: { ok: false, fault: { code: 'notFound' } } });
		expect(fixture.ports.now() - START).toBeLessThan(30_000);
	});
});
