import { resumeJob } from '../../../../nodes/FluxKontext/core/job/runJob';
import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { png } from '../../../../tools/support/images';
import { bytes, json, type Answer } from '../../../support/scriptedServer';
import { keep, START, useEngineFixture } from '../engineFixture';

// AI Generate knows a job at one of two paths: that one of them does not know it says nothing about the job.

const fixture = useEngineFixture();
const unknown = json(200, { code: 404, msg: 'none', data: null });
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
const get = async (atKontext: Answer, atJobs: Answer) => {
	fixture.server.on('GET', /\/flux\/kontext\/record-info/, atKontext);
	fixture.server.on('GET', /\/jobs\/recordInfo/, atJobs);
	return await resumeJob(fixture.run(aiGenerate), job, { wait: false, store: keep, cancelOnTimeout: true });
};

it('a single look at a job that the first path does not know brings its image from the other', async () => {
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
	const made = json(200, {
		code: 200,
		data: { state: 'success', resultJson: { resultUrls: [`${fixture.files.origin}/a.png`] } },
	});
	expect(await get(unknown, made)).toMatchObject({
		job: { status: 'succeeded', handle: { path: 'jobs' } },
		result: { ok: true, value: { images: [{ index: 0 }] } },
	});
});

it('a single look at a job that neither path knows does not say that it is pending', async () => {
	expect(await get(unknown, unknown)).toMatchObject({ result: { ok: false, fault: { code: 'notFound' } } });
});
