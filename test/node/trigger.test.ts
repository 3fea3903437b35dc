import type { IDataObject } from 'n8n-workflow';

import {
	freshEngine,
	oldQueryMadeAt,
	queryMadeAt,
	useTriggerFixture,
	type ReportedJob,
} from './triggerFixture';

const trigger = useTriggerFixture();

const STARTS = { status: 200, message: 'The workflow starts' };
const REPEATED = { status: 200, message: 'This job was reported before', items: null };
const FOREIGN = { status: 409, message: 'This address belongs to another job', items: null };
const DAY_MS = 86_400_000;

describe('a trigger', () => {
	it('starts its workflow with the image of the job', async () => {
		const reported = await trigger.submit();
		const outcome = await trigger.report(reported);
		expect(outcome).toMatchObject({ ...STARTS, log: [] });
		expect(outcome.items).toMatchObject([
			{
				json: { job: { id: reported.job.id, status: 'succeeded' }, image: { index: 0 }, seed: 7 },
				binary: { data: { mimeType: 'image/png' } },
			},
		]);
	});

	it('starts it once, however often the job is reported', async () => {
		const reported = await trigger.submit();
		const outcomes = await Promise.all([1, 2, 3].map(async () => await trigger.report(reported)));
		expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(outcomes.filter(({ items }) => items !== null)).toHaveLength(1);
		const polls = trigger.sent('status').length;
		expect(await trigger.report(reported)).toMatchObject(REPEATED);
		expect(trigger.sent('status')).toHaveLength(polls);
	});

	it('recognizes a repeated report after n8n has restarted, also in another process', async () => {
		const reported = await trigger.submit();
		await trigger.report(reported);
		const staticData = JSON.parse(JSON.stringify(trigger.staticData)) as IDataObject;
		expect(await trigger.report(reported, { engine: freshEngine(), staticData })).toMatchObject(REPEATED);
	});

	it('recognizes a repeated report after 1,000 others, and keeps 1,000 in the database', async () => {
		const reported = await trigger.submit();
		const engine = freshEngine();
		await trigger.report(reported, { engine });
		const expiresAt = Date.now() + DAY_MS;
		for (let index = 0; index < 1_000; index += 1)
			for (const key of [`blackForestLabs other-${index}`, `address other-${index}`])
				engine.reportedJobs.add(key, Date.now());
		expect(await trigger.report(reported, { engine })).toMatchObject(REPEATED);

		const others = Array.from({ length: 1_000 }, (_, index) => ({
			job: `blackForestLabs other-${index}`,
			nonce: `other-${index}`,
			expiresAt,
		}));
		const staticData = { 'node:Flux Kontext': { reports: others } } as IDataObject;
		expect(await trigger.report(await trigger.submit(), { staticData })).toMatchObject(STARTS);
		const { reports } = staticData['node:Flux Kontext'] as { reports: unknown[] };
		expect(reports).toHaveLength(1_000);
		expect(reports[0]).toEqual(others[1]);
	});

	it('forgets reports whose URL has expired, and ignores what is no report', async () => {
		const expired = { job: 'blackForestLabs old', nonce: 'old', expiresAt: Date.now() - 1 };
		const staticData = { 'node:Flux Kontext': { reports: [expired, null, 'x', { job: 1 }] } };
		const reported = await trigger.submit();
		expect(await trigger.report(reported, { staticData })).toMatchObject(STARTS);
		expect(staticData['node:Flux Kontext'].reports).toEqual([
			{
				job: `blackForestLabs ${reported.job.id}`,
				nonce: expect.any(String) as unknown,
				expiresAt: expect.any(Number) as unknown,
			},
		]);
	});
});

describe('the URL of a trigger', () => {
	it('is valid for one job: another job of the same key is refused', async () => {
		const [first, second] = [await trigger.submit(), await trigger.submit()];
		await trigger.report(first);
		const replayed = { job: second.job, query: first.query };
		expect(await trigger.report(replayed)).toMatchObject(FOREIGN);
		expect(await trigger.report(replayed, { engine: freshEngine() })).toMatchObject(FOREIGN);
		expect(await trigger.report(second)).toMatchObject(STARTS);
	});

	it('is not bound by a job that the provider does not know', async () => {
		const reported = await trigger.submit();
		const invented: ReportedJob = { ...reported, job: { ...reported.job, id: 'invented' } };
		expect((await trigger.report(invented)).items).toMatchObject([
			{ json: { error: expect.any(String) as unknown } },
		]);
		expect(await trigger.report(reported)).toMatchObject(STARTS);
	});

	it('expires a day after the submit', async () => {
		const { job } = await trigger.submit();
		expect(
			await trigger.report({ job, query: queryMadeAt(job, Date.now() - DAY_MS - 1_000) }),
		).toMatchObject({
			status: 410,
			message: 'This address has expired',
			items: null,
		});
		expect(
			await trigger.report({ job, query: queryMadeAt(job, Date.now() - DAY_MS + 60_000) }),
		).toMatchObject(STARTS);
	});

	it('that version 0.1.0 made is valid for a day, too', async () => {
		const { job } = await trigger.submit();
		expect(
			await trigger.report({ job, query: oldQueryMadeAt(job, Date.now() - DAY_MS - 1_000) }),
		).toMatchObject({
			status: 410,
		});
		const old = { job, query: oldQueryMadeAt(job, Date.now()) };
		expect(await trigger.report(old)).toMatchObject(STARTS);
		expect(await trigger.report(old, { engine: freshEngine() })).toMatchObject(REPEATED);
	});

	it.each(['', '.', 'x.y', 'é.é'])('with the query "%s" is refused', async (flux) => {
		const { job } = await trigger.submit();
		expect(await trigger.report({ job, query: { flux } })).toMatchObject({ status: 401, items: null });
	});

	it('is refused without a valid signature of the provider', async () => {
		const reported = await trigger.submit();
		const forged = { 'x-bfl-signature': `sha256=${'0'.repeat(64)}` };
		for (const headers of [{}, forged])
			expect(await trigger.report(reported, { headers })).toMatchObject({
				status: 401,
				message: 'The signature is invalid',
				items: null,
			});
		expect(trigger.sent('status')).toEqual([]);
	});
});
