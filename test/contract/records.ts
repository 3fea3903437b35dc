import sharp from 'sharp';

import { providers as registry, type JobOutcome, type JobRecord, type Provider } from '../../index';
import { simplest, type ContractFixture } from './contractFixture';

/** Fields that request a link from providers that return the image inline: a record can keep only links. */
const linkFields: Readonly<Record<string, object>> = {
	openAiCompatible: { response_format: 'url' },
	together: { response_format: 'url' },
};

async function imageOf({ result }: JobOutcome<Buffer>): Promise<Buffer> {
	if (!result.ok) throw new Error(result.fault.message);
	const [image] = result.value.images;
	if (!image) throw new Error('There is no image');
	const { width, height } = await sharp(image.value, { failOn: 'truncated' }).metadata();
	expect(image.info).toMatchObject({ width, height });
	return image.value;
}

/** Returns the record as another execution reads it: parsed from JSON. */
function roundTrip(job: JobRecord | null): JobRecord {
	if (!job) throw new Error('There is no job');
	return JSON.parse(JSON.stringify(job)) as JobRecord;
}

/** Defines the tests of jobs that another run finishes with nothing but their record. */
export function recordContractOf(harness: ContractFixture, providers: readonly Provider[]): void {
	describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
		'a job record of %s',
		(_, provider) => {
			const { request, sources } = simplest(provider);
			const isSynchronous = provider.kind === 'sync';
			const run = async (completion: 'wait' | 'submit') =>
				(
					await harness.run(
						provider,
						{ ...request, additionalFields: { ...linkFields[provider.id] } },
						{ sources, completion },
					)
				).outcome;
			const resume = async (record: unknown, wait = true): Promise<JobOutcome<Buffer>> => {
				const resumed = await harness.resume(provider, record, { wait });
				if (!resumed.ok) throw new Error(resumed.fault.message);
				return resumed.value;
			};
			const billed = () => ({
				jobs: harness.emulator.jobs.length,
				submits: harness.requests('submit').length,
			});

			it('leads to the image of a job that was only submitted, billed once', async () => {
				const submitted = await run('submit');
				const requestCount = harness.requests('status').length + harness.requests('download').length;
				if (isSynchronous) await imageOf(submitted);
				else
					expect({ submitted, requestCount }).toMatchObject({
						submitted: {
							job: { status: 'pending' },
							result: { value: { images: [], meta: {} } },
							polls: 0,
						},
						requestCount: 0,
					});
				const record = roundTrip(submitted.job);
				const resumed = await resume(record);
				await imageOf(resumed);
				expect(resumed.job).toMatchObject({
					id: record.id,
					model: record.model,
					submittedAt: record.submittedAt,
					status: 'succeeded',
				});
				expect(billed()).toEqual({ jobs: 1, submits: 1 });
			});

			it('leads to the image again after the job has ended, as text or as an object', async () => {
				const outcome = await run('wait');
				const [first, waited, checked] = [
					await imageOf(outcome),
					await resume(roundTrip(outcome.job)),
					await resume(JSON.stringify(outcome.job), false),
				];
				expect(
					[await imageOf(waited), await imageOf(checked)].map((image) => image.equals(first)),
				).toEqual([true, true]);
				expect(billed()).toEqual({ jobs: 1, submits: 1 });
			});

			it('is refused by every other provider before anything is sent', async () => {
				const record = roundTrip((await run('submit')).job);
				const requestCount = harness.emulator.requests.length;
				const others = registry.filter(({ id }) => id !== provider.id);
				const refusals = await Promise.all(
					others.map(async (other) => await harness.resume(other, record)),
				);
				expect(refusals).toMatchObject(
					others.map(({ displayName }) => ({
						ok: false,
						fault: {
							code: 'invalidRequest',
							message:
								`'Job' is one of the provider ${provider.id}, ` +
								`but 'Provider' is ${displayName}`,
						},
					})),
				);
				expect(harness.emulator.requests).toHaveLength(requestCount);
			});

			it('does not contain the key', async () => {
				const { job } = await run('wait');
				expect(JSON.stringify(roundTrip(job))).not.toContain(harness.connection(provider).apiKey);
			});

			if (isSynchronous) {
				it('leads to `notFound` without any request if the response held the image', async () => {
					const record = roundTrip((await run('wait')).job);
					const requestCount = harness.emulator.requests.length;
					expect(
						await resume({ ...record, handle: { ...record.handle, images: [] } }),
					).toMatchObject({
						job: { id: record.id },
						result: { fault: { code: 'notFound' } },
						polls: 0,
					});
					expect(harness.emulator.requests).toHaveLength(requestCount);
				});
				return;
			}

			it('leads to the state of a pending job without waiting for it', async () => {
				harness.emulator.inject({ stage: 'job', kind: 'never' });
				const record = roundTrip((await run('submit')).job);
				expect(await resume(record, false)).toMatchObject({
					job: { id: record.id, status: 'pending' },
					result: { ok: true, value: { images: [] } },
					polls: 1,
				});
				expect(harness.requests('cancel')).toEqual([]);
				expect(['queued', 'running']).toContain(harness.emulator.jobs[0]?.state);
			});

			it('leads to the image of a job that has ended meanwhile, without waiting', async () => {
				const record = roundTrip((await run('submit')).job);
				await harness.untilDone();
				await imageOf(await resume(record, false));
				expect(billed()).toEqual({ jobs: 1, submits: 1 });
			});

			it('leads to the failure of a job that has failed meanwhile', async () => {
				harness.emulator.inject({ stage: 'job', kind: 'fail' });
				const record = roundTrip((await run('submit')).job);
				expect(await resume(record)).toMatchObject({
					job: { id: record.id, status: 'failed' },
					result: { ok: false, fault: { code: 'failed' } },
				});
			});

			it('leads to `notFound` if the provider does not know the job', async () => {
				const record = roundTrip((await run('submit')).job);
				harness.emulator.clear();
				const old = { ...record, submittedAt: new Date(Date.now() - 3_600_000).toISOString() };
				expect(await resume(old)).toMatchObject({
					job: { id: record.id },
					result: { ok: false, fault: { code: 'notFound' } },
				});
			});
		},
	);
}
