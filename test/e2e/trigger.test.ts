import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ProviderId } from '../../tools/emulator';
import { outputsOf, storedImage, useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { isRegistered } from '../../tools/n8n-host/workflows';
import { billed, until } from './jobsByHand';
import { calling, signing, suspendedWorkflows, triggered, triggerPath } from './suspendedWorkflows';
import { expectNoKeys } from './traces';
import { idOf } from '../../tools/n8n-host/fluxWorkflow';

const fixture = useN8nFixture(
	suspendedWorkflows.filter(({ name }) => name.endsWith('-report')),
	async () => await Promise.resolve({ workflows: calling.map(triggered) }),
);

const hookOf = (provider: string) => `${fixture.n8n.url}/webhook/${triggerPath(provider)}`;

beforeAll(async () => {
	for (const provider of calling) {
		const registered = async () => await isRegistered(fixture.n8n.url, triggerPath(provider), 'POST');
		for (let tries = 0; tries < 300 && !(await registered()); tries += 1) await sleep(100);
	}
});

beforeEach(() => {
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 1_500 });
});

type Job = IDataObject & { id: string };

/** Submits a job that is to be reported to the trigger of the other workflow. */
async function submit(provider: ProviderId): Promise<Job> {
	const item = { prompt: 'a fox', image: fixture.emulator.sampleImage.url, hook: hookOf(provider) };
	const { data } = await fixture.n8n.webhook<Array<{ job: Job }>>(`${provider}-report`, { items: [item] });
	expect(data).toMatchObject([{ job: { provider, status: 'pending' } }]);
	return data[0]?.job as Job;
}

const started = async (provider: string): Promise<number> => {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: idOf(`${provider}-trigger`) }));
	return (await fixture.n8n.rest<{ results: unknown[] }>('GET', `/executions?limit=50&filter=${filter}`))
		.results.length;
};
/** The execution that follows so many others. */
const next = async (provider: string, before: number) =>
	(await fixture.executions(`${provider}-trigger`, before + 1)).at(-1) as Execution;
const callsOf = (provider: string) => fixture.emulator.callbacks.filter((each) => each.provider === provider);
const answered = async (provider: string, count: number) =>
	await until(
		`${provider} was answered`,
		() => callsOf(provider).filter(({ status }) => status !== 0).length >= count,
	);
const bodyOf = (id: string) => ({ id, request_id: id, data: { taskId: id } });
const post = async (url: string, body: object, headers = {}) =>
	(await axios.post(url, body, { headers, proxy: false, validateStatus: () => true })).status;

it.each(calling)(
	'starts its workflow with the image of a job that another one submitted, once, however often %s calls',
	async (provider) => {
		const before = await started(provider);
		fixture.emulator.inject({ provider, stage: 'callback', kind: 'twice' });
		const job = await submit(provider);
		await answered(provider, 2);
		const execution = await next(provider, before);
		const [items = []] = outputsOf(execution);
		expect(items).toHaveLength(1);
		expect(items[0]?.json).toMatchObject({
			job: { provider, id: job.id, status: 'succeeded' },
			image: { index: 0, fileName: expect.stringMatching(/^called\.\w+$/) as unknown },
		});
		await storedImage(fixture, items[0]);
		expect(execution.data.resultData.runData['After']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
		expect(callsOf(provider).map(({ status }) => status)).toEqual([200, 200]);
		expect(await started(provider)).toBe(before + 1);
		expect(billed(fixture.emulator)).toEqual({ 'a fox': 1 });
	},
);

it('starts a workflow with the error of a job that has failed', async () => {
	const before = await started('runpod');
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	const job = await submit('runpod');
	await answered('runpod', 1);
	const [items] = outputsOf(await next('runpod', before));
	expect(items).toMatchObject([
		{
			json: {
				error: expect.any(String) as unknown,
				details: { code: 'failed', job: { id: job.id, status: 'failed' } },
			},
		},
	]);
});

describe('a call that is not right', () => {
	/** The address that the provider was told, of a job that is not over. */
	async function told(provider: ProviderId): Promise<{ url: string; job: Job }> {
		const [{ requests }, job] = [fixture.emulator, await submit(provider)];
		const [submitted] = requests.filter(({ stage }) => stage === 'submit');
		const {
			webhook_url: bfl,
			webhook,
			callBackUrl,
		} = submitted?.body as Record<string, string | undefined>;
		const query = new URL(submitted?.path ?? '', fixture.emulator.origin).searchParams.get('fal_webhook');
		return { url: bfl ?? webhook ?? callBackUrl ?? query ?? '', job };
	}

	it.each(calling)('with a changed address is refused at %s, and starts nothing', async (provider) => {
		fixture.emulator.inject({ provider, stage: 'job', kind: 'never' });
		const before = await started(provider);
		const { url, job } = await told(provider);
		const [text = '', signature = ''] = (new URL(url).searchParams.get('flux') ?? '').split('.');
		const submitted = JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
		const changed = Buffer.from(JSON.stringify({ ...submitted, model: '../../stolen' })).toString(
			'base64url',
		);
		for (const flux of [
			`${changed}.${signature}`,
			text,
			`${text}.`,
			`${text}.${signature.slice(1)}`,
			'',
		]) {
			expect(await post(`${hookOf(provider)}?flux=${flux}`, bodyOf(job.id))).toBe(401);
		}
		expect(await post(hookOf(provider), bodyOf(job.id))).toBe(401);
		expect(await post(url, { nothing: true })).toBe(401);
		expect(await started(provider)).toBe(before);
	});

	it.each(signing)(
		'without the right signature is refused at %s; the right one that follows starts the workflow',
		async (provider) => {
			const before = await started(provider);
			fixture.emulator.inject({ provider, stage: 'callback', kind: 'forged' });
			const { url, job } = await told(provider);
			expect(await post(url, bodyOf(job.id))).toBe(401);
			await answered(provider, 1);
			expect(callsOf(provider)[0]?.status).toBe(401);
			expect(await started(provider)).toBe(before);
			await answered(provider, 2);
			const [items = []] = outputsOf(await next(provider, before));
			expect(items).toMatchObject([{ json: { job: { id: job.id } } }]);
			await storedImage(fixture, items[0]);
			expect(await started(provider)).toBe(before + 1);
		},
	);

	it('about a job that is still at work is sent away, to come again', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const { url, job } = await told('runpod');
		expect(await post(url, bodyOf(job.id))).toBe(503);
	});
});

it('leaves no key in the files or in the log of n8n, after all that', async () => {
	await expectNoKeys(fixture);
});
