import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { png } from '../../../../tools/support/images';
import { bytes, json, type Answer } from '../../../support/scriptedServer';
import { storeInMemory, START, useEngineFixture, resumeRecord } from '../engineFixture';

// AI Generate keeps a job at one of two paths: "not found" at one of them says nothing about the job.

const fixture = useEngineFixture();
const notFound = json(200, { code: 404, msg: 'none', data: null });
const handle = { id: 'task-1', path: 'kontext' as const, misses: 0, credits: null };
const job: JobRecord<typeof handle> = {
	provider: 'aiGenerate',
	model: 'flux-kontext-pro',
	id: 'task-1',
	status: 'pending',
	providerStatus: 'submitted',
	submittedAt: new Date(START - 3_600_000).toISOString(),
	handle,
};
const check = async (atKontext: Answer, atJobs: Answer) => {
	fixture.server.on('GET', /\/flux\/kontext\/record-info/, atKontext);
	fixture.server.on('GET', /\/jobs\/recordInfo/, atJobs);
	return await resumeRecord(fixture.contextFor(aiGenerate), job, {
		wait: false,
		store: storeInMemory,
		cancelOnTimeout: true,
	});
};

it('checking a job that is not found at the first path delivers its image from the other', async () => {
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
	const finished = json(200, {
		code: 200,
		data: { state: 'success', resultJson: { resultUrls: [`${fixture.files.origin}/a.png`] } },
	});
	expect(await check(notFound, finished)).toMatchObject({
		job: { status: 'succeeded', handle: { path: 'jobs' } },
		result: { ok: true, value: { images: [{ index: 0 }] } },
	});
});

it('checking a job that is found at neither path does not report it as pending', async () => {
	expect(await check(notFound, notFound)).toMatchObject({
		result: { ok: false, fault: { code: 'notFound' } },
	});
});
