import { submitJob } from '../../../../nodes/FluxKontext/core/job/submit';
import { hang, json } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { accepted, provider, request, submitPath } from './jobs';

const fixture = useEngineFixture();
const limited = { ...provider, submitRate: { count: 2, ms: 10_000 } };
const seconds = () => fixture.server.requestsTo('POST', submitPath).map(({ at }) => (at - START) / 1000);
const submitSeveral = async (count: number, timeoutMs = 600_000) =>
	await Promise.all(
		Array.from(
			{ length: count },
			async () => await submitJob(fixture.contextFor(limited, timeoutMs), request),
		),
	);

describe('where a provider limits the submit rate,', () => {
	it('jobs queue so that no period holds more submits than allowed', async () => {
		fixture.server.on('POST', submitPath, accepted);
		expect(await submitSeveral(5)).toMatchObject(Array(5).fill({ ok: true }));
		expect(seconds()).toEqual([0, 0, 10, 10, 20]);
	});

	it('fifty jobs are sent at most twenty in any ten seconds, none later than necessary', async () => {
		fixture.server.on('POST', submitPath, accepted);
		const twentyPerPeriod = { ...provider, submitRate: { count: 20, ms: 10_000 } };
		const results = await Promise.all(
			Array.from(
				{ length: 50 },
				async () => await submitJob(fixture.contextFor(twentyPerPeriod), request),
			),
		);
		expect(results).toMatchObject(Array(50).fill({ ok: true }));
		const sentAt = seconds();
		for (const [index, at] of sentAt.entries())
			expect(sentAt[index + 20] ?? Infinity).toBeGreaterThanOrEqual(at + 10);
		expect(sentAt).toEqual([
			...Array<number>(20).fill(0),
			...Array<number>(20).fill(10),
			...Array<number>(10).fill(20),
		]);
	});

	it('a job whose turn would come after the deadline is not submitted, with the reason', async () => {
		fixture.server.on('POST', submitPath, accepted);
		const results = await submitSeveral(3, 5_000);
		expect(results).toMatchObject([
			{ ok: true },
			{ ok: true },
			{
				ok: false,
				fault: {
					code: 'rateLimited',
					message:
						'Runpod limits how many jobs are submitted in a time, ' +
						'and the turn of this one did not come',
				},
			},
		]);
		expect(seconds()).toEqual([0, 0]);
	});

	it('a submit that is repeated after 429 takes another turn', async () => {
		fixture.server.on('POST', submitPath, json(429, {}, { 'retry-after': '1' }), accepted);
		expect(await submitSeveral(2)).toMatchObject([{ ok: true }, { ok: true }]);
		expect(seconds()).toEqual([0, 0, 10]);
	});

	it('a job that waits for its turn is not submitted once the run is stopped', async () => {
		fixture.server.on('POST', submitPath, accepted);
		await submitSeveral(2);
		const third = submitJob(fixture.contextFor(limited), request);
		fixture.stop.abort();
		expect(await third).toMatchObject({ ok: false, fault: { code: 'cancelled' } });
		expect(seconds()).toEqual([0, 0]);
	});
});

it('a provider with a submit timeout of its own gets it, within the deadline of the job', async () => {
	fixture.server.on('POST', submitPath, hang);
	const slow = { ...provider, submitTimeoutMs: 300_000 };
	const messageOf = async (timeoutMs: number) => {
		const result = await submitJob(fixture.contextFor(slow, timeoutMs), request);
		return result.ok ? '' : result.fault.message;
	};
	expect(await messageOf(600_000)).toContain('no answer within 300 s');
	expect(await messageOf(90_000)).toContain('no answer within 90 s');
});
