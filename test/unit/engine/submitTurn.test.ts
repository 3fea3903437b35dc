import { startJob } from '../../../nodes/FluxKontext/core/submit';
import { hang, json } from '../../support/scriptedServer';
import { accepted, provider, request, submitPath } from './jobs';
import { START, useWorld } from './world';

const world = useWorld();
const limited = { ...provider, submitsPer: { count: 2, ms: 10_000 } };
const seconds = () => world.server.seen('POST', submitPath).map(({ at }) => (at - START) / 1000);
const several = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from({ length: count }, async () => await startJob(world.run(limited, timeoutMs), request)),
	);

describe('where a provider limits submits in a time', () => {
	it('jobs queue here, no more in any such time than it takes', async () => {
		world.server.on('POST', submitPath, accepted);
		expect(await several(5)).toMatchObject(Array(5).fill({ ok: true }));
		expect(seconds()).toEqual([0, 0, 10, 10, 20]);
	});

	it('of fifty jobs never more than twenty are sent in any ten seconds, and none waits longer than it must', async () => {
		world.server.on('POST', submitPath, accepted);
		const twenty = { ...provider, submitsPer: { count: 20, ms: 10_000 } };
		const results = await Promise.all(
			Array.from({ length: 50 }, async () => await startJob(world.run(twenty), request)),
		);
		expect(results).toMatchObject(Array(50).fill({ ok: true }));
		const sent = seconds();
		for (const [index, at] of sent.entries())
			expect(sent[index + 20] ?? Infinity).toBeGreaterThanOrEqual(at + 10);
		expect(sent).toEqual([
			...Array<number>(20).fill(0),
			...Array<number>(20).fill(10),
			...Array<number>(10).fill(20),
		]);
	});

	it('a job whose turn would come too late is not submitted, and says why', async () => {
		world.server.on('POST', submitPath, accepted);
		const results = await several(3, 5_000);
		expect(results).toMatchObject([
			{ ok: true },
			{ ok: true },
			{
				ok: false,
				fault: {
					code: 'rateLimited',
					message:
						'Runpod limits how many jobs are submitted in a time, and the turn of this one did not come',
				},
			},
		]);
		expect(seconds()).toEqual([0, 0]);
	});

	it('a job that is sent again after 429 takes another turn', async () => {
		world.server.on('POST', submitPath, json(429, {}, { 'retry-after': '1' }), accepted);
		expect(await several(2)).toMatchObject([{ ok: true }, { ok: true }]);
		expect(seconds()).toEqual([0, 0, 10]);
	});

	it('a job that waits for its turn is not submitted once the run is stopped', async () => {
		world.server.on('POST', submitPath, accepted);
		await several(2);
		const third = startJob(world.run(limited), request);
		world.stop.abort();
		expect(await third).toMatchObject({ ok: false, fault: { code: 'cancelled' } });
		expect(seconds()).toEqual([0, 0]);
	});
});

it('a synchronous provider has its own time to answer, within that of the job', async () => {
	world.server.on('POST', submitPath, hang);
	const slow = { ...provider, submitTimeoutMs: 300_000 };
	const messageOf = async (timeoutMs: number) => {
		const result = await startJob(world.run(slow, timeoutMs), request);
		return result.ok ? '' : result.fault.message;
	};
	expect(await messageOf(600_000)).toContain('no answer within 300 s');
	expect(await messageOf(90_000)).toContain('no answer within 90 s');
});
