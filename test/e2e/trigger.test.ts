import type { IDataObject } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ProviderId } from '../../tools/emulator';
import { callbackBody, callbackUrlOf, postCallback } from './callbacks';
import { outputsOf, storedImage } from './imageAssertions';
import { expectNoKeys } from './keyLeaks';
import { useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { isRegistered } from '../../tools/n8n-host/workflows';
import { billedJobs } from './recoveredJobs';
import {
	callbackProviders,
	signingProviders,
	suspendedWorkflows,
	triggerPath,
	triggerWorkflow,
} from './suspendedWorkflows';
import { waitUntil } from './waitUntil';
import { idOf } from '../../tools/n8n-host/fluxWorkflow';

const fixture = useN8nFixture(
	suspendedWorkflows.filter(({ name }) => name.endsWith('-report')),
	async () => await Promise.resolve({ workflows: callbackProviders.map(triggerWorkflow) }),
);

const triggerUrlOf = (provider: string) => `${fixture.n8n.url}/webhook/${triggerPath(provider)}`;

beforeAll(async () => {
	for (const provider of callbackProviders) {
		const registered = async () => await isRegistered(fixture.n8n.url, triggerPath(provider), 'POST');
		for (let tries = 0; tries < 300 && !(await registered()); tries += 1) await sleep(100);
	}
});

beforeEach(() => {
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 1_500 });
});

type Job = IDataObject & { id: string };

/** Submits a job whose callback URL is the trigger of another workflow. */
async function submit(provider: ProviderId): Promise<Job> {
	const item = { prompt: 'a fox', image: fixture.emulator.sampleImage.url, hook: triggerUrlOf(provider) };
	const { data } = await fixture.n8n.webhook<Array<{ job: Job }>>(`${provider}-report`, { items: [item] });
	expect(data).toMatchObject([{ job: { provider, status: 'pending' } }]);
	return data[0]?.job as Job;
}

const startedCount = async (provider: string): Promise<number> => {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: idOf(`${provider}-trigger`) }));
	return (await fixture.n8n.rest<{ results: unknown[] }>('GET', `/executions?limit=50&filter=${filter}`))
		.results.length;
};
/** Waits for the execution after the first `before` ones of the trigger's workflow. */
const nextExecution = async (provider: string, before: number) =>
	(await fixture.executions(`${provider}-trigger`, before + 1)).at(-1) as Execution;
const callbacksOf = (provider: string) =>
	fixture.emulator.callbacks.filter((callback) => callback.provider === provider);
const callbacksAnswered = async (provider: string, count: number) =>
	await waitUntil(
		`${count} callbacks of ${provider} are answered`,
		() => callbacksOf(provider).filter(({ status }) => status !== 0).length >= count,
	);

it.each(callbackProviders)(
	'starts its workflow once, with the image of a job of another workflow, however often %s calls',
	async (provider) => {
		const before = await startedCount(provider);
		fixture.emulator.inject({ provider, stage: 'callback', kind: 'twice' });
		const job = await submit(provider);
		await callbacksAnswered(provider, 2);
		const execution = await nextExecution(provider, before);
		const [items = []] = outputsOf(execution);
		expect(items).toHaveLength(1);
		expect(items[0]?.json).toMatchObject({
			job: { provider, id: job.id, status: 'succeeded' },
			image: { index: 0, fileName: expect.stringMatching(/^called\.\w+$/) as unknown },
		});
		await storedImage(fixture, items[0]);
		expect(execution.data.resultData.runData['After']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
		expect(callbacksOf(provider).map(({ status }) => status)).toEqual([200, 200]);
		expect(await startedCount(provider)).toBe(before + 1);
		expect(billedJobs(fixture.emulator)).toEqual({ 'a fox': 1 });
	},
);

it('starts its workflow with the error of a failed job', async () => {
	const before = await startedCount('runpod');
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	const job = await submit('runpod');
	await callbacksAnswered('runpod', 1);
	const [items] = outputsOf(await nextExecution('runpod', before));
	expect(items).toMatchObject([
		{
			json: {
				error: expect.any(String) as unknown,
				details: { code: 'failed', job: { id: job.id, status: 'failed' } },
			},
		},
	]);
});

describe('an invalid callback', () => {
	/** Submits a job and returns it with the callback URL that the provider received. */
	async function submitForCallback(provider: ProviderId): Promise<{ url: string; job: Job }> {
		const job = await submit(provider);
		const emulated = fixture.emulator.jobs.find(({ id }) => id === job.id);
		if (!emulated) throw new Error(`The emulator has no job ${job.id}`);
		return { url: callbackUrlOf(fixture.emulator, emulated), job };
	}

	it.each(callbackProviders)('with a changed URL is refused at %s and starts nothing', async (provider) => {
		fixture.emulator.inject({ provider, stage: 'job', kind: 'never' });
		const before = await startedCount(provider);
		const { url, job } = await submitForCallback(provider);
		const [payload = '', signature = ''] = (new URL(url).searchParams.get('flux') ?? '').split('.');
		const submitted = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
		const changed = Buffer.from(JSON.stringify({ ...submitted, model: '../../stolen' })).toString(
			'base64url',
		);
		for (const flux of [
			`${changed}.${signature}`,
			payload,
			`${payload}.`,
			`${payload}.${signature.slice(1)}`,
			'',
		]) {
			expect(await postCallback(`${triggerUrlOf(provider)}?flux=${flux}`, callbackBody(job.id))).toBe(
				401,
			);
		}
		expect(await postCallback(triggerUrlOf(provider), callbackBody(job.id))).toBe(401);
		expect(await postCallback(url, { nothing: true })).toBe(401);
		expect(await startedCount(provider)).toBe(before);
	});

	it.each(signingProviders)(
		'without a valid signature is refused at %s; the valid one that follows starts the workflow',
		async (provider) => {
			const before = await startedCount(provider);
			fixture.emulator.inject({ provider, stage: 'callback', kind: 'forged' });
			const { url, job } = await submitForCallback(provider);
			expect(await postCallback(url, callbackBody(job.id))).toBe(401);
			await callbacksAnswered(provider, 1);
			expect(callbacksOf(provider)[0]?.status).toBe(401);
			expect(await startedCount(provider)).toBe(before);
			await callbacksAnswered(provider, 2);
			const [items = []] = outputsOf(await nextExecution(provider, before));
			expect(items).toMatchObject([{ json: { job: { id: job.id } } }]);
			await storedImage(fixture, items[0]);
			expect(await startedCount(provider)).toBe(before + 1);
		},
	);

	it('for a job that is still running is answered with 503, so that the provider calls again', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const { url, job } = await submitForCallback('runpod');
		expect(await postCallback(url, callbackBody(job.id))).toBe(503);
	});
});

it('has left no key in the files or the log of n8n', async () => {
	await expectNoKeys(fixture);
});
