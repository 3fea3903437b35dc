import { startJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { hang, json } from '../../../support/scriptedServer';
import { accepted, provider, request, submitPath } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const limited = { ...provider, submitRate: { count: 2, ms: 10_000 } };
const seconds = () => fixture.server.seen('POST', submitPath).map(({ at }) => (at - START) / 1000);
const several = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from({ length: count }, async () => await startJob(fixture.run(limited, timeoutMs), request)),
	);

describe('where a provider limits submits in a time', () => {
	it('jobs queue here, no more in any such time than it takes', async () => {
		fixture.server.on('POST', submitPath, accepted);
		expect(await several(5)).toMatchObject(Array(5).fill({ ok: true }));
		expect(seconds()).toEqual([0, 0, 10, 10, 20]);
	});

	it('of fifty jobs never more than twenty are sent in any ten seconds, and none waits longer than it must', async () => {
		fixture.server.on('POST', submitPath, accepted);
		const twenty = { ...provider, submitRate: { count: 20, ms: 10_000 } };
		const results = await Promise.all(
			Array.from({ length: 50 }, async () => await startJob(fixture.run(twenty), request)),
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
		fixture.server.on('POST', submitPath, accepted);
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
		fixture.server.on('POST', submitPath, json(429, {}, { 'retry-after': '1' }), accepted);
		expect(await several(2)).toMatchObject([{ ok: true }, { ok: true }]);
		expect(seconds()).toEqual([0, 0, 10]);
	});

	it('a job that waits for its turn is not submitted once the run is stopped', async () => {
		fixture.server.on('POST', submitPath, accepted);
		await several(2);
		const third = startJob(fixture.run(limited), request);
		fixture.stop.abort();
		expect(await third).toMatchObject({ ok: false, fault: { code: 'cancelled' } });
		expect(seconds()).toEqual([0, 0]);
	});
});

it('a synchronous provider has its own time to answer, within that of the job', async () => {
	fixture.server.on('POST', submitPath, hang);
	const slow = { ...provider, submitTimeoutMs: 300_000 };
	const messageOf = async (timeoutMs: number) => {
		const result = await startJob(fixture.run(slow, timeoutMs), request);
		return result.ok ? '' : result.fault.message;
	};
	expect(await messageOf(600_000)).toContain('no answer within 300 s');
	expect(await messageOf(90_000)).toContain('no answer within 90 s');
});
