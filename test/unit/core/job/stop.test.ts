import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { preparedRequest } from '../../../support/requests';
import { hang, held, json, reset, type Answer } from '../../../support/scriptedServer';
import { runToEnd, START, useEngineFixture } from '../engineFixture';
import { heldWhileTimePasses } from './heldWhileTimePasses';
import {
	accepted,
	cancelled,
	cancelPath,
	completed,
	pending,
	provider,
	request,
	statusPath,
	submitPath,
} from './jobs';

const fixture = useEngineFixture();
const cancels = () => fixture.server.requestsTo('POST', cancelPath);
const scriptJob = (submit: Answer, ...statusAnswers: Answer[]) => {
	fixture.server.on('POST', submitPath, submit);
	fixture.server.on('GET', statusPath, ...statusAnswers);
	fixture.server.on('POST', cancelPath, cancelled);
};
const job = {
	provider: 'runpod',
	model: request.model,
	id: 'job-1',
	status: 'pending',
	submittedAt: new Date(START).toISOString(),
	handle: { id: 'job-1', endpoint: request.model },
};
const waitUntil = async (condition: () => boolean): Promise<void> => {
	while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('a stop', () => {
	it('during a wait ends the job at once and sends one cancel request on its own signal', async () => {
		scriptJob(accepted, pending);
		const { sleep } = fixture.ports;
		const pauses: number[] = [];
		const ports = {
			...fixture.ports,
			sleep: async (ms: number, signal: AbortSignal) => {
				const isPause = signal === fixture.stop.signal;
				if (isPause) pauses.push(ms);
				if (pauses.length === 3) fixture.stop.abort();
				await sleep(ms, signal);
			},
		};
		const outcome = await runToEnd({ ...fixture.contextFor(provider), ports }, request);
		expect(outcome).toEqual({
			job: { ...job, providerStatus: 'IN_PROGRESS' },
			result: {
				ok: false,
				fault: {
					code: 'cancelled',
					message: 'The run was stopped while Runpod worked on job job-1',
					description: 'It was cancelled at the provider. Run the workflow again to start over.',
					httpStatus: null,
					providerStatus: null,
					retryable: true,
				},
			},
			polls: 2,
			totalMs: 4_000,
		});
		expect(cancels()).toMatchObject([
			{ headers: { authorization: 'Bearer sk-the-key' }, at: START + 4_000 },
		]);
	});

	it('during a status request aborts that request, too', async () => {
		const statusRequest = held(pending);
		scriptJob(accepted, statusRequest.answer);
		const running = runToEnd(fixture.contextFor(provider), request);
		await statusRequest.arrived;
		fixture.stop.abort();
		expect(await running).toMatchObject({
			job,
			polls: 1,
			result: { fault: { code: 'cancelled' } },
			totalMs: 2_000,
		});
		expect(cancels()).toHaveLength(1);
		statusRequest.release();
	});

	it('before the submit prevents it', async () => {
		scriptJob(accepted);
		fixture.stop.abort();
		expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
			job: null,
			result: {
				fault: { code: 'cancelled', message: 'The run was stopped before this job was submitted' },
			},
		});
		expect(fixture.server.requests).toEqual([]);
	});

	it('during the submit waits a grace period, and a job that is accepted later is cancelled', async () => {
		const submit = heldWhileTimePasses(accepted);
		scriptJob(submit.answer, pending);
		const running = runToEnd(fixture.contextFor(provider), request);
		await submit.arrived;
		fixture.stop.abort();
		const outcome = await running;
		const idle = fixture.waitUntilIdle();
		expect(outcome).toMatchObject({
			job: null,
			result: {
				fault: {
					code: 'cancelled',
					message:
						'The run was stopped while Runpod was accepting the job; ' +
						'it is cancelled where it can be',
				},
			},
			totalMs: defaultLimits.stopGraceMs,
		});
		expect(cancels()).toEqual([]);
		submit.release();
		await idle;
		expect(fixture.server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
			`POST /${request.model}/run`,
			`POST /${request.model}/cancel/job-1`,
		]);
	});

	it('during a submit that is answered in the grace period leaves a known, cancelled job', async () => {
		const submit = held(accepted);
		scriptJob(submit.answer, pending);
		const running = runToEnd(fixture.contextFor(provider), request);
		await submit.arrived;
		fixture.stop.abort();
		submit.release();
		expect(await running).toMatchObject({
			job,
			polls: 0,
			result: {
				fault: {
					code: 'cancelled',
					description: expect.stringMatching(/^It was cancelled at the provider\./) as unknown,
				},
			},
		});
		expect(cancels()).toHaveLength(1);
	});

	it('does not wait for a provider that is slow to cancel, which continues in the background', async () => {
		scriptJob(accepted, () => fixture.stop.abort());
		fixture.server.on('POST', cancelPath, hang);
		expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'cancelled',
					description:
						'Its cancellation was asked for at the provider. ' +
						'Run the workflow again to start over.',
				},
			},
			totalMs: 2_000 + defaultLimits.stopGraceMs,
		});
		expect(cancels()).toHaveLength(1);
		await fixture.ports.sleep(60_000, new AbortController().signal);
		expect(cancels()).toHaveLength(defaultLimits.maxCancelAttempts);
	});

	it('of this run alone waits for the submit, so that the job is known and cancelled', async () => {
		const submit = held(accepted);
		scriptJob(submit.answer, pending);
		const controller = new AbortController();
		const running = runToEnd({ ...fixture.contextFor(provider), signal: controller.signal }, request);
		await submit.arrived;
		controller.abort();
		submit.release();
		expect(await running).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: { fault: { code: 'cancelled' } },
			polls: 0,
		});
		expect(cancels()).toHaveLength(1);
	});

	it.each([
		['refused', json(401, {})],
		['lost', reset],
		['answered without JSON', json(200, 'hm')],
	])('during a submit that is then %s leaves nothing to cancel', async (_, lateAnswer) => {
		const submit = heldWhileTimePasses(lateAnswer);
		scriptJob(submit.answer);
		const running = runToEnd(fixture.contextFor(provider), request);
		await submit.arrived;
		fixture.stop.abort();
		await running;
		const idle = fixture.waitUntilIdle();
		submit.release();
		await idle;
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('between two attempts at a submit prevents the second', async () => {
		scriptJob(json(429, {}, { 'retry-after': '30' }));
		const running = runToEnd(fixture.contextFor(provider), request);
		await waitUntil(() => fixture.server.requests.length === 1);
		fixture.stop.abort();
		expect(await running).toMatchObject({ job: null, result: { fault: { code: 'cancelled' } } });
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('during the download leaves the finished job in the outcome and cancels nothing', async () => {
		scriptJob(accepted, completed(`${fixture.files.origin}/a.png`));
		fixture.files.on('GET', /a\.png/, () => fixture.stop.abort());
		expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
			job: { id: 'job-1', status: 'succeeded', providerStatus: 'COMPLETED' },
			result: {
				fault: {
					code: 'cancelled',
					message: 'The run was stopped while the image of Runpod was fetched',
				},
			},
		});
		expect(cancels()).toEqual([]);
	});

	it('is reported as not cancelled where the provider cannot cancel jobs', async () => {
		fixture.server.on(
			'POST',
			/flux-kontext-pro$/,
			json(200, { id: 'job-1', polling_url: `${fixture.server.origin}/v1/get_result?id=job-1` }),
		);
		fixture.server.on('GET', /get_result/, () => fixture.stop.abort());
		expect(
			await runToEnd(
				fixture.contextFor(blackForestLabs),
				preparedRequest({ model: 'flux-kontext-pro' }),
			),
		).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'cancelled',
					description:
						'It was not cancelled: Black Forest Labs has no way to cancel a job. ' +
						'Run the workflow again to start over.',
				},
			},
		});
	});
});
