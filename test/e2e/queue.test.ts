import type { EmulatedJob } from '../../tools/emulator';
import { expectAnswered, imageParameters, outputsOf, storedImage, useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { startQueue, type QueuedN8n } from '../../tools/n8n-host/queue';
import { billed, bodyOf, finishJobs, until } from './jobsByHand';
import { asker } from './suspendedWorkflows';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

const provider = 'blackForestLabs';
const parameters = { ...imageParameters(provider, 'generate'), prompt: '={{ $json.prompt }}' };
const after = { name: 'After', type: 'n8n-nodes-base.noOp', parameters: {} };

const flux: FluxWorkflow[] = [
	{ name: 'answer', parameters: imageParameters(provider, 'generate') },
	{ name: 'wait', parameters, items: 'items', respond: 'atOnce' },
	{
		name: 'suspend',
		parameters: { ...parameters, completion: 'suspend' },
		items: 'items',
		respond: 'atOnce',
		then: [after],
	},
	{
		name: 'linked',
		parameters: { ...parameters, completion: 'suspend', options: { numberOfImages: 2 } },
		items: 'items',
		respond: 'atOnce',
		then: [asker],
	},
	finishJobs(provider),
];

/** n8n takes a worker for dead after a minute and a half at most: here after some seconds. */
const impatient = {
	QUEUE_WORKER_LOCK_DURATION: '8000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '1000',
	QUEUE_WORKER_STALLED_INTERVAL: '2000',
};

let queue: QueuedN8n;
const fixture = useN8nFixture(
	flux,
	async () => await Promise.resolve({ env: impatient }),
	async (options) => (queue = await startQueue({ ...options, workers: 2, concurrency: 5 })),
);

const AT_AN_END = ['success', 'error', 'crashed', 'canceled'] as const;
const runsOf = async (name: string, count: number) =>
	await fixture.executions(name, count, { status: [...AT_AN_END], timeoutMs: 100_000 });

/** Calls a workflow so many times, with so many items each. */
async function call(name: string, calls: number, items: number): Promise<string[]> {
	const prompts = Array.from({ length: calls }, (_, run) =>
		Array.from({ length: items }, (__, item) => `${name} ${run}/${item}`),
	);
	const answers = await Promise.all(
		prompts.map(
			async (run) => await fixture.n8n.webhook(name, { items: run.map((prompt) => ({ prompt })) }),
		),
	);
	expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
	return prompts.flat();
}

const jobOf = (id: string): EmulatedJob | undefined => fixture.emulator.jobs.find((job) => job.id === id);

/** The prompts of an execution's images, each of which is in the store and is its own. */
async function delivered(execution: Execution): Promise<string[]> {
	const prompts: string[] = [];
	for (const item of outputsOf(execution)[0] ?? []) {
		expect(item.binary?.['data']?.id).toMatch(/^database:/);
		await storedImage(fixture, item);
		prompts.push(jobOf((item.json['job'] as { id: string }).id)?.prompt ?? '');
	}
	return prompts;
}

const allDelivered = async (runs: readonly Execution[]) => (await Promise.all(runs.map(delivered))).flat();
const once = (prompts: readonly string[]) => Object.fromEntries(prompts.map((prompt) => [prompt, 1]));
/** The runs among these that a worker has had a hand in, as often as it has. */
const workOf = (worker: number, runs: readonly Execution[]) =>
	(queue.workers[worker]?.executions() ?? []).filter((id) => runs.some((run) => run.id === id));

it('answers a webhook, which main received, with the image that a worker made', async () => {
	const prompt = 'a fox in the queue';
	await expectAnswered(fixture, 'answer', (await fixture.n8n.webhook('answer', { prompt })).data);
	expect(billed(fixture.emulator)).toEqual(once([prompt]));
});

it('makes a hundred images on both workers, bills a hundred, and main can read each', async () => {
	const prompts = await call('wait', 20, 5);
	const runs = await runsOf('wait', 20);
	expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'success'));
	expect((await allDelivered(runs)).sort()).toEqual(prompts.sort());
	expect(billed(fixture.emulator)).toEqual(once(prompts));
	const [first, second] = [workOf(0, runs), workOf(1, runs)];
	expect([...first, ...second].sort()).toEqual(runs.map(({ id }) => id).sort());
	expect(Math.min(first.length, second.length)).toBeGreaterThan(0);
	process.stderr.write(`20 executions: ${first.length} on one worker, ${second.length} on the other\n`);
});

it('links each image of an execution that main has woken to the item that asked for it, and submits nothing again', async () => {
	fixture.emulator.timing.runMs = 2_500;
	const prompts = await call('linked', 4, 2);
	const runs = await runsOf('linked', 4);
	fixture.emulator.timing.runMs = 120;
	expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'success'));
	for (const run of runs) {
		const asked = run.data.resultData.runData['Asker']?.[0]?.data?.['main']?.[0]?.map(
			({ json }) => json['prompt'],
		);
		expect(asked).toEqual(await delivered(run));
	}
	expect((await allDelivered(runs)).sort()).toEqual([...prompts, ...prompts].sort());
	expect(billed(fixture.emulator)).toEqual(Object.fromEntries(prompts.map((prompt) => [prompt, 2])));
});

describe('a worker that is killed while executions sleep and others poll', () => {
	const prompts: Record<string, string[]> = {};
	let woken: Execution[] = [];
	let polled: Execution[] = [];
	let lost: Execution[] = [];
	let bills: Record<string, number>;
	const images: Record<string, string[]> = {};
	let tookMs: number;

	const isLost = ({ id }: Execution) => (queue.workers[0]?.executions() ?? []).includes(id);

	/** Nothing but the provider's list of jobs tells of those of the runs that are lost. */
	async function finishByHand(found: readonly string[]): Promise<string[]> {
		const jobs = fixture.emulator.jobs.filter(({ prompt }) => !found.includes(prompt));
		await fixture.n8n.webhook(`${provider}-finish`, bodyOf(jobs));
		return await delivered(await fixture.execution(`${provider}-finish`));
	}

	// The emulator is emptied before each test: what they look at is gathered here.
	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.timing.runMs = 25_000;
		prompts['suspend'] = await call('suspend', 4, 2);
		await fixture.executions('suspend', 4, { status: ['waiting'] });
		fixture.emulator.timing.runMs = 12_000;
		prompts['wait'] = await call('wait', 8, 2);
		await until('all jobs are submitted', () => fixture.emulator.jobs.length === 24);
		queue.workers[0]?.kill();
		const killed = Date.now();
		[polled, woken] = await Promise.all([runsOf('wait', 8), runsOf('suspend', 4)]);
		tookMs = Date.now() - killed;
		lost = polled.filter(isLost);
		images['woken'] = await allDelivered(woken);
		images['polled'] = await allDelivered(polled.filter((run) => !isLost(run)));
		bills = billed(fixture.emulator);
		images['byHand'] = await finishByHand([...images['woken'], ...images['polled']]);
		fixture.emulator.timing.runMs = 120;
	}, 240_000);

	it('delivers those that sleep, through main and on the worker that is left', () => {
		expect(woken.map(({ status }) => status)).toEqual(woken.map(() => 'success'));
		expect(images['woken']?.sort()).toEqual(prompts['suspend']?.sort());
		expect(
			woken.map(({ data }) => data.resultData.runData['After']?.[0]?.data?.['main']?.[0]?.length),
		).toEqual([2, 2, 2, 2]);
		// Each was begun by one of the two and gone on with by the one that is left.
		expect([...workOf(0, woken), ...workOf(1, woken)]).toHaveLength(8);
		expect(new Set(workOf(1, woken))).toEqual(new Set(woken.map(({ id }) => id)));
	});

	it('delivers those that poll on the worker that is left', () => {
		const left = polled.filter((run) => !isLost(run));
		expect(left.length).toBeGreaterThan(0);
		expect(left.map(({ status }) => status)).toEqual(left.map(() => 'success'));
		expect(images['polled']).toHaveLength(2 * left.length);
	});

	it('n8n fails those that the dead worker polled for, with no word of their jobs, and runs none again', () => {
		process.stderr.write(`${lost.length} of 8 executions were lost; n8n said so after ${tookMs} ms\n`);
		expect(lost.length).toBeGreaterThan(0);
		for (const { id, status, data } of lost) {
			expect(status).toBe('error');
			expect(data.resultData.error?.message).toContain('failed to be processed too many times');
			expect(data.resultData.runData).toEqual({});
			expect(workOf(1, polled)).not.toContain(id);
		}
	});

	it('bills each image once, and those of the lost runs are delivered with the ids that the provider lists', () => {
		expect(bills).toEqual(once([...(prompts['suspend'] ?? []), ...(prompts['wait'] ?? [])]));
		expect([...(images['polled'] ?? []), ...(images['byHand'] ?? [])].sort()).toEqual(
			prompts['wait']?.sort(),
		);
	});
});
