import { hang, held, json, reset, type Answer } from '../../../support/scriptedServer';
import { MAX_CANCEL_ATTEMPTS, STOP_GRACE_MS } from '../../../../nodes/FluxKontext/core/base/limits';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { preparedRequest } from '../../../support/requests';
import { heldApart } from './heldApart';
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
import { runToEnd, START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const cancels = () => fixture.server.seen('POST', cancelPath);
const answering = (submit: Answer, ...looks: Answer[]) => {
	fixture.server.on('POST', submitPath, submit);
	fixture.server.on('GET', statusPath, ...looks);
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
const until = async (isTrue: () => boolean): Promise<void> => {
	while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
};

describe('a stop', () => {
	it('during a wait ends the job at once and sends one cancel, on a signal of its own', async () => {
		answering(accepted, pending);
		const { sleep } = fixture.ports;
		const begun: number[] = [];
		const ports = {
			...fixture.ports,
			sleep: async (ms: number, signal: AbortSignal) => {
				const waits = signal === fixture.stop.signal;
				if (waits) begun.push(ms);
				if (begun.length === 3) fixture.stop.abort();
				await sleep(ms, signal);
			},
		};
		const outcome = await runToEnd({ ...fixture.run(provider), ports }, request);
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

	it('during a look ends that look, too', async () => {
		const look = held(pending);
		answering(accepted, look.answer);
		const running = runToEnd(fixture.run(provider), request);
		await look.arrived;
		fixture.stop.abort();
		expect(await running).toMatchObject({
			job,
			polls: 1,
			result: { fault: { code: 'cancelled' } },
			totalMs: 2_000,
		});
		expect(cancels()).toHaveLength(1);
		look.release();
	});

	it('before the submit means that nothing is sent', async () => {
		answering(accepted);
		fixture.stop.abort();
		expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
			job: null,
			result: {
				fault: { code: 'cancelled', message: 'The run was stopped before this job was submitted' },
			},
		});
		expect(fixture.server.requests).toEqual([]);
	});

	it('during the submit waits a moment for its answer, and what is accepted afterwards is cancelled', async () => {
		const submit = heldApart(accepted);
		answering(submit.answer, pending);
		const running = runToEnd(fixture.run(provider), request);
		await submit.arrived;
		fixture.stop.abort();
		const outcome = await running;
		const quiet = fixture.quiet();
		expect(outcome).toMatchObject({
			job: null,
			result: {
				fault: {
					code: 'cancelled',
					message:
						'The run was stopped while Runpod was accepting the job; it is cancelled where it can be',
				},
			},
			totalMs: STOP_GRACE_MS,
		});
		expect(cancels()).toEqual([]);
		submit.release();
		await quiet;
		expect(fixture.server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
			`POST /${request.model}/run`,
			`POST /${request.model}/cancel/job-1`,
		]);
	});

	it('during a submit that is answered in that moment leaves a job that is known, and cancelled', async () => {
		const submit = held(accepted);
		answering(submit.answer, pending);
		const running = runToEnd(fixture.run(provider), request);
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

	it('does not wait for a provider that is slow to cancel; that goes on behind it', async () => {
		answering(accepted, () => fixture.stop.abort());
		fixture.server.on('POST', cancelPath, hang);
		expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'cancelled',
					description:
						'Its cancellation was asked for at the provider. Run the workflow again to start over.',
				},
			},
			totalMs: 2_000 + STOP_GRACE_MS,
		});
		expect(cancels()).toHaveLength(1);
		await fixture.ports.sleep(60_000, new AbortController().signal);
		expect(cancels()).toHaveLength(MAX_CANCEL_ATTEMPTS);
	});

	it('of this run alone waits for the answer to a submit: the job is known, and cancelled', async () => {
		const submit = held(accepted);
		answering(submit.answer, pending);
		const halt = new AbortController();
		const running = runToEnd({ ...fixture.run(provider), signal: halt.signal }, request);
		await submit.arrived;
		halt.abort();
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
		['no JSON', json(200, 'hm')],
	])('during a submit that is then %s leaves nothing to cancel', async (_, late) => {
		const submit = heldApart(late);
		answering(submit.answer);
		const running = runToEnd(fixture.run(provider), request);
		await submit.arrived;
		fixture.stop.abort();
		await running;
		const quiet = fixture.quiet();
		submit.release();
		await quiet;
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('between two tries of a submit means that it is not sent again', async () => {
		answering(json(429, {}, { 'retry-after': '30' }));
		const running = runToEnd(fixture.run(provider), request);
		await until(() => fixture.server.requests.length === 1);
		fixture.stop.abort();
		expect(await running).toMatchObject({ job: null, result: { fault: { code: 'cancelled' } } });
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('during the download leaves the finished job in the outcome, and cancels nothing', async () => {
		answering(accepted, completed(`${fixture.files.origin}/a.png`));
		fixture.files.on('GET', /a\.png/, () => fixture.stop.abort());
		expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
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

	it('where the provider has no way to cancel says so', async () => {
		fixture.server.on(
			'POST',
			/flux-kontext-pro$/,
			json(200, { id: 'job-1', polling_url: `${fixture.server.origin}/v1/get_result?id=job-1` }),
		);
		fixture.server.on('GET', /get_result/, () => fixture.stop.abort());
		expect(
			await runToEnd(fixture.run(blackForestLabs), preparedRequest({ model: 'flux-kontext-pro' })),
		).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'cancelled',
					description:
						'It was not cancelled: Black Forest Labs has no way to cancel a job. Run the workflow again to start over.',
				},
			},
		});
	});
});

describe('a timeout', () => {
	const timeout = async (cancelOnTimeout: boolean) =>
		await runToEnd(fixture.run(provider, 60_000), request, { cancelOnTimeout });

	it('cancels the job, and says so', async () => {
		answering(accepted, pending);
		expect(await timeout(true)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'timeout',
					description: expect.stringMatching(
						/^It was cancelled at the provider\. Raise 'Timeout'/,
					) as unknown,
				},
			},
			totalMs: 60_000,
		});
		expect(cancels()).toHaveLength(1);
	});

	it('leaves the job alone where that is wanted', async () => {
		answering(accepted, pending);
		expect(await timeout(false)).toMatchObject({
			result: {
				fault: { code: 'timeout', description: expect.stringMatching(/^Raise 'Timeout'/) as unknown },
			},
		});
		expect(cancels()).toEqual([]);
	});

	it.each<[string, Answer, string, number]>([
		[
			'refuses it',
			json(404, { error: 'job not found' }),
			'It was not cancelled: Runpod answered 404: job not found.',
			1,
		],
		[
			'has finished it by then',
			completed('https://a.example/a.png'),
			'It was not cancelled: Runpod had ended the job before, as COMPLETED.',
			1,
		],
		[
			'does not answer',
			hang,
			'It was not cancelled: Runpod gave no answer (no answer within 10 s).',
			MAX_CANCEL_ATTEMPTS,
		],
		[
			'breaks off',
			reset,
			'It was not cancelled: Runpod gave no answer (ECONNRESET).',
			MAX_CANCEL_ATTEMPTS,
		],
	])('says why the job was not cancelled where the provider %s', async (_, answer, why, asked) => {
		answering(accepted, pending);
		fixture.server.on('POST', cancelPath, answer);
		const { result } = await timeout(true);
		expect(result.ok ? '' : result.fault.description).toBe(
			`${why} Raise 'Timeout' in the options. The job may still finish at the provider: its id is in the details.`,
		);
		expect(cancels()).toHaveLength(asked);
	});
});

it('a job that has failed is not cancelled', async () => {
	answering(accepted, json(400, { id: 'job-1', status: 'FAILED', error: 'Invalid image URL' }));
	expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
		job: { status: 'failed', providerStatus: 'FAILED' },
		result: {
			fault: {
				code: 'failed',
				message: 'Runpod ended the job as FAILED: Invalid image URL',
				providerStatus: 'FAILED',
			},
		},
	});
	expect(cancels()).toEqual([]);
});
