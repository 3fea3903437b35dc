import type { INodeExecutionData, NodeApiError } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { EmulatedJob, ProviderId } from '../../tools/emulator';
import { callbackBody, callbackUrlOf, postCallback } from './callbacks';
import { outputsOf, storedImage } from './imageAssertions';
import { expectNoKeys } from './keyLeaks';
import { useN8nFixture } from './n8nFixture';
import type { Execution, ExecutionOptions } from '../../tools/n8n-host/executions';
import { billedJobs } from './recoveredJobs';
import { callbackProviders, signingProviders, suspendedWorkflows } from './suspendedWorkflows';
import { waitUntil } from './waitUntil';

const fixture = useN8nFixture(suspendedWorkflows, async () => await Promise.resolve({}));

beforeEach(() => {
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 2_500 });
});

const PROMPTS = ['a fox', 'a hare', 'an owl'];
/** Expected value of `billedJobs` if there are `count` jobs for each prompt. */
const promptsTimes = (count: number) => Object.fromEntries(PROMPTS.map((prompt) => [prompt, count]));
const ENDED: ExecutionOptions = {
	status: ['success', 'error', 'crashed', 'canceled'],
	timeoutMs: 60_000,
};

async function callWorkflow(name: string, prompts: readonly string[] = PROMPTS): Promise<void> {
	const items = prompts.map((prompt) => ({ prompt, image: fixture.emulator.sampleImage.url }));
	expect((await fixture.n8n.webhook(name, { items })).status).toBe(200);
}

const endedExecution = async (name: string) => await fixture.execution(name, ENDED);
const jobOf = ({ json }: INodeExecutionData): EmulatedJob | undefined => {
	const { id } = json['job'] as { id: string };
	return fixture.emulator.jobs.find((job) => job.id === id);
};
const promptsOf = (items: readonly INodeExecutionData[] | undefined) =>
	(items ?? []).map((item) => jobOf(item)?.prompt);
const requestsAt = (...stages: string[]) =>
	fixture.emulator.requests.filter(({ stage }) => stages.includes(stage));
const forEachProvider = async (work: (provider: ProviderId) => Promise<void>) =>
	await Promise.all(callbackProviders.map(work));
const itemsOf = ({ data }: Execution, node: string) =>
	data.resultData.runData[node]?.at(-1)?.data?.['main']?.[0] ?? [];

describe.each(callbackProviders)('an execution that is suspended for %s', (provider) => {
	const inject = (kind: 'twice' | 'late' | 'forged' | 'early' | 'lost', times = 1) =>
		fixture.emulator.inject({ provider, stage: 'callback', kind, times, ms: 1_500 });

	it('polls no job while suspended, and delivers all images once and in input order', async () => {
		// The callback of the first job comes last, those of the others come twice.
		inject('late');
		inject('twice', Infinity);
		await callWorkflow(`${provider}-multiple`);
		await fixture.execution(`${provider}-multiple`, { status: ['waiting'] });
		const suspendedAt = Date.now();
		const done = await endedExecution(`${provider}-multiple`);
		const firstCallbackAt = fixture.emulator.callbacks[0]?.at ?? 0;
		expect(firstCallbackAt).toBeGreaterThan(suspendedAt);
		expect(
			requestsAt('status', 'result', 'cancel').filter(
				({ at }) => at > suspendedAt && at < firstCallbackAt,
			),
		).toEqual([]);
		// fal's model makes both images in one job.
		const jobsPerPrompt = provider === 'fal' ? 1 : 2;
		expect(billedJobs(fixture.emulator)).toEqual(promptsTimes(jobsPerPrompt));
		expect(done.status).toBe('success');
		const items = outputsOf(done)[0] ?? [];
		expect(promptsOf(items)).toEqual(PROMPTS.flatMap((prompt) => [prompt, prompt]));
		expect(itemsOf(done, 'After').map(({ json }) => json)).toEqual(items.map(({ json }) => json));
		const downloads = requestsAt('download').map(({ path }) => path.split('?')[0]);
		expect(downloads).toHaveLength(6);
		expect(new Set(downloads).size).toBe(6);
		for (const item of items) await storedImage(fixture, item);
		expect(new Set(items.map(({ binary }) => binary?.['data']?.id)).size).toBe(6);
	});

	it('ignores a callback without its token, without its job, or before the job has ended', async () => {
		inject('forged');
		await callWorkflow(`${provider}-one`, ['an owl']);
		await fixture.execution(`${provider}-one`, { status: ['waiting'] });
		const [job] = fixture.emulator.jobs;
		if (!job) throw new Error('The emulator has no job');
		const url = callbackUrlOf(fixture.emulator, job);
		const isSigned = signingProviders.includes(provider);
		expect(
			await postCallback(url.replace(/signature=.{8}/, 'signature=00000000'), callbackBody(job.id)),
		).toBe(401);
		expect(await postCallback(url.split('?')[0] ?? '', callbackBody(job.id))).toBe(401);
		expect(await postCallback(url, callbackBody('another-job'))).toBe(200);
		expect(await postCallback(url, callbackBody(job.id))).toBe(isSigned ? 401 : 503);
		expect(
			await postCallback(url, callbackBody(job.id), { 'x-bfl-signature': `sha256=${'0'.repeat(64)}` }),
		).toBe(isSigned ? 401 : 503);
		const { status, data } = await fixture.execution(`${provider}-one`);
		expect({ status, done: data.resultData.runData['After'] }).toEqual({
			status: 'waiting',
			done: undefined,
		});

		const done = await endedExecution(`${provider}-one`);
		expect(fixture.emulator.callbacks.map((callback) => callback.status)).toEqual(
			isSigned ? [401, 200] : [200],
		);
		expect(promptsOf(outputsOf(done)[0])).toEqual(['an owl']);
		// The image is that of the status response, not one that the forged callback links to.
		await storedImage(fixture, outputsOf(done)[0]?.[0]);
		expect(billedJobs(fixture.emulator)).toEqual({ 'an owl': 1 });
		expect(await postCallback(url, callbackBody(job.id))).toBe(409);
	});
});

describe('a job that fails while its execution is suspended', () => {
	const failOne = async (name: string, provider: ProviderId) => {
		fixture.emulator.inject({ provider, stage: 'job', kind: 'fail' });
		await callWorkflow(`${provider}-${name}`);
		const done = await endedExecution(`${provider}-${name}`);
		const failed = fixture.emulator.jobs.find(
			(job) => job.provider === provider && job.state === 'failed',
		);
		return { done, failed, remaining: PROMPTS.filter((prompt) => prompt !== failed?.prompt) };
	};
	const errorOf = (job: EmulatedJob | undefined) => ({
		json: {
			error: expect.any(String) as unknown,
			details: { code: 'failed', provider: job?.provider, job: { id: job?.id, status: 'failed' } },
		},
	});

	it('becomes an error item with Continue, at every provider', async () => {
		await forEachProvider(async (provider) => {
			const { done, failed, remaining } = await failOne('continue', provider);
			expect(done.status).toBe('success');
			const items = outputsOf(done)[0] ?? [];
			const at = PROMPTS.indexOf(failed?.prompt ?? '');
			expect(items).toHaveLength(3);
			expect(items[at]).toMatchObject(errorOf(failed));
			expect(promptsOf(items.filter((_, index) => index !== at))).toEqual(remaining);
		});
	});

	it('becomes an item of the error output where there is one, at every provider', async () => {
		await forEachProvider(async (provider) => {
			const { done, failed, remaining } = await failOne('error-output', provider);
			const [images, failures] = outputsOf(done);
			expect(promptsOf(images)).toEqual(remaining);
			expect(failures).toMatchObject([errorOf(failed)]);
		});
	});

	it('fails the execution otherwise, with earlier output and all jobs, at every provider', async () => {
		await forEachProvider(async (provider) => {
			const { done, failed } = await failOne('one', provider);
			expect(done.status).toBe('error');
			const error = done.data.resultData.error as NodeApiError;
			expect(error.name).toMatch(/^Node(Operation|Api)Error$/);
			expect(error.message).toMatch(/\[Item \d\]$/);
			expect(error.node).toMatchObject({ name: 'Flux Kontext' });
			expect(error.context).toMatchObject({ code: 'failed', provider, job: { id: failed?.id } });
			expect(error.context['jobs']).toHaveLength(3);
			expect(itemsOf(done, 'Split Out').map(({ json }) => json['prompt'])).toEqual(PROMPTS);
			expect(done.data.resultData.runData['Flux Kontext']?.at(-1)).toMatchObject({
				executionStatus: 'error',
			});
			expect(done.data.resultData.runData['After']).toBeUndefined();
		});
	});
});

it('resumes at the deadline without callbacks, and a later node finishes the pending jobs', async () => {
	fixture.emulator.timing.runMs = 7_000;
	fixture.emulator.inject({ stage: 'callback', kind: 'lost', times: Infinity });
	await forEachProvider(async (provider) => await callWorkflow(`${provider}-deadline`));
	await forEachProvider(async (provider) => {
		// n8n checks for deadlines once a minute.
		const done = await fixture.execution(`${provider}-deadline`, { ...ENDED, timeoutMs: 90_000 });
		expect(done.status).toBe('success');
		expect(itemsOf(done, 'Flux Kontext')).toMatchObject(
			PROMPTS.map(() => ({ json: { job: { provider, status: 'pending' } } })),
		);
		expect(promptsOf(itemsOf(done, 'Finish'))).toEqual(PROMPTS);
		for (const item of itemsOf(done, 'Finish')) await storedImage(fixture, item);
	});
	expect(requestsAt('cancel')).toEqual([]);
	expect(fixture.emulator.callbacks).toEqual([]);
	expect(billedJobs(fixture.emulator)).toEqual(promptsTimes(callbackProviders.length));
});

it('delivers jobs that end before the execution is suspended, at every provider', async () => {
	fixture.emulator.inject({ stage: 'callback', kind: 'early', times: Infinity });
	await forEachProvider(async (provider) => {
		await callWorkflow(`${provider}-one`);
		expect(promptsOf(outputsOf(await endedExecution(`${provider}-one`))[0])).toEqual(PROMPTS);
	});
	// n8n answers callbacks with 409 until the execution is suspended.
	const firsts = new Map(
		[...fixture.emulator.callbacks].reverse().map(({ jobId, status }) => [jobId, status]),
	);
	expect([...firsts.values()]).toEqual(fixture.emulator.jobs.map(() => 409));
	expect(billedJobs(fixture.emulator)).toEqual(promptsTimes(callbackProviders.length));
});

describe('where an item requests multiple images', () => {
	const runLinked = async (provider: ProviderId) => {
		await callWorkflow(`${provider}-linked`);
		const done = await endedExecution(`${provider}-linked`);
		expect(done.status).toBe('success');
		return {
			items: outputsOf(done)[0] ?? [],
			sourcePrompts: itemsOf(done, 'Source Item').map(({ json }) => json['prompt']),
		};
	};
	const linksOf = (items: readonly INodeExecutionData[]) => items.map(({ pairedItem }) => pairedItem);
	const jobsPerPrompt = (provider: ProviderId) => (provider === 'fal' ? 1 : 2);
	const billedJobsAt = (provider: ProviderId) =>
		billedJobs({ jobs: fixture.emulator.jobs.filter((job) => job.provider === provider) });

	it('links each image to its input item, at every provider', async () => {
		await forEachProvider(async (provider) => {
			const { items, sourcePrompts } = await runLinked(provider);
			expect(promptsOf(items)).toEqual(['a fox', 'a fox', 'a hare', 'a hare', 'an owl', 'an owl']);
			expect(sourcePrompts).toEqual(promptsOf(items));
			expect(linksOf(items)).toEqual([0, 0, 1, 1, 2, 2].map((item) => ({ item })));
			expect(items.map((item) => Object.keys(item).sort())).toEqual(
				items.map(() => ['binary', 'json', 'pairedItem']),
			);
			expect(billedJobsAt(provider)).toEqual(promptsTimes(jobsPerPrompt(provider)));
		});
	});

	it('submits no job again when Retry On Fail repeats the resumed node, at every provider', async () => {
		await forEachProvider(async (provider) => {
			fixture.emulator.inject({ provider, stage: 'job', kind: 'fail' });
			const { items, sourcePrompts } = await runLinked(provider);
			const failed = items.findIndex(({ json }) => 'error' in json);
			expect(sourcePrompts[failed]).toBe(
				fixture.emulator.jobs.find((job) => job.provider === provider && job.state === 'failed')
					?.prompt,
			);
			expect(sourcePrompts).toEqual(
				items.map((item, index) => (index === failed ? sourcePrompts[failed] : jobOf(item)?.prompt)),
			);
			expect(items).toHaveLength(provider === 'fal' ? 5 : 6);
			expect(billedJobsAt(provider)).toEqual(promptsTimes(jobsPerPrompt(provider)));
		});
	});
});

describe("n8n's Retry of a resumed execution", () => {
	const retry = async ({ id }: Execution) => {
		await fixture.n8n.rest('POST', `/executions/${id}/retry`, { loadWorkflow: false });
		return await endedExecution('replicate-one');
	};

	it('downloads the images that could not be downloaded and submits nothing', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'notAnImage', times: Infinity });
		await callWorkflow('replicate-one');
		const failed = await endedExecution('replicate-one');
		expect({
			status: failed.status,
			code: (failed.data.resultData.error as NodeApiError).context['code'],
		}).toEqual({ status: 'error', code: 'badResponse' });
		fixture.emulator.calm();
		const done = await retry(failed);
		expect(done.status).toBe('success');
		expect(promptsOf(outputsOf(done)[0])).toEqual(PROMPTS);
		for (const item of outputsOf(done)[0] ?? []) await storedImage(fixture, item);
		expect(billedJobs(fixture.emulator)).toEqual(promptsTimes(1));
	});

	it('downloads them as well where n8n was killed during the download', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'hang', times: Infinity, ms: 120_000 });
		await callWorkflow('replicate-one');
		await waitUntil('the images are requested', () => requestsAt('download').length > 0);
		await fixture.restart();
		const crashed = await endedExecution('replicate-one');
		expect(crashed.status).toBe('crashed');
		fixture.emulator.calm();
		const done = await retry(crashed);
		expect(done.status).toBe('success');
		expect(promptsOf(outputsOf(done)[0])).toEqual(PROMPTS);
		expect(billedJobs(fixture.emulator)).toEqual(promptsTimes(1));
	});
});

it('has left no key in the files or the log of n8n', async () => {
	await sleep(100);
	await expectNoKeys(fixture);
});
