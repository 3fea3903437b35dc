import axios from 'axios';
import type { INodeExecutionData, NodeApiError } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { EmulatedJob, ProviderId } from '../../tools/emulator';
import { outputsOf, storedImage, useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { billed, until } from './jobsByHand';
import { calling, signing, suspendedWorkflows } from './suspendedWorkflows';
import { expectNoKeys } from './traces';

const fixture = useN8nFixture(suspendedWorkflows, async () => await Promise.resolve({}));

beforeEach(() => {
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 2_500 });
});

const PROMPTS = ['a fox', 'a hare', 'an owl'];
const ENDED = {
	status: ['success', 'error', 'crashed', 'canceled'] as Execution['status'][],
	timeoutMs: 60_000,
};

async function call(name: string, prompts: readonly string[] = PROMPTS): Promise<void> {
	const items = prompts.map((prompt) => ({ prompt, image: fixture.emulator.sampleImage.url }));
	expect((await fixture.n8n.webhook(name, { items })).status).toBe(200);
}

const ended = async (name: string) => await fixture.execution(name, ENDED);
const jobOf = ({ json }: INodeExecutionData): EmulatedJob | undefined => {
	const { id } = json['job'] as { id: string };
	return fixture.emulator.jobs.find((job) => job.id === id);
};
const promptsOf = (items: readonly INodeExecutionData[] | undefined) =>
	(items ?? []).map((item) => jobOf(item)?.prompt);
const atStage = (...stages: string[]) =>
	fixture.emulator.requests.filter(({ stage }) => stages.includes(stage));
const everywhere = async (work: (provider: ProviderId) => Promise<void>) =>
	await Promise.all(calling.map(work));
const itemsOf = ({ data }: Execution, node: string) =>
	data.resultData.runData[node]?.at(-1)?.data?.['main']?.[0] ?? [];

/** Where the provider was told to report that job to. */
function addressOf(job: EmulatedJob): string {
	const { webhook_url: bfl, webhook, callBackUrl } = job.body as Record<string, string | undefined>;
	const submits = atStage('submit').map(({ path }) =>
		new URL(path, fixture.emulator.origin).searchParams.get('fal_webhook'),
	);
	return bfl ?? webhook ?? callBackUrl ?? submits.find(Boolean) ?? '';
}

const bodyOf = (id: string) => ({ id, request_id: id, data: { taskId: id } });
const post = async (url: string, body: object, headers = {}) =>
	(await axios.post(url, body, { headers, proxy: false, validateStatus: () => true })).status;

describe.each(calling)('an execution that sleeps for %s', (provider) => {
	const inject = (kind: 'twice' | 'late' | 'forged' | 'early' | 'lost', times = 1) =>
		fixture.emulator.inject({ provider, stage: 'callback', kind, times, ms: 1_500 });

	it('asks for no job while it sleeps, and delivers all images of all items once, in their order, however it is called', async () => {
		// The first job calls last, the others call twice.
		inject('late');
		inject('twice', Infinity);
		await call(`${provider}-several`);
		await fixture.execution(`${provider}-several`, { status: ['waiting'] });
		const sleeps = Date.now();
		const done = await ended(`${provider}-several`);
		const firstCall = fixture.emulator.callbacks[0]?.at ?? 0;
		expect(firstCall).toBeGreaterThan(sleeps);
		expect(
			atStage('status', 'result', 'cancel').filter(({ at }) => at > sleeps && at < firstCall),
		).toEqual([]);
		// In as few jobs as the model can.
		const jobs = provider === 'fal' ? 1 : 2;
		expect(billed(fixture.emulator)).toEqual(Object.fromEntries(PROMPTS.map((prompt) => [prompt, jobs])));
		expect(done.status).toBe('success');
		const items = outputsOf(done)[0] ?? [];
		expect(promptsOf(items)).toEqual(PROMPTS.flatMap((prompt) => [prompt, prompt]));
		expect(itemsOf(done, 'After').map(({ json }) => json)).toEqual(items.map(({ json }) => json));
		const fetched = atStage('download').map(({ path }) => path.split('?')[0]);
		expect(fetched).toHaveLength(6);
		expect(new Set(fetched).size).toBe(6);
		for (const item of items) await storedImage(fixture, item);
		expect(new Set(items.map(({ binary }) => binary?.['data']?.id)).size).toBe(6);
	});

	it('is not woken by who does not know its token, does not name its job, or comes too early', async () => {
		inject('forged');
		await call(`${provider}-one`, ['an owl']);
		await fixture.execution(`${provider}-one`, { status: ['waiting'] });
		const [job] = fixture.emulator.jobs;
		if (!job) throw new Error('There is no job');
		const url = addressOf(job);
		const signs = signing.includes(provider);
		expect(await post(url.replace(/signature=.{8}/, 'signature=00000000'), bodyOf(job.id))).toBe(401);
		expect(await post(url.split('?')[0] ?? '', bodyOf(job.id))).toBe(401);
		expect(await post(url, bodyOf('another-job'))).toBe(200);
		expect(await post(url, bodyOf(job.id))).toBe(signs ? 401 : 200);
		expect(await post(url, bodyOf(job.id), { 'x-bfl-signature': `sha256=${'0'.repeat(64)}` })).toBe(
			signs ? 401 : 200,
		);
		const { status, data } = await fixture.execution(`${provider}-one`);
		expect({ status, done: data.resultData.runData['After'] }).toEqual({
			status: 'waiting',
			done: undefined,
		});

		const done = await ended(`${provider}-one`);
		expect(fixture.emulator.callbacks.map((each) => each.status)).toEqual(signs ? [401, 200] : [200]);
		expect(promptsOf(outputsOf(done)[0])).toEqual(['an owl']);
		// What a forged call says of links is not what is fetched.
		await storedImage(fixture, outputsOf(done)[0]?.[0]);
		expect(billed(fixture.emulator)).toEqual({ 'an owl': 1 });
		expect(await post(url, bodyOf(job.id))).toBe(409);
	});
});

describe('a job that fails while its execution sleeps', () => {
	const failOne = async (name: string, provider: ProviderId) => {
		fixture.emulator.inject({ provider, stage: 'job', kind: 'fail' });
		await call(`${provider}-${name}`);
		const done = await ended(`${provider}-${name}`);
		const failed = fixture.emulator.jobs.find(
			(job) => job.provider === provider && job.state === 'failed',
		);
		return { done, failed, left: PROMPTS.filter((prompt) => prompt !== failed?.prompt) };
	};
	const errorOf = (job: EmulatedJob | undefined) => ({
		json: {
			error: expect.any(String) as unknown,
			details: { code: 'failed', provider: job?.provider, job: { id: job?.id, status: 'failed' } },
		},
	});

	it('is an error item under Continue, at every provider', async () => {
		await everywhere(async (provider) => {
			const { done, failed, left } = await failOne('continue', provider);
			expect(done.status).toBe('success');
			const items = outputsOf(done)[0] ?? [];
			const at = PROMPTS.indexOf(failed?.prompt ?? '');
			expect(items).toHaveLength(3);
			expect(items[at]).toMatchObject(errorOf(failed));
			expect(promptsOf(items.filter((_, index) => index !== at))).toEqual(left);
		});
	});

	it('goes to the error output where there is one, at every provider', async () => {
		await everywhere(async (provider) => {
			const { done, failed, left } = await failOne('error-output', provider);
			const [images, failures] = outputsOf(done);
			expect(promptsOf(images)).toEqual(left);
			expect(failures).toMatchObject([errorOf(failed)]);
		});
	});

	it('fails the execution otherwise, which keeps what the nodes before made and names all jobs, at every provider', async () => {
		await everywhere(async (provider) => {
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

it('goes on at the deadline with the pending job, which a node behind finishes, where nobody calls', async () => {
	fixture.emulator.timing.runMs = 7_000;
	fixture.emulator.inject({ stage: 'callback', kind: 'lost', times: Infinity });
	await everywhere(async (provider) => await call(`${provider}-deadline`));
	await everywhere(async (provider) => {
		// n8n looks for deadlines once a minute.
		const done = await fixture.execution(`${provider}-deadline`, { ...ENDED, timeoutMs: 90_000 });
		expect(done.status).toBe('success');
		expect(itemsOf(done, 'Flux Kontext')).toMatchObject(
			PROMPTS.map(() => ({ json: { job: { provider, status: 'pending' } } })),
		);
		expect(promptsOf(itemsOf(done, 'Finish'))).toEqual(PROMPTS);
		for (const item of itemsOf(done, 'Finish')) await storedImage(fixture, item);
	});
	expect(atStage('cancel')).toEqual([]);
	expect(fixture.emulator.callbacks).toEqual([]);
	expect(billed(fixture.emulator)).toEqual(
		Object.fromEntries(PROMPTS.map((prompt) => [prompt, calling.length])),
	);
});

it('delivers what is over before the execution sleeps, at every provider', async () => {
	fixture.emulator.inject({ stage: 'callback', kind: 'early', times: Infinity });
	await everywhere(async (provider) => {
		await call(`${provider}-one`);
		expect(promptsOf(outputsOf(await ended(`${provider}-one`))[0])).toEqual(PROMPTS);
	});
	// n8n hears nobody before the execution sleeps.
	const firsts = new Map(
		[...fixture.emulator.callbacks].reverse().map(({ jobId, status }) => [jobId, status]),
	);
	expect([...firsts.values()]).toEqual(fixture.emulator.jobs.map(() => 409));
	expect(billed(fixture.emulator)).toEqual(
		Object.fromEntries(PROMPTS.map((prompt) => [prompt, calling.length])),
	);
});

describe('where an item asks for several images', () => {
	const linked = async (provider: ProviderId) => {
		await call(`${provider}-linked`);
		const done = await ended(`${provider}-linked`);
		expect(done.status).toBe('success');
		return {
			items: outputsOf(done)[0] ?? [],
			askers: itemsOf(done, 'Asker').map(({ json }) => json['prompt']),
		};
	};
	const links = (items: readonly INodeExecutionData[]) => items.map(({ pairedItem }) => pairedItem);
	const jobsOfAPrompt = (provider: ProviderId) => (provider === 'fal' ? 1 : 2);
	const billsAt = (provider: ProviderId) =>
		billed({ jobs: fixture.emulator.jobs.filter((job) => job.provider === provider) });

	it('links each image to the item that asked for it, at every provider', async () => {
		await everywhere(async (provider) => {
			const { items, askers } = await linked(provider);
			expect(promptsOf(items)).toEqual(['a fox', 'a fox', 'a hare', 'a hare', 'an owl', 'an owl']);
			expect(askers).toEqual(promptsOf(items));
			expect(links(items)).toEqual([0, 0, 1, 1, 2, 2].map((item) => ({ item })));
			expect(items.map((item) => Object.keys(item).sort())).toEqual(
				items.map(() => ['binary', 'json', 'pairedItem']),
			);
			expect(billsAt(provider)).toEqual(
				Object.fromEntries(PROMPTS.map((prompt) => [prompt, jobsOfAPrompt(provider)])),
			);
		});
	});

	it('pays for none again where one has failed and Retry On Fail runs the woken node once more, at every provider', async () => {
		await everywhere(async (provider) => {
			fixture.emulator.inject({ provider, stage: 'job', kind: 'fail' });
			const { items, askers } = await linked(provider);
			const failed = items.findIndex(({ json }) => 'error' in json);
			expect(askers[failed]).toBe(
				fixture.emulator.jobs.find((job) => job.provider === provider && job.state === 'failed')
					?.prompt,
			);
			expect(askers).toEqual(
				items.map((item, index) => (index === failed ? askers[failed] : jobOf(item)?.prompt)),
			);
			expect(items).toHaveLength(provider === 'fal' ? 5 : 6);
			expect(billsAt(provider)).toEqual(
				Object.fromEntries(PROMPTS.map((prompt) => [prompt, jobsOfAPrompt(provider)])),
			);
		});
	});
});

describe("n8n's Retry of an execution that was woken", () => {
	const retried = async ({ id }: Execution) => {
		await fixture.n8n.rest('POST', `/executions/${id}/retry`, { loadWorkflow: false });
		return await ended('replicate-one');
	};

	it('fetches the images that could not be fetched, and pays nothing', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'notAnImage', times: Infinity });
		await call('replicate-one');
		const failed = await ended('replicate-one');
		expect({
			status: failed.status,
			code: (failed.data.resultData.error as NodeApiError).context['code'],
		}).toEqual({ status: 'error', code: 'badResponse' });
		fixture.emulator.calm();
		const done = await retried(failed);
		expect(done.status).toBe('success');
		expect(promptsOf(outputsOf(done)[0])).toEqual(PROMPTS);
		for (const item of outputsOf(done)[0] ?? []) await storedImage(fixture, item);
		expect(billed(fixture.emulator)).toEqual(Object.fromEntries(PROMPTS.map((prompt) => [prompt, 1])));
	});

	it('fetches them, too, where n8n was killed while it fetched them', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'hang', times: Infinity, ms: 120_000 });
		await call('replicate-one');
		await until('the images are fetched', () => atStage('download').length > 0);
		await fixture.restart();
		const crashed = await ended('replicate-one');
		expect(crashed.status).toBe('crashed');
		fixture.emulator.calm();
		const done = await retried(crashed);
		expect(done.status).toBe('success');
		expect(promptsOf(outputsOf(done)[0])).toEqual(PROMPTS);
		expect(billed(fixture.emulator)).toEqual(Object.fromEntries(PROMPTS.map((prompt) => [prompt, 1])));
	});
});

it('leaves no key in the files or in the log of n8n, after all that', async () => {
	await sleep(100);
	await expectNoKeys(fixture);
});
