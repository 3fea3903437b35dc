import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { type Emulator, type ProviderId, startEmulator } from '../../../../tools/emulator/index';
import { quick } from '../support';
import {
	type Errand,
	operationOf,
	promptOf,
	type Report,
	type Task,
} from '../../../../tools/emulator/clients/client';

const timeout = 50_000;
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
let reports: Report[];

beforeAll(async () => {
	emulator = await startEmulator({ timing: quick });
	const { providers: accounts, sampleImage } = emulator;
	const { url, mimeType, bytes } = sampleImage;
	const errand: Errand = { accounts, image: { url, mimeType, base64: bytes.toString('base64') } };
	const args = ['--import', 'tsx', join(__dirname, '../../../../tools/emulator/clients/run.ts')];
	const running = promisify(execFile)(process.execPath, args, { timeout, maxBuffer });
	running.child.stdin?.end(JSON.stringify(errand));
	const { stdout } = await running;
	reports = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as Report);
}, timeout + 10_000);

afterAll(async () => await emulator.close());

const reportOf = (provider: ProviderId) => reports.find((report) => report.provider === provider);
const jobsOf = (provider: ProviderId) => emulator.jobs.filter((job) => job.provider === provider);

test('every client has been run', () => {
	expect(reports.map(({ provider }) => provider).sort()).toEqual(
		expected.map(([provider]) => provider).sort(),
	);
});

describe.each(expected)('%s by %s', (provider, _, tasks) => {
	test('ends with images', () => {
		const report = reportOf(provider);
		expect(report?.error).toBeUndefined();
		expect(Object.keys(report?.images ?? {})).toEqual(tasks);
	});

	test('is billed once for each', () => {
		const billed = jobsOf(provider).map(({ operation, prompt, state }) => ({ operation, prompt, state }));
		const asked = tasks.map((task) => ({
			operation: operationOf(task),
			prompt: promptOf(provider, task),
			state: 'succeeded',
		}));
		expect(billed).toEqual(asked);
	});

	test.each(tasks)('ends with a true image of the job: %s', async (task) => {
		const bytes = Buffer.from(reportOf(provider)?.images[task] ?? '', 'base64');
		const { format, width, height } = await sharp(bytes).metadata();
		await sharp(bytes).raw().toBuffer();
		expect(jobsOf(provider).find(({ prompt }) => prompt === promptOf(provider, task))).toMatchObject({
			format,
			width,
			height,
		});
	});

	test('is never refused', () => {
		const requests = emulator.requests.filter((request) => request.provider === provider);
		expect(requests.filter(({ status }) => status < 200 || status >= 300)).toEqual([]);
	});
});
