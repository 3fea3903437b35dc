import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { JobRecord } from '../../../nodes/FluxKontext/core/job/record';
import { providers } from '../../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator } from '../../../tools/emulator';
import { readImage } from '../../../tools/emulator/picture';
import { drawOnce } from '../../support/draw';
import { emulatorCredentials, runNode, type NodeRun } from '../../../tools/n8n-core/runNode';
import { soakItems } from './plan';

// The engine's patience in a time that a test has: a fiftieth of it.
jest.mock('../../../nodes/FluxKontext/core/base/limits', () => ({
	...jest.requireActual<object>('../../../nodes/FluxKontext/core/base/limits'),
	SUBMIT_TIMEOUT_MS: 2_400,
	STATUS_TIMEOUT_MS: 600,
	DOWNLOAD_TIMEOUT_MS: 1_200,
	FIRST_RETRY_MS: 20,
	MAX_RETRY_MS: 600,
	MAX_RETRY_AFTER_MS: 1_200,
}));

const ROUNDS = 5;
const ITEMS_PER_ROUND = 100;
const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9));

let emulator: Emulator;
const warnings: string[] = [];
const onWarning = (warning: Error) => void warnings.push(warning.message);

beforeAll(async () => {
	process.stderr.write(`soak: SOAK_SEED=${seed}\n`);
	process.on('warning', onWarning);
	for (const provider of providers) {
		Object.assign(provider.polling, {
			firstDelayMs: 20,
			intervalMs: 20,
			shortestMs: 20,
			maxIntervalMs: 40,
		});
		if (provider.submitRate) provider.submitRate.ms = 20;
	}
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
	const done = await runNode({
		parameters: { ...parameters, options },
		items: items.map(({ json }) => ({ json })),
		onError: 'continueErrorOutput',
		credentials: emulatorCredentials(emulator),
	});
	expect(done.error).toBeNull();
	expect(done.items.length + done.errorItems.length).toBe(items.length);
	return done;
}

/** The ids of the jobs whose image came whole. */
async function delivered(done: NodeRun): Promise<string[]> {
	for (const item of done.items) expect(await readImage(await done.binary(item))).not.toBeNull();
	return done.items.map((item) => jobOf(item, 'job')?.id ?? '');
}

const collectGarbage = (): void => {
	setFlagsFromString('--expose-gc');
	(runInNewContext('gc') as () => void)();
};

const openOf = (kind: 'Timeout' | 'TCPSocketWrap'): number =>
	process.getActiveResourcesInfo().filter((name) => name === kind).length;

interface Left {
	timers: number;
	sockets: number;
	heapMb: number;
}

/** What rounds leave behind, once idle connections have had their time to close. */
async function left(wanted: Omit<Left, 'heapMb'>): Promise<Left> {
	const count = () => ({ timers: openOf('Timeout'), sockets: openOf('TCPSocketWrap') });
	const end = Date.now() + 10_000;
	while (Date.now() < end && (count().timers > wanted.timers || count().sockets > wanted.sockets))
		await new Promise((resolve) => setTimeout(resolve, 50));
	emulator.clear();
	collectGarbage();
	return { ...count(), heapMb: process.memoryUsage().heapUsed / 1024 / 1024 };
}

async function round(number: number): Promise<void> {
	emulator.clear();
	const items = soakItems(seed + number, ITEMS_PER_ROUND, emulator.sampleImage.url);
	for (const { fault } of items) if (fault) emulator.inject(fault);
	const inputImages = { image: [{ source: 'url', url: '={{ $json.url }}' }] };
	// The operation is the same for all items, so the providers that only edit go by themselves.
	const first: string[] = [];
	const errors: INodeExecutionData[] = [];
	for (const operation of ['generate', 'edit']) {
		const mine = items.filter(({ json }) => json.operation === operation);
		const parameters = {
			resource: 'image',
			operation,
			provider: '={{ $json.provider }}',
			model: { __rl: true, mode: 'id', value: '' },
			prompt: 'a fox',
			sizing: 'aspectRatio',
			...(operation === 'edit' && { inputImages }),
		};
		const done = await run(
			parameters,
			mine.map(({ json }) => ({ json })),
		);
		first.push(...(await delivered(done)));
		errors.push(...done.errorItems);
	}
	const named = errors.filter((item) => jobOf(item, 'details'));
	const unnamed = errors.filter((item) => !jobOf(item, 'details'));
	const unsure = unnamed.filter(({ json }) =>
		/ may have accepted the job, but /.test(json['error'] as string),
	);
	for (const { json } of unsure)
		expect(json['details']).toMatchObject({ code: 'unavailable', retryable: false });
	// The others were told 429 until their time was over.
	for (const { json } of unnamed.filter((item) => !unsure.includes(item)))
		expect(json['details']).toMatchObject({ code: 'rateLimited' });

	const left = emulator.jobs.length;
	emulator.calm();
	const second = await run(
		{
			resource: 'job',
			operation: 'wait',
			provider: '={{ $json.details.provider }}',
			job: '={{ $json.details.job }}',
		},
		named,
	);
	expect(second.errorItems).toEqual([]);
	expect(emulator.jobs).toHaveLength(left);

	const ids = [...first, ...(await delivered(second))];
	expect(new Set(ids).size).toBe(ids.length);
	expect(ids).toHaveLength(ITEMS_PER_ROUND - unnamed.length);
	// Whatever was billed was delivered, or its answer was lost and the error says that it may have been.
	const lost = emulator.jobs.filter(({ id }) => !ids.includes(id));
	expect(lost.length).toBeLessThanOrEqual(unsure.length);
	for (const { apiKey } of Object.values(emulator.providers))
		expect(JSON.stringify([...errors, ...second.items])).not.toContain(apiKey);
}

it(`delivers each of ${ROUNDS * ITEMS_PER_ROUND} images exactly once under random faults, or names the job that job.wait delivers, and leaves nothing behind`, async () => {
	await round(0);
	// n8n-core and jest have timers of their own.
	const before = await left({ timers: 2, sockets: 0 });
	for (let number = 1; number < ROUNDS; number += 1) await round(number);
	const after = await left(before);
	process.stderr.write(`soak: ${JSON.stringify({ before, after })}\n`);
	expect(after.timers).toBeLessThanOrEqual(before.timers);
	expect(after.sockets).toBeLessThanOrEqual(before.sockets);
	// Room for what n8n-core and the engine of JavaScript keep; the images of a round would not fit into it.
	expect(after.heapMb - before.heapMb).toBeLessThan(10);
	expect(warnings.filter((text) => text.includes('leak'))).toEqual([]);
}, 300_000);
