import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import type { ResumeOptions } from '../../../../nodes/FluxKontext/core/job/runJob';
import { siliconFlow } from '../../../../nodes/FluxKontext/providers/siliconFlow';
import { png } from '../../../../tools/support/images';
import { bytes, hang, json, reset, text, type Answer } from '../../../support/scriptedServer';
import { storeInMemory, START, useEngineFixture, resumeRecord } from '../engineFixture';
import { cancelled, cancelPath, completed, pending, provider, request, state, statusPath } from './jobs';

// Jobs that an earlier run has submitted.

const fixture = useEngineFixture();
const minuteMs = 60_000;
const handle = { id: 'job-1', endpoint: request.model };
const job: JobRecord<typeof handle> = {
	provider: 'runpod',
	model: request.model,
	id: 'job-1',
	status: 'pending',
	providerStatus: 'IN_QUEUE',
	submittedAt: new Date(START - 10 * minuteMs).toISOString(),
	handle,
};
const options: ResumeOptions<Buffer> = { wait: true, store: storeInMemory, cancelOnTimeout: true };
const resume = async (overrides: Partial<ResumeOptions<Buffer>>, timeoutMs?: number, record = job) =>
	await resumeRecord(fixture.contextFor(provider, timeoutMs), record, { ...options, ...overrides });
const wait = async (overrides: Partial<ResumeOptions<Buffer>> = {}, timeoutMs?: number) =>
	await resume({ wait: true, ...overrides }, timeoutMs);
const check = async (timeoutMs?: number) => await resume({ wait: false }, timeoutMs);
const scriptJob = (...statusAnswers: Answer[]) => {
	fixture.server.on('GET', statusPath, ...statusAnswers);
	fixture.server.on('POST', cancelPath, cancelled);
};
const seconds = () => fixture.server.requestsTo('GET', statusPath).map(({ at }) => (at - START) / 1000);
const cancels = () => fixture.server.requestsTo('POST', cancelPath);
let image: Uint8Array;
let link: string;
beforeEach(async () => {
	image = await png({ width: 8, height: 6 });
	link = `${fixture.files.origin}/a.png`;
	fixture.files.on('GET', /a\.png/, bytes(image));
});
const delivered = {
	ok: true,
	value: {
		images: [{ index: 0, info: { width: 8, height: 6 }, bytes: expect.any(Number) as unknown }],
		meta: { cost: 0.031457 },
	},
};

describe('waiting for a job', () => {
	it('polls at once, then at the pace of its age, and delivers the image', async () => {
		scriptJob(pending, pending, completed(link));
		expect(await wait()).toMatchObject({
			job: { ...job, status: 'succeeded', providerStatus: 'COMPLETED' },
			result: delivered,
			polls: 3,
			totalMs: 10_000,
		});
		expect(seconds()).toEqual([0, 5, 10]);
	});

	it('submits nothing', async () => {
		scriptJob(completed(link));
		await wait();
		expect(fixture.server.requestsTo('POST')).toEqual([]);
	});

	it('polls a finished job again, because links expire', async () => {
		scriptJob(completed(link));
		expect(
			await resume({ wait: true }, undefined, {
				...job,
				status: 'succeeded',
				providerStatus: 'COMPLETED',
			}),
		).toMatchObject({ result: delivered, polls: 1 });
	});

	it('passes each image to the store with the current job record', async () => {
		scriptJob(completed(link));
		const stored: unknown[] = [];
		await wait({
			store: async (image, record, position) => {
				stored.push([record.status, record.submittedAt, position]);
				return await storeInMemory(image);
			},
		});
		expect(stored).toEqual([['succeeded', job.submittedAt, { index: 0, count: 1 }]]);
	});

	it('gives up on an image that cannot be reached after the time of one download', async () => {
		scriptJob(completed(link));
		fixture.files.on('GET', /a\.png/, json(503, {}));
		expect(await check(600_000)).toMatchObject({
			result: { ok: false, fault: { code: 'timeout' } },
			totalMs: defaultLimits.downloadTimeoutMs,
		});
	});

	it('reports that the job failed', async () => {
		scriptJob(state('FAILED', { error: 'no' }));
		expect(await wait()).toMatchObject({
			job: { status: 'failed', providerStatus: 'FAILED' },
			result: { ok: false, fault: { code: 'failed', message: 'Runpod ended the job as FAILED: no' } },
			polls: 1,
		});
	});

	it('reports that the provider does not know the job', async () => {
		scriptJob(json(404, { error: 'job not found' }));
		expect(await wait()).toMatchObject({
			job: { status: 'pending' },
			result: { fault: { code: 'notFound' } },
			polls: 1,
		});
	});

	it('ends at the deadline, and cancels the job only where that is wanted', async () => {
		scriptJob(pending);
		expect(await wait({}, 20_000)).toMatchObject({
			job: { status: 'pending' },
			result: {
				fault: {
					code: 'timeout',
					description: expect.stringMatching(/^It was cancelled at the provider\./) as unknown,
				},
			},
			totalMs: 20_000,
		});
		expect(cancels()).toHaveLength(1);
		expect(await wait({ cancelOnTimeout: false }, 20_000)).toMatchObject({
			result: { fault: { code: 'timeout' } },
		});
		expect(cancels()).toHaveLength(1);
	});

	it('ends with a stop, which cancels the job', async () => {
		scriptJob(pending, () => fixture.stop.abort());
		expect(await wait()).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(cancels()).toHaveLength(1);
	});

	it('renews a link that has expired by then', async () => {
		scriptJob(completed(`${fixture.files.origin}/old.png`), completed(link));
		fixture.files.on('GET', /old/, text(403, ''));
		expect(await wait()).toMatchObject({ result: delivered, polls: 2 });
	});
});

describe('checking a job', () => {
	it('returns its current state after one status request and leaves it alone', async () => {
		scriptJob(state('RUNNING'));
		expect(await check()).toEqual({
			job: { ...job, providerStatus: 'RUNNING' },
			result: { ok: true, value: { images: [], missing: [], meta: {} } },
			polls: 1,
			totalMs: 0,
		});
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('delivers the image of a finished job', async () => {
		scriptJob(completed(link));
		expect(await check()).toMatchObject({ job: { status: 'succeeded' }, result: delivered, polls: 1 });
	});

	it('may take longer for the download than for the status request', async () => {
		scriptJob(completed(link));
		fixture.files.on('GET', /a\.png/, json(503, {}, { 'retry-after': '55' }), bytes(image));
		expect(await check()).toMatchObject({ result: delivered, totalMs: 55_000 });
	});

	it('reports that the job failed', async () => {
		scriptJob(state('FAILED', { error: 'no' }));
		expect(await check()).toMatchObject({
			job: { status: 'failed', providerStatus: 'FAILED' },
			result: { fault: { code: 'failed' } },
		});
	});

	it.each<[string, Answer]>([
		['is unavailable', json(503, {})],
		['resets the connection', reset],
		['does not answer', hang],
	])('gives up after `checkTimeoutMs` where the provider %s, and cancels nothing', async (_, answer) => {
		scriptJob(answer);
		expect(await check()).toMatchObject({
			job,
			result: { ok: false, fault: { code: 'unavailable', retryable: true } },
			totalMs: defaultLimits.checkTimeoutMs,
		});
		expect(cancels()).toEqual([]);
	});

	it('gives up earlier where the deadline comes first', async () => {
		scriptJob(json(503, {}));
		expect(await check(4_000)).toMatchObject({
			result: { fault: { code: 'unavailable' } },
			totalMs: 4_000,
		});
	});

	it('ends with a stop, which cancels nothing, because the job was not waited for', async () => {
		scriptJob(() => fixture.stop.abort());
		expect(await check()).toMatchObject({ job, result: { fault: { code: 'cancelled' } } });
		expect(cancels()).toEqual([]);
	});
});

describe('where a provider keeps no jobs,', () => {
	const record = (...urls: string[]) => ({
		...job,
		provider: 'siliconFlow',
		status: 'succeeded' as const,
		handle: { id: 'job-1', images: urls.map((url) => ({ url, expiresAt: '2026-11-20T13:00:00.000Z' })) },
	});
	const resumeSynchronous = async (job: ReturnType<typeof record>, shouldWait: boolean) =>
		await resumeRecord(fixture.contextFor(siliconFlow), job, { ...options, wait: shouldWait });

	it.each([true, false])(
		'the links in its response still lead to the images, without an API request (waiting: %j)',
		async (shouldWait) => {
			fixture.files.on('GET', /b\.png/, bytes(image));
			expect(
				await resumeSynchronous(record(link, `${fixture.files.origin}/b.png`), shouldWait),
			).toMatchObject({
				job: { id: 'job-1', status: 'succeeded', submittedAt: job.submittedAt },
				result: {
					ok: true,
					value: {
						images: [
							{ index: 0, url: link, urlExpiresAt: '2026-11-20T13:00:00.000Z' },
							{ index: 1 },
						],
					},
				},
				polls: 0,
			});
			expect(fixture.server.requests).toEqual([]);
			expect(
				fixture.files.requests.flatMap(({ headers }) => [headers['authorization'], headers['x-key']]),
			).toEqual(Array(4).fill(undefined));
		},
	);

	it('an expired link is reported', async () => {
		fixture.files.on('GET', /a\.png/, text(403, ''));
		expect(await resumeSynchronous(record(link), true)).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'expired' } },
		});
	});

	it.each([true, false])(
		'an image that was embedded in the response cannot be delivered again (waiting: %j)',
		async (shouldWait) => {
			expect(await resumeSynchronous(record(), shouldWait)).toMatchObject({
				job: { id: 'job-1' },
				result: {
					fault: {
						code: 'notFound',
						message:
							'SiliconFlow answers with the image itself ' +
							'and keeps no job that could be asked for',
					},
				},
				polls: 0,
			});
			expect(fixture.server.requests).toEqual([]);
		},
	);
});
