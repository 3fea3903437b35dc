import type { EmulatedJob } from '../../tools/emulator';
import { expectAnswered, imageParameters, outputsOf, storedImage } from './imageAssertions';
import { useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { startQueue, type QueuedN8n } from '../../tools/n8n-host/queue';
import { billedJobs, finishBody, finishJobs } from './recoveredJobs';
import { afterNode, sourceItemNode } from './suspendedWorkflows';
import { waitUntil } from './waitUntil';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

const provider = 'blackForestLabs';
const parameters = { ...imageParameters(provider, 'generate'), prompt: '={{ $json.prompt }}' };

const fluxWorkflows: FluxWorkflow[] = [
	{ name: 'answer', parameters: imageParameters(provider, 'generate') },
	{ name: 'wait', parameters, items: 'items', respond: 'immediately' },
	{
		name: 'suspend',
		parameters: { ...parameters, completion: 'suspend' },
		items: 'items',
		respond: 'immediately',
		nextNodes: [afterNode],
	},
	{
		name: 'linked',
		parameters: { ...parameters, completion: 'suspend', options: { numberOfImages: 2 } },
		items: 'items',
		respond: 'immediately',
		nextNodes: [sourceItemNode],
	},
	finishJobs(provider),
];

/** Makes n8n notice a dead worker within some seconds instead of a minute and a half. */
const FAST_STALL_DETECTION = {
	QUEUE_WORKER_LOCK_DURATION: '8000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '1000',
	QUEUE_WORKER_STALLED_INTERVAL: '2000',
};

let queue: QueuedN8n;
const fixture = useN8nFixture(
	fluxWorkflows,
	async () => await Promise.resolve({ env: FAST_STALL_DETECTION }),
	async (options) => (queue = await startQueue({ ...options, workers: 2, concurrency: 5 })),
);

const ENDED_STATUSES = ['success', 'error', 'crashed', 'canceled'] as const;
const endedExecutions = async (name: string, count: number) =>
	await fixture.executions(name, count, { status: [...ENDED_STATUSES], timeoutMs: 100_000 });

/** Calls a workflow `calls` times with `items` items each. Returns the prompts of all items. */
async function callWorkflow(name: string, calls: number, items: number): Promise<string[]> {
	const promptsOfCalls = Array.from({ length: calls }, (_, call) =>
		Array.from({ length: items }, (__, item) => `${name} ${call}/${item}`),
	);
	const answers = await Promise.all(
		promptsOfCalls.map(
			async (prompts) =>
				await fixture.n8n.webhook(name, { items: prompts.map((prompt) => ({ prompt })) }),
		),
	);
	expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
	return promptsOfCalls.flat();
}

const jobOf = (id: string): EmulatedJob | undefined => fixture.emulator.jobs.find((job) => job.id === id);

/**
 * Returns the prompts of an execution's images, and asserts that each is in the store shared by all
 * processes.
 */
async function deliveredPrompts(execution: Execution): Promise<string[]> {
	const prompts: string[] = [];
	for (const item of outputsOf(execution)[0] ?? []) {
		expect(item.binary?.['data']?.id).toMatch(/^database:/);
		await storedImage(fixture, item);
		prompts.push(jobOf((item.json['job'] as { id: string }).id)?.prompt ?? '');
	}
	return prompts;
}

const allDeliveredPrompts = async (runs: readonly Execution[]) =>
	(await Promise.all(runs.map(deliveredPrompts))).flat();
const billedOnce = (prompts: readonly string[]) => Object.fromEntries(prompts.map((prompt) => [prompt, 1]));
/** Returns the ids of the executions that a worker has started or resumed, once for each time. */
const executionsOfWorker = (worker: number, runs: readonly Execution[]) =>
	(queue.workers[worker]?.executions() ?? []).filter((id) => runs.some((run) => run.id === id));

it('answers a webhook call, received by the main process, with the image of a worker', async () => {
	const prompt = 'a fox in the queue';
	await expectAnswered(fixture, 'answer', (await fixture.n8n.webhook('answer', { prompt })).data);
	expect(billedJobs(fixture.emulator)).toEqual(billedOnce([prompt]));
});

it('generates a hundred images on both workers, billed once and readable by the main process', async () => {
	const prompts = await callWorkflow('wait', 20, 5);
	const runs = await endedExecutions('wait', 20);
	expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'success'));
	expect((await allDeliveredPrompts(runs)).sort()).toEqual(prompts.sort());
	expect(billedJobs(fixture.emulator)).toEqual(billedOnce(prompts));
	const [first, second] = [executionsOfWorker(0, runs), executionsOfWorker(1, runs)];
	expect([...first, ...second].sort()).toEqual(runs.map(({ id }) => id).sort());
	expect(Math.min(first.length, second.length)).toBeGreaterThan(0);
	process.stderr.write(`20 executions: ${first.length} on one worker, ${second.length} on the other\n`);
});

it('links each image of a resumed execution to its input item and submits no job twice', async () => {
	fixture.emulator.timing.runMs = 2_500;
	const prompts = await callWorkflow('linked', 4, 2);
	const runs = await endedExecutions('linked', 4);
	fixture.emulator.timing.runMs = 120;
	expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'success'));
	for (const run of runs) {
		const sourcePrompts = run.data.resultData.runData['Source Item']?.[0]?.data?.['main']?.[0]?.map(
			({ json }) => json['prompt'],
		);
		expect(sourcePrompts).toEqual(await deliveredPrompts(run));
	}
	expect((await allDeliveredPrompts(runs)).sort()).toEqual([...prompts, ...prompts].sort());
	expect(billedJobs(fixture.emulator)).toEqual(Object.fromEntries(prompts.map((prompt) => [prompt, 2])));
});

describe('after a worker was killed while some executions were suspended and others polled,', () => {
	const prompts: Record<string, string[]> = {};
	let resumed: Execution[] = [];
	let polled: Execution[] = [];
	let lost: Execution[] = [];
	let jobCounts: Record<string, number>;
	const images: Record<string, string[]> = {};
	let detectionMs: number;

	const isLost = ({ id }: Execution) => (queue.workers[0]?.executions() ?? []).includes(id);

	/** Finishes the jobs of the lost executions, of which only the provider's list of jobs is left. */
	async function finishLostJobs(deliveredAlready: readonly string[]): Promise<string[]> {
		const jobs = fixture.emulator.jobs.filter(({ prompt }) => !deliveredAlready.includes(prompt));
		await fixture.n8n.webhook(`${provider}-finish`, finishBody(jobs));
		return await deliveredPrompts(await fixture.execution(`${provider}-finish`));
	}

	// Everything that the tests assert on is collected here, because the emulator is cleared before each
	// test.
	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.timing.runMs = 25_000;
		prompts['suspend'] = await callWorkflow('suspend', 4, 2);
		await fixture.executions('suspend', 4, { status: ['waiting'] });
		fixture.emulator.timing.runMs = 12_000;
		prompts['wait'] = await callWorkflow('wait', 8, 2);
		await waitUntil('all jobs are submitted', () => fixture.emulator.jobs.length === 24);
		queue.workers[0]?.kill();
		const killedAt = Date.now();
		[polled, resumed] = await Promise.all([endedExecutions('wait', 8), endedExecutions('suspend', 4)]);
		detectionMs = Date.now() - killedAt;
		lost = polled.filter(isLost);
		images['resumed'] = await allDeliveredPrompts(resumed);
		images['polled'] = await allDeliveredPrompts(polled.filter((run) => !isLost(run)));
		jobCounts = billedJobs(fixture.emulator);
		images['recovered'] = await finishLostJobs([...images['resumed'], ...images['polled']]);
		fixture.emulator.timing.runMs = 120;
	}, 240_000);

	it('the suspended executions are resumed and deliver on the remaining worker', () => {
		expect(resumed.map(({ status }) => status)).toEqual(resumed.map(() => 'success'));
		expect(images['resumed']?.sort()).toEqual(prompts['suspend']?.sort());
		expect(
			resumed.map(({ data }) => data.resultData.runData['After']?.[0]?.data?.['main']?.[0]?.length),
		).toEqual([2, 2, 2, 2]);
		// Each was started by either worker and resumed by the remaining one.
		expect([...executionsOfWorker(0, resumed), ...executionsOfWorker(1, resumed)]).toHaveLength(8);
		expect(new Set(executionsOfWorker(1, resumed))).toEqual(new Set(resumed.map(({ id }) => id)));
	});

	it('the polling executions of the remaining worker deliver', () => {
		const remaining = polled.filter((run) => !isLost(run));
		expect(remaining.length).toBeGreaterThan(0);
		expect(remaining.map(({ status }) => status)).toEqual(remaining.map(() => 'success'));
		expect(images['polled']).toHaveLength(2 * remaining.length);
	});

	it('n8n fails the executions of the killed worker without their jobs and restarts none', () => {
		process.stderr.write(
			`${lost.length} of 8 executions were lost; n8n reported it after ${detectionMs} ms\n`,
		);
		expect(lost.length).toBeGreaterThan(0);
		for (const { id, status, data } of lost) {
			expect(status).toBe('error');
			expect(data.resultData.error?.message).toContain('failed to be processed too many times');
			expect(data.resultData.runData).toEqual({});
			expect(executionsOfWorker(1, polled)).not.toContain(id);
		}
	});

	it('each image is billed once, and those of lost executions are recovered from the list of jobs', () => {
		expect(jobCounts).toEqual(billedOnce([...(prompts['suspend'] ?? []), ...(prompts['wait'] ?? [])]));
		expect([...(images['polled'] ?? []), ...(images['recovered'] ?? [])].sort()).toEqual(
			prompts['wait']?.sort(),
		);
	});
});
