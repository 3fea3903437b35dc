import { freshEngine, useTriggerFixture, type ReportedJob } from './triggerFixture';

const trigger = useTriggerFixture();

const ONLY_IMAGES = { parameters: { events: ['succeeded'] } };
const ONLY_FAILURES = { parameters: { events: ['failed'] } };

/** Expects one line of the log, which names the job with all that finishes it. */
function expectLogged(log: readonly string[], { job }: ReportedJob, reason: string): void {
	expect(log).toHaveLength(1);
	const [text = '', record = ''] = (log[0] ?? '').split(': {');
	expect(text).toContain(reason);
	expect(JSON.parse(`{${record}`)).toMatchObject({
		provider: 'blackForestLabs',
		model: 'flux-kontext-pro',
		id: job.id,
		handle: { id: job.id },
	});
}

const breakDownloads = () =>
	trigger.emulator.inject({ stage: 'download', kind: 'notAnImage', times: Infinity });

describe('a job whose image cannot be downloaded', () => {
	it('starts the workflow with its error item where the trigger reports failures', async () => {
		const reported = await trigger.submit();
		breakDownloads();
		const outcome = await trigger.report(reported);
		expect(outcome).toMatchObject({ status: 200, log: [] });
		expect(outcome.items).toMatchObject([
			{
				json: {
					error: expect.any(String) as unknown,
					details: { code: 'badResponse', job: { id: reported.job.id, status: 'succeeded' } },
				},
			},
		]);
		expect(await trigger.report(reported)).toMatchObject({ status: 200, items: null });
	});

	it('is logged and reported again where the trigger reports images only', async () => {
		const reported = await trigger.submit();
		breakDownloads();
		const outcome = await trigger.report(reported, ONLY_IMAGES);
		expect(outcome).toMatchObject({
			status: 503,
			message: 'The images of the job could not be stored',
			items: null,
		});
		expectLogged(outcome.log, reported, 'Flux Kontext Trigger could not deliver a job');
		trigger.emulator.calm();
		expect((await trigger.report(reported, ONLY_IMAGES)).items).toMatchObject([
			{ json: { job: { id: reported.job.id } }, binary: { data: { mimeType: 'image/png' } } },
		]);
		expect(await trigger.report(reported, ONLY_IMAGES)).toMatchObject({ status: 200, items: null });
	});

	it('is refused for all of its reports that arrive at once, so that each is repeated', async () => {
		const reported = await trigger.submit();
		breakDownloads();
		const outcomes = await Promise.all(
			[1, 2, 3].map(async () => await trigger.report(reported, ONLY_IMAGES)),
		);
		expect(outcomes.map(({ status }) => status)).toEqual([503, 503, 503]);
		expect(outcomes.flatMap(({ log }) => log)).toHaveLength(1);
	});
});

describe('a job that failed at the provider', () => {
	const submitFailing = async () => {
		trigger.emulator.inject({ stage: 'job', kind: 'fail' });
		return await trigger.submit();
	};

	it('starts the workflow with its error item where the trigger reports failures', async () => {
		const reported = await submitFailing();
		expect((await trigger.report(reported, ONLY_FAILURES)).items).toMatchObject([
			{ json: { details: { code: 'failed', job: { id: reported.job.id, status: 'failed' } } } },
		]);
	});

	it('is silent where the trigger reports images only', async () => {
		const reported = await submitFailing();
		expect(await trigger.report(reported, ONLY_IMAGES)).toMatchObject({
			status: 200,
			items: null,
			log: [],
		});
		expect(await trigger.report(reported)).toMatchObject({ message: 'This job was reported before' });
	});
});

it('an image is silent where the trigger reports failures only', async () => {
	const reported = await trigger.submit();
	expect(await trigger.report(reported, ONLY_FAILURES)).toMatchObject({
		status: 200,
		items: null,
		log: [],
	});
});

it('a job whose state cannot be read is logged and reported again', async () => {
	const reported = await trigger.submit();
	trigger.emulator.inject({ stage: 'status', kind: 'unknownStatus', times: Infinity });
	const outcome = await trigger.report(reported);
	expect(outcome).toMatchObject({
		status: 503,
		message: 'The end of the job could not be confirmed',
		items: null,
	});
	expectLogged(outcome.log, reported, 'The end of the job could not be confirmed');
	trigger.emulator.calm();
	expect(await trigger.report(reported)).toMatchObject({ status: 200, message: 'The workflow starts' });
});

it('a job that the provider does not know is logged and reported again', async () => {
	const reported = await trigger.submit();
	const unknown: ReportedJob = { ...reported, job: { ...reported.job, id: 'unknown' } };
	const outcome = await trigger.report(unknown, ONLY_IMAGES);
	expect(outcome).toMatchObject({ status: 503, items: null });
	expectLogged(outcome.log, unknown, 'Flux Kontext Trigger could not deliver a job');
});

it('an exception is logged and answered with 503, without the key that it names', async () => {
	const { apiKey } = trigger.emulator.providers.blackForestLabs;
	const run = async () => await Promise.reject(new Error(`broken by ${apiKey}`));
	const engine = { ...freshEngine(), activeReports: { run } };
	const outcome = await trigger.report(await trigger.submit(), { engine });
	expect(outcome).toEqual({
		status: 503,
		message: 'The webhook could not be handled',
		items: null,
		metadata: undefined,
		log: ['Flux Kontext Trigger could not handle a webhook: broken by [hidden]'],
	});
});
