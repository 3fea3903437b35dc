import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import {
	type ClientReport,
	type ClientRunInput,
	operationOf,
	promptOf,
	type Task,
} from '../../../../tools/emulator/clients/client';
import { type Emulator, type ProviderId, startEmulator } from '../../../../tools/emulator/index';
import { fastTiming } from '../support';

const timeoutMs = 50_000;
// The reports contain every image in base64.
const maxBuffer = 200_000_000;

const all: Task[] = ['generate', 'edit', 'editOfTwo'];
const expected: Array<[provider: ProviderId, client: string, tasks: Task[]]> = [
	['blackForestLabs', '@ai-sdk/black-forest-labs', all],
	['fal', '@fal-ai/client', all],
	['lumenfall', 'openai', all],
	['openAiCompatible', 'openai', all],
	['replicate', 'replicate', ['generate', 'edit']],
	['runpod', 'runpod-sdk', ['edit']],
	['together', 'together-ai', ['generate', 'edit']],
];

let emulator: Emulator;
let reports: ClientReport[];

beforeAll(async () => {
	emulator = await startEmulator({ timing: fastTiming });
	const { providers: connections, sampleImage } = emulator;
	const { url, mimeType, bytes } = sampleImage;
	const image = { url, mimeType, base64: bytes.toString('base64') };
	const runInput: ClientRunInput = { connections, image };
	const args = ['--import', 'tsx', join(__dirname, '../../../../tools/emulator/clients/run.ts')];
	const running = promisify(execFile)(process.execPath, args, { timeout: timeoutMs, maxBuffer });
	running.child.stdin?.end(JSON.stringify(runInput));
	const { stdout } = await running;
	reports = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as ClientReport);
}, timeoutMs + 10_000);

afterAll(async () => await emulator.close());

const reportOf = (provider: ProviderId) => reports.find((report) => report.provider === provider);
const jobsOf = (provider: ProviderId) => emulator.jobs.filter((job) => job.provider === provider);

test('runs every client', () => {
	expect(reports.map(({ provider }) => provider).sort()).toEqual(
		expected.map(([provider]) => provider).sort(),
	);
});

describe.each(expected)('%s by %s', (provider, _, tasks) => {
	test('returns an image for every task', () => {
		const report = reportOf(provider);
		expect(report?.error).toBeUndefined();
		expect(Object.keys(report?.images ?? {})).toEqual(tasks);
	});

	test('submits one job for each task', () => {
		const submitted = jobsOf(provider).map(({ operation, prompt, state }) => ({
			operation,
			prompt,
			state,
		}));
		const expectedJobs = tasks.map((task) => ({
			operation: operationOf(task),
			prompt: promptOf(provider, task),
			state: 'succeeded',
		}));
		expect(submitted).toEqual(expectedJobs);
	});

	test.each(tasks)('returns the valid image of its job for the task %s', async (task) => {
		const bytes = Buffer.from(reportOf(provider)?.images[task] ?? '', 'base64');
		const { format, width, height } = await sharp(bytes).metadata();
		await sharp(bytes).raw().toBuffer();
		expect(jobsOf(provider).find(({ prompt }) => prompt === promptOf(provider, task))).toMatchObject({
			format,
			width,
			height,
		});
	});

	test('sends no request that is refused', () => {
		const requests = emulator.requests.filter((request) => request.provider === provider);
		expect(requests.filter(({ status }) => status < 200 || status >= 300)).toEqual([]);
	});
});
