import { submitJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { preparedRequest } from '../../../support/requests';
import { json } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { pollToEnd } from './pollToEnd';

// AI Generate answers every request with 200 and puts the actual status into the body.

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'flux-kontext-pro' });
const submitPath = /\/generate$/;
const kontextPath = /\/flux\/kontext\/record-info/;
const jobsPath = /\/jobs\/recordInfo/;
const accepted = json(200, { code: 200, data: { taskId: 'task-1' } });
const errorAnswer = (code: number) => json(200, { code, msg: 'so it is', data: null });
const record = (successFlag: number) =>
	json(200, { code: 200, data: { successFlag, response: { resultImageUrl: 'https://x.example/a.png' } } });
const submit = async (timeoutMs?: number) =>
	await submitJob(fixture.contextFor(aiGenerate, timeoutMs), request);
const first = {
	state: 'pending' as const,
	handle: { id: 'task-1', path: 'kontext' as const, misses: 0, credits: null },
	providerStatus: 'submitted',
};
const poll = async (timeoutMs?: number) => await pollToEnd(fixture.contextFor(aiGenerate, timeoutMs), first);
const seconds = (method: string, path: RegExp) =>
	fixture.server.requestsTo(method, path).map(({ at }) => (at - START) / 1000);

describe('a submit that is answered with 200', () => {
	it('and the code 429 was not accepted and is repeated', async () => {
		fixture.server.on('POST', submitPath, errorAnswer(429), errorAnswer(429), accepted);
		expect(await submit()).toMatchObject({ ok: true, value: { handle: { id: 'task-1' } } });
		expect(seconds('POST', submitPath)).toEqual([0, 0.8, 2.4]);
	});

	it('and the code 429 until the deadline ends as `rateLimited`', async () => {
		fixture.server.on('POST', submitPath, errorAnswer(429));
		expect(await submit(10_000)).toMatchObject({
			ok: false,
			fault: { code: 'rateLimited', message: 'AI Generate answered 200 with the code 429: so it is' },
		});
	});

	it('and the code 500 may have been accepted and is not repeated', async () => {
		fixture.server.on('POST', submitPath, errorAnswer(500), accepted);
		expect(await submit()).toMatchObject({
			ok: false,
			fault: {
				code: 'unavailable',
				message:
					'AI Generate may have accepted the job, but did not confirm it: ' +
					'AI Generate answered 200 with the code 500: so it is',
				retryable: false,
			},
		});
		expect(seconds('POST', submitPath)).toEqual([0]);
	});

	it('and the code 402 was refused', async () => {
		fixture.server.on('POST', submitPath, errorAnswer(402), accepted);
		expect(await submit()).toMatchObject({
			ok: false,
			fault: { code: 'payment', message: 'AI Generate answered 200 with the code 402: so it is' },
		});
		expect(seconds('POST', submitPath)).toEqual([0]);
	});
});

describe('a status request that is answered with 200', () => {
	it('and a transient code is repeated', async () => {
		fixture.server.on(
			'GET',
			kontextPath,
			errorAnswer(500),
			errorAnswer(429),
			errorAnswer(455),
			record(0),
			record(1),
		);
		expect(await poll()).toMatchObject({
			polls: 5,
			result: { ok: true, value: { state: 'succeeded' } },
		});
	});

	it('and a permanent code ends polling', async () => {
		fixture.server.on('GET', kontextPath, errorAnswer(401));
		expect(await poll()).toMatchObject({
			polls: 1,
			snapshot: { state: 'pending' },
			result: { ok: false, fault: { code: 'auth' } },
		});
	});

	it('and the code 404 is followed by one at the other path, which then stays in use', async () => {
		fixture.server.on('GET', kontextPath, errorAnswer(404));
		fixture.server.on(
			'GET',
			jobsPath,
			json(200, { code: 200, data: { state: 'generating' } }),
			json(200, {
				code: 200,
				data: { state: 'success', resultJson: '{"resultUrls":["https://x.example/a.png"]}' },
			}),
		);
		expect(await poll()).toMatchObject({
			polls: 3,
			result: { ok: true, value: { handle: { path: 'jobs' } } },
		});
		expect(seconds('GET', kontextPath)).toHaveLength(1);
	});

	it('and the code 404 at both paths ends polling soon', async () => {
		fixture.server.on('GET', kontextPath, errorAnswer(404));
		fixture.server.on('GET', jobsPath, json(404, { code: 404, msg: 'none' }));
		expect(await poll()).toMatchObject({ result: { ok: false, fault: { code: 'notFound' } } });
		expect(fixture.ports.now() - START).toBeLessThan(30_000);
	});
});
