import sharp from 'sharp';

import { providers as registry, type JobOutcome, type JobRecord, type Provider } from '../../index';
import { simplest, type ContractFixture } from './contractFixture';

/** These two give the image inline as long as nobody asks for a link, which is all that a record can keep. */
const asLink: Readonly<Record<string, object>> = {
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

/** As it comes out of an item, and into another execution. */
function written(job: JobRecord | null): JobRecord {
	if (!job) throw new Error('There is no job');
	return JSON.parse(JSON.stringify(job)) as JobRecord;
}

/** What every provider has to keep of a job that another run finishes: a run that has nothing of the first but its record. */
export function recordContractOf(harness: ContractFixture, providers: readonly Provider[]): void {
	describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
		'the record of a job of %s',
		(_, provider) => {
			const { request, sources } = simplest(provider);
			const synchronous = !provider.buildStatus;
			const go = async (completion: 'wait' | 'submit') =>
				(
					await harness.go(
						provider,
						{ ...request, additionalFields: { ...asLink[provider.id] } },
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

			it('brings the image that was submitted without waiting, billed once', async () => {
				const submitted = await go('submit');
				const looks = harness.requests('status').length + harness.requests('download').length;
				if (synchronous) await imageOf(submitted);
				else
					expect({ submitted, looks }).toMatchObject({
						submitted: {
							job: { status: 'pending' },
							result: { value: { images: [], meta: {} } },
							polls: 0,
						},
						looks: 0,
					});
				const record = written(submitted.job);
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

			it('brings the image again after the job has ended, the record being text or object', async () => {
				const outcome = await go('wait');
				const [first, again, more] = [
					await imageOf(outcome),
					await resume(written(outcome.job)),
					await resume(JSON.stringify(outcome.job), false),
				];
				expect(
					[await imageOf(again), await imageOf(more)].map((image) => image.equals(first)),
				).toEqual([true, true]);
				expect(billed()).toEqual({ jobs: 1, submits: 1 });
			});

			it('is refused by every other provider, before anything is sent', async () => {
				const record = written((await go('submit')).job);
				const before = harness.emulator.requests.length;
				const others = registry.filter(({ id }) => id !== provider.id);
				const refusals = await Promise.all(
					others.map(async (other) => await harness.resume(other, record)),
				);
				expect(refusals).toMatchObject(
					others.map(({ displayName }) => ({
						ok: false,
						fault: {
							code: 'invalidRequest',
							message: `'Job' is one of the provider ${provider.id}, but 'Provider' is ${displayName}`,
						},
					})),
				);
				expect(harness.emulator.requests).toHaveLength(before);
			});

			it('holds no key', async () => {
				const { job } = await go('wait');
				expect(JSON.stringify(written(job))).not.toContain(harness.connection(provider).apiKey);
			});

			if (synchronous) {
				it('of an image that stood in the answer says that it is gone, and asks nobody', async () => {
					const record = written((await go('wait')).job);
					const before = harness.emulator.requests.length;
					expect(
						await resume({ ...record, handle: { ...record.handle, images: [] } }),
					).toMatchObject({
						job: { id: record.id },
						result: { fault: { code: 'notFound' } },
						polls: 0,
					});
					expect(harness.emulator.requests).toHaveLength(before);
				});
				return;
			}

			it('tells how the job is now, without waiting for it', async () => {
				harness.emulator.inject({ stage: 'job', kind: 'never' });
				const record = written((await go('submit')).job);
				expect(await resume(record, false)).toMatchObject({
					job: { id: record.id, status: 'pending' },
					result: { ok: true, value: { images: [] } },
					polls: 1,
				});
				expect(harness.requests('cancel')).toEqual([]);
				expect(['queued', 'running']).toContain(harness.emulator.jobs[0]?.state);
			});

			it('brings the image of a job that has ended meanwhile, without waiting', async () => {
				const record = written((await go('submit')).job);
				await harness.untilDone();
				await imageOf(await resume(record, false));
				expect(billed()).toEqual({ jobs: 1, submits: 1 });
			});

			it('tells that the job has failed meanwhile', async () => {
				harness.emulator.inject({ stage: 'job', kind: 'fail' });
				const record = written((await go('submit')).job);
				expect(await resume(record)).toMatchObject({
					job: { id: record.id, status: 'failed' },
					result: { ok: false, fault: { code: 'failed' } },
				});
			});

			it('of a job that the provider does not know ends soon', async () => {
				const record = written((await go('submit')).job);
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
