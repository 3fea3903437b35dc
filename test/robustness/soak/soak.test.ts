import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { createEngine, type JobRecord } from '../../../index';
import { startEmulator, type Emulator } from '../../../tools/emulator';
import { readImage } from '../../../tools/emulator/picture';
import { emulatorCredentials, runNode, type NodeRun } from '../../../tools/n8n-core/runNode';
import { drawOnce } from '../../support/draw';
import { quickPolicy } from '../../support/quickPolicy';
import { soakItems, type SoakItem } from './plan';

// Timeouts and back-off at a fiftieth of their defaults, so that the soak takes minutes instead of hours.
const engine = createEngine({
	policy: { ...quickPolicy, submitRate: ({ submitRate }) => submitRate && { ...submitRate, ms: 20 } },
	limits: {
		submitTimeoutMs: 2_400,
		statusTimeoutMs: 600,
		downloadTimeoutMs: 1_200,
		firstRetryMs: 20,
		maxRetryMs: 600,
		maxRetryAfterMs: 1_200,
	},
});

/** Milliseconds after which idle connections must be closed. */
const IDLE_MS = 10_000;
/**
 * Growth of the heap that n8n-core and the JavaScript engine account for, in MB. The images of one round are
 * larger.
 */
const MAX_HEAP_GROWTH_MB = 10;
const ROUNDS = 5;
const ITEMS_PER_ROUND = 100;
const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9));

let emulator: Emulator;
const warnings: string[] = [];
const onWarning = (warning: Error) => void warnings.push(warning.message);

beforeAll(async () => {
	process.stderr.write(`soak: SOAK_SEED=${seed}\n`);
	process.on('warning', onWarning);
	emulator = await startEmulator({ timing: { queueMs: 10, runMs: 60 }, draw: drawOnce });
});

afterAll(async () => {
	process.off('warning', onWarning);
	await emulator.close();
});

const jobOf = ({ json }: INodeExecutionData, field: 'job' | 'details'): JobRecord | null =>
	field === 'job'
		? (json['job'] as unknown as JobRecord)
		: (json['details'] as unknown as { job: JobRecord | null }).job;

async function run(parameters: INodeParameters, items: INodeExecutionData[]): Promise<NodeRun> {
	const options = { timeout: 4, cancelOnTimeout: false, concurrency: 50 };
	const result = await runNode({
		engine,
		parameters: { ...parameters, options },
		items: items.map(({ json }) => ({ json })),
		onError: 'continueErrorOutput',
		credentials: emulatorCredentials(emulator),
	});
	expect(result.error).toBeNull();
	expect(result.items.length + result.errorItems.length).toBe(items.length);
	return result;
}

/** Returns the ids of the jobs that were delivered, and expects their images to be complete. */
async function deliveredIds(result: NodeRun): Promise<string[]> {
	for (const item of result.items) expect(await readImage(await result.binary(item))).not.toBeNull();
	return result.items.map((item) => jobOf(item, 'job')?.id ?? '');
}

const collectGarbage = (): void => {
	setFlagsFromString('--expose-gc');
	(runInNewContext('gc') as () => void)();
};

const openOf = (kind: 'Timeout' | 'TCPSocketWrap'): number =>
	process.getActiveResourcesInfo().filter((name) => name === kind).length;

interface Resources {
	timers: number;
	sockets: number;
	heapMb: number;
}

/** Returns the open resources after idle connections have had time to close. */
async function openResources(allowed: Omit<Resources, 'heapMb'>): Promise<Resources> {
	const count = () => ({ timers: openOf('Timeout'), sockets: openOf('TCPSocketWrap') });
	const end = Date.now() + IDLE_MS;
	while (Date.now() < end && (count().timers > allowed.timers || count().sockets > allowed.sockets))
		await new Promise((resolve) => setTimeout(resolve, 50));
	emulator.clear();
	collectGarbage();
	return { ...count(), heapMb: process.memoryUsage().heapUsed / 1024 / 1024 };
}

interface FirstRun {
	/** Ids of the delivered jobs. */
	delivered: string[];
	errors: INodeExecutionData[];
}

/** Makes the images of the items while faults occur. */
async function generateAndEdit(items: readonly SoakItem[]): Promise<FirstRun> {
	const inputImages = { image: [{ source: 'url', url: '={{ $json.url }}' }] };
	const delivered: string[] = [];
	const errors: INodeExecutionData[] = [];
	// All items of a run have the same operation, so providers that only edit need a run of their own.
	for (const operation of ['generate', 'edit']) {
		const matching = items.filter(({ json }) => json.operation === operation);
		const parameters = {
			resource: 'image',
			operation,
			provider: '={{ $json.provider }}',
			model: { __rl: true, mode: 'id', value: '' },
			prompt: 'a fox',
			sizing: 'aspectRatio',
			...(operation === 'edit' && { inputImages }),
		};
		const result = await run(
			parameters,
			matching.map(({ json }) => ({ json })),
		);
		delivered.push(...(await deliveredIds(result)));
		errors.push(...result.errorItems);
	}
	return { delivered, errors };
}

/** Delivers the jobs of error items after the faults have ended. Expects no further job to be billed. */
async function resumeJobs(errorsWithJob: INodeExecutionData[]): Promise<NodeRun> {
	const billed = emulator.jobs.length;
	emulator.calm();
	const result = await run(
		{
			resource: 'job',
			operation: 'wait',
			provider: '={{ $json.details.provider }}',
			job: '={{ $json.details.job }}',
		},
		errorsWithJob,
	);
	expect(result.errorItems).toEqual([]);
	expect(emulator.jobs).toHaveLength(billed);
	return result;
}

async function runRound(round: number): Promise<void> {
	emulator.clear();
	const items = soakItems(seed + round, ITEMS_PER_ROUND, emulator.sampleImage.url);
	for (const { fault } of items) if (fault) emulator.inject(fault);
	const { delivered, errors } = await generateAndEdit(items);

	const withJob = errors.filter((item) => jobOf(item, 'details'));
	const withoutJob = errors.filter((item) => !jobOf(item, 'details'));
	const unsure = withoutJob.filter(({ json }) =>
		/ may have accepted the job, but /.test(json['error'] as string),
	);
	for (const { json } of unsure)
		expect(json['details']).toMatchObject({ code: 'unavailable', retryable: false });
	// The other submits were answered 429 until the timeout.
	for (const { json } of withoutJob.filter((item) => !unsure.includes(item)))
		expect(json['details']).toMatchObject({ code: 'rateLimited' });

	const resumed = await resumeJobs(withJob);
	const ids = [...delivered, ...(await deliveredIds(resumed))];
	expect(new Set(ids).size).toBe(ids.length);
	expect(ids).toHaveLength(ITEMS_PER_ROUND - withoutJob.length);
	// Every billed job was delivered, or the response to its submit was lost and the error says so.
	const lost = emulator.jobs.filter(({ id }) => !ids.includes(id));
	expect(lost.length).toBeLessThanOrEqual(unsure.length);
	for (const { apiKey } of Object.values(emulator.providers))
		expect(JSON.stringify([...errors, ...resumed.items])).not.toContain(apiKey);
}

const title =
	`delivers each of ${ROUNDS * ITEMS_PER_ROUND} images exactly once under random faults, ` +
	'or names the job that Job → Wait delivers, and leaks no resources';
it(
	title,
	async () => {
		await runRound(0);
		// n8n-core and Jest have timers of their own.
		const before = await openResources({ timers: 2, sockets: 0 });
		for (let round = 1; round < ROUNDS; round += 1) await runRound(round);
		const after = await openResources(before);
		process.stderr.write(`soak: ${JSON.stringify({ before, after })}\n`);
		expect(after.timers).toBeLessThanOrEqual(before.timers);
		expect(after.sockets).toBeLessThanOrEqual(before.sockets);
		expect(after.heapMb - before.heapMb).toBeLessThan(MAX_HEAP_GROWTH_MB);
		expect(warnings.filter((text) => text.includes('leak'))).toEqual([]);
	},
	300_000,
);
