import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { png } from '../../../../tools/support/images';
import { bytes, json, type Answer } from '../../../support/scriptedServer';
import { runToEnd, START, useEngineFixture } from '../engineFixture';
import {
	accepted,
	cancelled,
	cancelPath,
	completed,
	pending,
	provider,
	request,
	state,
	statusPath,
	submitPath,
} from './jobs';

// When a job acquires its slot of the connection, and when it releases it.

const fixture = useEngineFixture();
const oneSlot = { ...provider, maxActiveJobs: { perKey: 1 } };
const seconds = (method: string, path: RegExp) =>
	fixture.server.requestsTo(method, path).map(({ at }) => (at - START) / 1000);
const submits = () => seconds('POST', submitPath);
const scriptJob = (...statusAnswers: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...statusAnswers);
	fixture.server.on('POST', cancelPath, cancelled);
};
let done: Answer;
beforeEach(async () => {
	done = completed(`${fixture.files.origin}/a.png`);
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
});
/** Runs jobs of one model each, so that none is polled earlier because of the duration of another. */
const runSeveral = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from(
			{ length: count },
			async (_, index) =>
				await runToEnd(fixture.contextFor(oneSlot, timeoutMs), {
					...request,
					model: `model-${index}`,
				}),
		),
	);

it('queues jobs beyond the limit here instead of at the provider', async () => {
	scriptJob(done);
	expect(await runSeveral(4)).toMatchObject(Array(4).fill({ result: { ok: true } }));
	expect(submits()).toEqual([0, 2, 4, 6]);
});

it('does not make one key wait for another', async () => {
	scriptJob(done);
	const runs = ['one', 'other', 'one'].map(
		async (keyFingerprint) => await runToEnd({ ...fixture.contextFor(oneSlot), keyFingerprint }, request),
	);
	expect(await Promise.all(runs)).toMatchObject(Array(3).fill({ result: { ok: true } }));
	expect(submits()).toEqual([0, 0, 2]);
});

it('does not let a model without free slots block another', async () => {
	scriptJob(done);
	const twoSlots = { ...provider, maxActiveJobs: { perKey: 2, perModel: { slow: 1 } } };
	await Promise.all(
		['slow', 'slow', 'fast'].map(
			async (model) => await runToEnd(fixture.contextFor(twoSlots), { ...request, model }),
		),
	);
	expect(
		fixture.server.requestsTo('POST', submitPath).map(({ path, at }) => `${path} ${at - START}`),
	).toEqual(['/slow/run 0', '/fast/run 0', '/slow/run 2000']);
});

describe('a slot is released', () => {
	it('before the image is downloaded, which does not count against the limit', async () => {
		scriptJob(done);
		fixture.files.on(
			'GET',
			/a\.png/,
			json(503, {}, { 'retry-after': '40' }),
			bytes(await png({ width: 8, height: 6 })),
		);
		expect(await runSeveral(2)).toMatchObject([{ totalMs: 42_000 }, { totalMs: 2_000 }]);
		expect(submits()).toEqual([0, 2]);
	});

	it('when the job has failed', async () => {
		scriptJob(state('FAILED', { error: 'no' }), done);
		expect(await runSeveral(2)).toMatchObject([
			{ result: { fault: { code: 'failed' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0, 2]);
	});

	it('when the submit was refused', async () => {
		scriptJob(done);
		fixture.server.on('POST', submitPath, json(402, { error: 'no balance' }), accepted);
		expect(await runSeveral(2)).toMatchObject([
			{ result: { fault: { code: 'payment' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0, 0]);
	});

	it('when the request could not be built', async () => {
		scriptJob(done);
		const invalid = runToEnd(fixture.contextFor(oneSlot), { ...request, fields: { steps: {} } });
		expect(await Promise.all([invalid, runToEnd(fixture.contextFor(oneSlot), request)])).toMatchObject([
			{ result: { fault: { code: 'invalidRequest' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0]);
	});

	it('when its run is stopped, but not before the job was cancelled at the provider', async () => {
		const controller = new AbortController();
		scriptJob(() => controller.abort(), done);
		fixture.server.on('POST', cancelPath, json(503, {}), cancelled);
		const first = runToEnd({ ...fixture.contextFor(oneSlot), signal: controller.signal }, request);
		const [second] = await runSeveral(1);
		expect(await first).toMatchObject({
			job: { status: 'pending' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(second).toMatchObject({ result: { ok: true } });
		const order = fixture.server.requests
			.filter(({ method }) => method === 'POST')
			.map(({ path }) => path.split('/')[2]);
		expect(order).toEqual(['run', 'cancel', 'cancel', 'run']);
	});

	it('when only the submit was requested, because the end of the job will not be observed', async () => {
		scriptJob(done);
		const submit = async () =>
			await runToEnd(fixture.contextFor(oneSlot), request, { completion: 'submit' });
		expect(await Promise.all([submit(), submit()])).toMatchObject(
			Array(2).fill({ job: { status: 'pending' } }),
		);
		expect(submits()).toEqual([0, 0]);
	});
});

describe('the wait for a slot', () => {
	it('does not count against the timeout of the job', async () => {
		// Polls at 2, 4, … and 18 s.
		const slow = [...Array<Answer>(8).fill(pending), done];
		scriptJob(...slow, ...slow);
		const outcomes = await runSeveral(2, 20_000);
		expect(outcomes).toMatchObject([
			{ result: { ok: true }, totalMs: 18_000 },
			{ result: { ok: true }, totalMs: 18_000 },
		]);
		expect(submits()).toEqual([0, 18]);
		expect(outcomes[1]?.job?.submittedAt).toBe(new Date(START + 18_000).toISOString());
	});

	it('lasts an hour at most; then nothing is submitted', async () => {
		scriptJob(json(200, { id: 'job-1', status: 'IN_PROGRESS' }, { 'retry-after': '60' }));
		const first = runToEnd(fixture.contextFor(oneSlot, 2 * defaultLimits.slotTimeoutMs), request);
		const late = runToEnd(fixture.contextFor(oneSlot), request);
		expect(await late).toEqual({
			job: null,
			result: {
				ok: false,
				fault: expect.objectContaining({
					code: 'rateLimited',
					message:
						'Runpod limits how many jobs may be unfinished, ' +
						'and no place came free for an hour; nothing was submitted',
				}) as unknown,
			},
			polls: 0,
			totalMs: 0,
		});
		expect(fixture.ports.now()).toBe(START + defaultLimits.slotTimeoutMs);
		await first;
		expect(submits()).toEqual([0]);
	});

	it('ends with a stop; nothing is submitted', async () => {
		scriptJob(() => fixture.stop.abort());
		const [first, second] = await runSeveral(2);
		expect(first).toMatchObject({ job: { id: 'job-1' }, result: { fault: { code: 'cancelled' } } });
		expect(second).toMatchObject({
			job: null,
			result: {
				fault: { code: 'cancelled', message: 'The run was stopped before this job was submitted' },
			},
		});
		expect(fixture.ports.now()).toBe(START + 2_000);
		expect(submits()).toEqual([0]);
	});
});
