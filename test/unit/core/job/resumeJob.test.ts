import { resumeJob, type ResumeOptions } from '../../../../nodes/FluxKontext/core/job/runJob';
import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { LOOK_TIMEOUT_MS } from '../../../../nodes/FluxKontext/core/base/limits';
import { siliconFlow } from '../../../../nodes/FluxKontext/providers/siliconFlow';
import { png } from '../../../../tools/support/images';
import { bytes, hang, json, reset, text, type Answer } from '../../../support/scriptedServer';
import { cancelled, cancelPath, completed, pending, provider, request, state, statusPath } from './jobs';
import { keep, START, useEngineFixture } from '../engineFixture';

// A job that was submitted earlier, by another run.

const fixture = useEngineFixture();
const minute = 60_000;
const handle = { id: 'job-1', endpoint: request.model };
const job: JobRecord<typeof handle> = {
	provider: 'runpod',
	model: request.model,
	id: 'job-1',
	status: 'pending',
	providerStatus: 'IN_QUEUE',
	submittedAt: new Date(START - 10 * minute).toISOString(),
	handle,
};
const options: ResumeOptions<Buffer> = { wait: true, store: keep, cancelOnTimeout: true };
const go = async (more: Partial<ResumeOptions<Buffer>>, timeoutMs?: number, record = job) =>
	await resumeJob(fixture.run(provider, timeoutMs), record, { ...options, ...more });
const wait = async (more: Partial<ResumeOptions<Buffer>> = {}, timeoutMs?: number) =>
	await go({ wait: true, ...more }, timeoutMs);
const get = async (timeoutMs?: number) => await go({ wait: false }, timeoutMs);
const answering = (...looks: Answer[]) => {
	fixture.server.on('GET', statusPath, ...looks);
	fixture.server.on('POST', cancelPath, cancelled);
};
const seconds = () => fixture.server.seen('GET', statusPath).map(({ at }) => (at - START) / 1000);
const cancels = () => fixture.server.seen('POST', cancelPath);
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

describe('waiting for it', () => {
	it('looks at once, then at the pace of its age, and brings the image', async () => {
		answering(pending, pending, completed(link));
		expect(await wait()).toMatchObject({
			job: { ...job, status: 'succeeded', providerStatus: 'COMPLETED' },
			result: delivered,
			polls: 3,
			totalMs: 10_000,
		});
		expect(seconds()).toEqual([0, 5, 10]);
	});

	it('submits nothing', async () => {
		answering(completed(link));
		await wait();
		expect(fixture.server.seen('POST')).toEqual([]);
	});

	it('asks again for one that had finished: links do not live long', async () => {
		answering(completed(link));
		expect(
			await go({ wait: true }, undefined, { ...job, status: 'succeeded', providerStatus: 'COMPLETED' }),
		).toMatchObject({ result: delivered, polls: 1 });
	});

	it('hands each image to the store with the job as it is now', async () => {
		answering(completed(link));
		const stored: unknown[] = [];
		await wait({
			store: async (open, record, place) => {
				stored.push([record.status, record.submittedAt, place]);
				return await keep(open);
			},
		});
		expect(stored).toEqual([['succeeded', job.submittedAt, { index: 0, count: 1 }]]);
	});

	it('says that it failed', async () => {
		answering(state('FAILED', { error: 'no' }));
		expect(await wait()).toMatchObject({
			job: { status: 'failed', providerStatus: 'FAILED' },
			result: { ok: false, fault: { code: 'failed', message: 'Runpod ended the job as FAILED: no' } },
			polls: 1,
		});
	});

	it('says that the provider does not know it', async () => {
		answering(json(404, { error: 'job not found' }));
		expect(await wait()).toMatchObject({
			job: { status: 'pending' },
			result: { fault: { code: 'notFound' } },
			polls: 1,
		});
	});

	it('ends with the deadline, and cancels it or not', async () => {
		answering(pending);
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

	it('ends with the stop, which cancels it', async () => {
		answering(pending, () => fixture.stop.abort());
		expect(await wait()).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(cancels()).toHaveLength(1);
	});

	it('renews a link that has run out by then', async () => {
		answering(completed(`${fixture.files.origin}/old.png`), completed(link));
		fixture.files.on('GET', /old/, text(403, ''));
		expect(await wait()).toMatchObject({ result: delivered, polls: 2 });
	});
});

describe('getting it', () => {
	it('as it is now takes one look, and leaves it alone', async () => {
		answering(state('RUNNING'));
		expect(await get()).toEqual({
			job: { ...job, providerStatus: 'RUNNING' },
			result: { ok: true, value: { images: [], meta: {} } },
			polls: 1,
			totalMs: 0,
		});
		expect(fixture.server.requests).toHaveLength(1);
	});

	it('brings the image of one that has finished', async () => {
		answering(completed(link));
		expect(await get()).toMatchObject({ job: { status: 'succeeded' }, result: delivered, polls: 1 });
	});

	it('has time for the image however short that for the look is', async () => {
		answering(completed(link));
		fixture.files.on('GET', /a\.png/, json(503, {}, { 'retry-after': '55' }), bytes(image));
		expect(await get()).toMatchObject({ result: delivered, totalMs: 55_000 });
	});

	it('says that it failed', async () => {
		answering(state('FAILED', { error: 'no' }));
		expect(await get()).toMatchObject({
			job: { status: 'failed', providerStatus: 'FAILED' },
			result: { fault: { code: 'failed' } },
		});
	});

	it.each<[string, Answer]>([
		['is in trouble', json(503, {})],
		['breaks off', reset],
		['does not answer', hang],
	])('gives up after a while where the provider %s, and cancels nothing', async (_, answer) => {
		answering(answer);
		expect(await get()).toMatchObject({
			job,
			result: { ok: false, fault: { code: 'unavailable', retryable: true } },
			totalMs: LOOK_TIMEOUT_MS,
		});
		expect(cancels()).toEqual([]);
	});

	it('gives up earlier where there is less time', async () => {
		answering(json(503, {}));
		expect(await get(4_000)).toMatchObject({
			result: { fault: { code: 'unavailable' } },
			totalMs: 4_000,
		});
	});

	it('ends with the stop, which cancels nothing: nobody had waited for it', async () => {
		answering(() => fixture.stop.abort());
		expect(await get()).toMatchObject({ job, result: { fault: { code: 'cancelled' } } });
		expect(cancels()).toEqual([]);
	});
});

describe('where a provider keeps no jobs', () => {
	const record = (...urls: string[]) => ({
		...job,
		provider: 'siliconFlow',
		status: 'succeeded' as const,
		handle: { id: 'job-1', images: urls.map((url) => ({ url, expiresAt: '2026-11-20T13:00:00.000Z' })) },
	});
	const resume = async (of: ReturnType<typeof record>, waits: boolean) =>
		await resumeJob(fixture.run(siliconFlow), of, { ...options, wait: waits });

	it.each([true, false])(
		'the links in its answer lead to the images still, asking nobody (waiting: %j)',
		async (waits) => {
			fixture.files.on('GET', /b\.png/, bytes(image));
			expect(await resume(record(link, `${fixture.files.origin}/b.png`), waits)).toMatchObject({
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

	it('a link that has run out is the end', async () => {
		fixture.files.on('GET', /a\.png/, text(403, ''));
		expect(await resume(record(link), true)).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'expired' } },
		});
	});

	it.each([true, false])(
		'an image that stood in the answer is gone with it (waiting: %j)',
		async (waits) => {
			expect(await resume(record(), waits)).toMatchObject({
				job: { id: 'job-1' },
				result: {
					fault: {
						code: 'notFound',
						message:
							'SiliconFlow answers with the image itself and keeps no job that could be asked for',
					},
				},
				polls: 0,
			});
			expect(fixture.server.requests).toEqual([]);
		},
	);
});
