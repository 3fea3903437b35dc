import { PLACE_TIMEOUT_MS } from '../../../../nodes/FluxKontext/core/base/limits';
import { png } from '../../../../tools/support/images';
import { bytes, json, type Answer } from '../../../support/scriptedServer';
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
import { runToEnd, START, useEngineFixture } from '../engineFixture';

// When a job takes its place among the unfinished ones of the account, and when it gives it back.

const fixture = useEngineFixture();
const one = { ...provider, maxActiveJobs: { perKey: 1 } };
const seconds = (method: string, path: RegExp) =>
	fixture.server.seen(method, path).map(({ at }) => (at - START) / 1000);
const submits = () => seconds('POST', submitPath);
const answering = (...looks: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...looks);
	fixture.server.on('POST', cancelPath, cancelled);
};
let done: Answer;
beforeEach(async () => {
	done = completed(`${fixture.files.origin}/a.png`);
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
});
/** Each of a model of its own, so that none is looked at sooner for what another took. */
const several = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from(
			{ length: count },
			async (_, index) =>
				await runToEnd(fixture.run(one, timeoutMs), { ...request, model: `model-${index}` }),
		),
	);

it('jobs beyond the limit wait here, not at the provider', async () => {
	answering(done);
	expect(await several(4)).toMatchObject(Array(4).fill({ result: { ok: true } }));
	expect(submits()).toEqual([0, 2, 4, 6]);
});

it('one key does not wait for another', async () => {
	answering(done);
	const runs = ['one', 'other', 'one'].map(
		async (keyFingerprint) => await runToEnd({ ...fixture.run(one), keyFingerprint }, request),
	);
	expect(await Promise.all(runs)).toMatchObject(Array(3).fill({ result: { ok: true } }));
	expect(submits()).toEqual([0, 0, 2]);
});

it('a model whose places are taken does not hold up another', async () => {
	answering(done);
	const able = { ...provider, maxActiveJobs: { perKey: 2, perModel: { slow: 1 } } };
	await Promise.all(
		['slow', 'slow', 'fast'].map(
			async (model) => await runToEnd(fixture.run(able), { ...request, model }),
		),
	);
	expect(fixture.server.seen('POST', submitPath).map(({ path, at }) => `${path} ${at - START}`)).toEqual([
		'/slow/run 0',
		'/fast/run 0',
		'/slow/run 2000',
	]);
});

describe('a place is given back', () => {
	it('before the image is fetched, which is no matter of the account', async () => {
		answering(done);
		fixture.files.on(
			'GET',
			/a\.png/,
			json(503, {}, { 'retry-after': '40' }),
			bytes(await png({ width: 8, height: 6 })),
		);
		expect(await several(2)).toMatchObject([{ totalMs: 42_000 }, { totalMs: 2_000 }]);
		expect(submits()).toEqual([0, 2]);
	});

	it('when the job failed', async () => {
		answering(state('FAILED', { error: 'no' }), done);
		expect(await several(2)).toMatchObject([
			{ result: { fault: { code: 'failed' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0, 2]);
	});

	it('when the submit was refused', async () => {
		answering(done);
		fixture.server.on('POST', submitPath, json(402, { error: 'no balance' }), accepted);
		expect(await several(2)).toMatchObject([
			{ result: { fault: { code: 'payment' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0, 0]);
	});

	it('when the request could not even be built', async () => {
		answering(done);
		const bad = runToEnd(fixture.run(one), { ...request, fields: { steps: {} } });
		expect(await Promise.all([bad, runToEnd(fixture.run(one), request)])).toMatchObject([
			{ result: { fault: { code: 'invalidRequest' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0]);
	});

	it('when its run is halted: not before the job was cancelled at the provider', async () => {
		const halt = new AbortController();
		answering(() => halt.abort(), done);
		fixture.server.on('POST', cancelPath, json(503, {}), cancelled);
		const first = runToEnd({ ...fixture.run(one), signal: halt.signal }, request);
		const [second] = await several(1);
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

	it('when the job alone was asked for: nobody here will know when it ends', async () => {
		answering(done);
		const submit = async () => await runToEnd(fixture.run(one), request, { completion: 'submit' });
		expect(await Promise.all([submit(), submit()])).toMatchObject(
			Array(2).fill({ job: { status: 'pending' } }),
		);
		expect(submits()).toEqual([0, 0]);
	});
});

describe('the wait for a place', () => {
	it('takes nothing from the time that the job itself has', async () => {
		// Looks at 2, 4, … and 18 s.
		const slow = [...Array<Answer>(8).fill(pending), done];
		answering(...slow, ...slow);
		const outcomes = await several(2, 20_000);
		expect(outcomes).toMatchObject([
			{ result: { ok: true }, totalMs: 18_000 },
			{ result: { ok: true }, totalMs: 18_000 },
		]);
		expect(submits()).toEqual([0, 18]);
		expect(outcomes[1]?.job?.submittedAt).toBe(new Date(START + 18_000).toISOString());
	});

	it('is an hour at most; then nothing is submitted', async () => {
		answering(json(200, { id: 'job-1', status: 'IN_PROGRESS' }, { 'retry-after': '60' }));
		const first = runToEnd(fixture.run(one, 2 * PLACE_TIMEOUT_MS), request);
		const late = runToEnd(fixture.run(one), request);
		expect(await late).toEqual({
			job: null,
			result: {
				ok: false,
				fault: expect.objectContaining({
					code: 'rateLimited',
					message:
						'Runpod limits how many jobs may be unfinished, and no place came free for an hour; nothing was submitted',
				}) as unknown,
			},
			polls: 0,
			totalMs: 0,
		});
		expect(fixture.ports.now()).toBe(START + PLACE_TIMEOUT_MS);
		await first;
		expect(submits()).toEqual([0]);
	});

	it('ends with the stop; nothing is submitted', async () => {
		answering(() => fixture.stop.abort());
		const [first, second] = await several(2);
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
