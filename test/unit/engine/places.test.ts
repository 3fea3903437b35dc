import { PLACE_TIMEOUT_MS } from '../../../nodes/FluxKontext/core/limits';
import { png } from '../../support/images';
import { bytes, json, type Answer } from '../../support/scriptedServer';
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
import { runToEnd, START, useWorld } from './world';

// When a job takes its place among the unfinished ones of the account, and when it gives it back.

const world = useWorld();
const one = { ...provider, maxActiveJobs: { perKey: 1 } };
const seconds = (method: string, path: RegExp) =>
	world.server.seen(method, path).map(({ at }) => (at - START) / 1000);
const submits = () => seconds('POST', submitPath);
const answering = (...looks: Answer[]) => {
	world.server.on('POST', submitPath, accepted);
	world.server.on('GET', statusPath, ...looks);
	world.server.on('POST', cancelPath, cancelled);
};
let done: Answer;
beforeEach(async () => {
	done = completed(`${world.files.origin}/a.png`);
	world.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
});
/** Each of a model of its own, so that none is looked at sooner for what another took. */
const several = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from(
			{ length: count },
			async (_, index) =>
				await runToEnd(world.run(one, timeoutMs), { ...request, model: `model-${index}` }),
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
		async (account) => await runToEnd({ ...world.run(one), account }, request),
	);
	expect(await Promise.all(runs)).toMatchObject(Array(3).fill({ result: { ok: true } }));
	expect(submits()).toEqual([0, 0, 2]);
});

it('a model whose places are taken does not hold up another', async () => {
	answering(done);
	const able = { ...provider, maxActiveJobs: { perKey: 2, perModel: { slow: 1 } } };
	await Promise.all(
		['slow', 'slow', 'fast'].map(async (model) => await runToEnd(world.run(able), { ...request, model })),
	);
	expect(world.server.seen('POST', submitPath).map(({ path, at }) => `${path} ${at - START}`)).toEqual([
		'/slow/run 0',
		'/fast/run 0',
		'/slow/run 2000',
	]);
});

describe('a place is given back', () => {
	it('before the image is fetched, which is no matter of the account', async () => {
		answering(done);
		world.files.on(
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
		world.server.on('POST', submitPath, json(402, { error: 'no balance' }), accepted);
		expect(await several(2)).toMatchObject([
			{ result: { fault: { code: 'payment' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0, 0]);
	});

	it('when the request could not even be built', async () => {
		answering(done);
		const bad = runToEnd(world.run(one), { ...request, fields: { steps: {} } });
		expect(await Promise.all([bad, runToEnd(world.run(one), request)])).toMatchObject([
			{ result: { fault: { code: 'invalidRequest' } } },
			{ result: { ok: true } },
		]);
		expect(submits()).toEqual([0]);
	});

	it('when its run is halted: not before the job was cancelled at the provider', async () => {
		const halt = new AbortController();
		answering(() => halt.abort(), done);
		world.server.on('POST', cancelPath, json(503, {}), cancelled);
		const first = runToEnd({ ...world.run(one), signal: halt.signal }, request);
		const [second] = await several(1);
		expect(await first).toMatchObject({
			job: { status: 'pending' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(second).toMatchObject({ result: { ok: true } });
		const order = world.server.requests
			.filter(({ method }) => method === 'POST')
			.map(({ path }) => path.split('/')[2]);
		expect(order).toEqual(['run', 'cancel', 'cancel', 'run']);
	});

	it('when the job alone was asked for: nobody here will know when it ends', async () => {
		answering(done);
		const submit = async () => await runToEnd(world.run(one), request, { completion: 'submit' });
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
		const first = runToEnd(world.run(one, 2 * PLACE_TIMEOUT_MS), request);
		const late = runToEnd(world.run(one), request);
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
		expect(world.ports.now()).toBe(START + PLACE_TIMEOUT_MS);
		await first;
		expect(submits()).toEqual([0]);
	});

	it('ends with the stop; nothing is submitted', async () => {
		answering(() => world.stop.abort());
		const [first, second] = await several(2);
		expect(first).toMatchObject({ job: { id: 'job-1' }, result: { fault: { code: 'cancelled' } } });
		expect(second).toMatchObject({
			job: null,
			result: {
				fault: { code: 'cancelled', message: 'The run was stopped before this job was submitted' },
			},
		});
		expect(world.ports.now()).toBe(START + 2_000);
		expect(submits()).toEqual([0]);
	});
});
