import axios from 'axios';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

import { startEmulator, type Emulator } from '../emulator';
import { installHost } from './host/install';
import { startN8n, type N8n } from './host/n8n';
import { packTarball } from './host/pack';
import type { Workflow } from './host/workflows';
import { credentialsFor, credentialTypes, outputsOf, workflowOf, type FluxWorkflow, type Providers } from './workflowOf';

const MODELS: Record<Providers, string> = {
	blackForestLabs: 'flux-kontext-max',
	theRouter: 'black-forest-labs/flux-kontext-dev',
	runpod: 'black-forest-labs-flux-1-kontext-dev',
};

const common = (provider: Providers, operation: 'generate' | 'edit') => ({
	provider,
	resource: 'image',
	operation,
	model: { __rl: true, mode: 'id', value: MODELS[provider] },
	prompt: '={{ $json.body.prompt }}',
});

const uploaded = { image: [{ source: 'binary', binaryProperty: 'data' }] };
const byUrl = { image: [{ source: 'url', url: '={{ $json.body.url }}' }] };
const byBase64 = { image: [{ source: 'base64', base64: '={{ $json.body.base64 }}' }] };

const ALL: Providers[] = ['blackForestLabs', 'theRouter', 'runpod'];
const GENERATING: Providers[] = ['blackForestLabs', 'theRouter'];

const flux: FluxWorkflow[] = [
	...GENERATING.map((provider) => ({ name: `${provider}-generate`, parameters: common(provider, 'generate') })),
	...ALL.flatMap((provider) => [
		{ name: `${provider}-edit-binary`, parameters: { ...common(provider, 'edit'), inputImages: uploaded } },
		{ name: `${provider}-edit-url`, parameters: { ...common(provider, 'edit'), inputImages: byUrl } },
		{ name: `${provider}-edit-base64`, parameters: { ...common(provider, 'edit'), inputImages: byBase64 } },
	]),
	{
		name: 'error-output',
		parameters: common('blackForestLabs', 'generate'),
		onError: 'continueErrorOutput',
		respond: 'items',
	},
	{
		name: 'cut-off',
		parameters: { ...common('runpod', 'edit'), inputImages: uploaded, options: { timeout: 8 } },
		account: 'doomed',
	},
	{ name: 'bad-input', parameters: { ...common('blackForestLabs', 'generate'), options: { safetyTolerance: 9 } } },
];

let emulator: Emulator;
/** Goes away while a job of it runs. */
let doomed: Emulator;
let n8n: N8n;
let examples: Workflow[];
let packageTarball: string;

const example = async (name: string): Promise<Workflow> =>
	JSON.parse(await readFile(join(__dirname, '..', '..', 'examples', `${name}.json`), 'utf8')) as Workflow;

beforeAll(async () => {
	const host = await installHost({ report: (line) => process.stderr.write(`${line}\n`) });
	emulator = await startEmulator();
	doomed = await startEmulator();
	examples = await Promise.all([example('generate-image'), example('edit-image')]);
	const credentials = [...credentialsFor(emulator), ...credentialsFor(doomed, 'doomed')];
	const { baseUrl, apiKey } = emulator.providers.blackForestLabs;
	const type = credentialTypes.blackForestLabs;
	packageTarball = await packTarball();
	n8n = await startN8n({
		host,
		packageTarball,
		credentials: [...credentials, { id: 'fluxKontextBfl0001', name: 'Black Forest Labs account', type, data: { baseUrl, apiKey } }],
		workflows: [...flux.map(workflowOf), ...examples],
	});
}, 1_200_000);

afterAll(async () => {
	await n8n.stop();
	await emulator.close();
	await rm(dirname(packageTarball), { recursive: true, force: true });
});

beforeEach(() => emulator.clear());

function upload(prompt: string, bytes: Buffer): FormData {
	const form = new FormData();
	form.append('prompt', prompt);
	form.append('data', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'input.png');
	return form;
}

const workflowId = (name: string): string => flux.map(workflowOf).find((workflow) => workflow.name === name)?.id ?? '';

/** The image of the last execution, out of n8n's own store, with what the provider's link delivers. */
async function storedImage(id: string) {
	const execution = await n8n.execution(id);
	const [item] = outputsOf(execution)[0] ?? [];
	const json = item?.json as { image: { url: string; width: number; height: number; mimeType: string } };
	const stored = await n8n.binary(item?.binary?.['data']?.id ?? '');
	const { data } = await axios.get<ArrayBuffer>(json.image.url, { responseType: 'arraybuffer' });
	return { json, stored, delivered: Buffer.from(data) };
}

async function expectFinished(name: string, answer: unknown) {
	const { json, stored, delivered } = await storedImage(workflowId(name));
	expect(stored.equals(delivered)).toBe(true);
	expect(Buffer.isBuffer(answer) && answer.equals(stored)).toBe(true);
	const { width, height, format } = await sharp(stored).metadata();
	expect({ width, height, mimeType: `image/${format}` }).toEqual({
		width: json.image.width,
		height: json.image.height,
		mimeType: json.image.mimeType,
	});
	return stored;
}

describe('in a real n8n', () => {
	it.each(GENERATING)('%s turns a prompt into an image', async (provider) => {
		const answer = await n8n.webhook(`${provider}-generate`, { prompt: 'a red fox in the snow' });
		expect(answer.status).toBe(200);
		await expectFinished(`${provider}-generate`, answer.data);
		expect(emulator.jobs.map(({ provider: by, prompt, operation }) => ({ by, prompt, operation }))).toEqual([
			{ by: provider, prompt: 'a red fox in the snow', operation: 'generate' },
		]);
	});

	it.each(ALL)('%s edits an uploaded image', async (provider) => {
		const answer = await n8n.webhook(`${provider}-edit-binary`, upload('make it night', emulator.sampleImage.bytes));
		expect(answer.status).toBe(200);
		const edited = await expectFinished(`${provider}-edit-binary`, answer.data);
		expect(edited.equals(emulator.sampleImage.bytes)).toBe(false);
		expect(emulator.jobs).toHaveLength(1);
	});

	it.each(ALL)('%s edits an image by its URL and by base64', async (provider) => {
		const { url, bytes } = emulator.sampleImage;
		const first = await n8n.webhook(`${provider}-edit-url`, { prompt: 'make it night', url });
		await expectFinished(`${provider}-edit-url`, first.data);
		const second = await n8n.webhook(`${provider}-edit-base64`, { prompt: 'make it night', base64: bytes.toString('base64') });
		await expectFinished(`${provider}-edit-base64`, second.data);
		expect(emulator.jobs).toHaveLength(2);
	});

	it('runs the two examples one after the other', async () => {
		const generated = await n8n.webhook<Buffer>('flux-kontext-generate', { prompt: 'a lighthouse' });
		expect(generated.headers['content-type']).toBe('image/png');
		const edited = await n8n.webhook<Buffer>('flux-kontext-edit', upload('make it a stormy night', generated.data));
		expect(edited.headers['content-type']).toBe('image/png');
		expect(emulator.jobs.map(({ operation }) => operation)).toEqual(['generate', 'edit']);
		const [before, after] = await Promise.all([generated, edited].map(async ({ data }) => await sharp(data).metadata()));
		expect((after?.width ?? 0) / (after?.height ?? 1)).toBeCloseTo((before?.width ?? 0) / (before?.height ?? 1), 1);
	});

	it('sends a failure to the error output, with its job', async () => {
		emulator.inject({ stage: 'job', kind: 'moderate' });
		await n8n.webhook('error-output', { prompt: 'something refused' });
		const [succeeded, failed] = outputsOf(await n8n.execution(workflowId('error-output')));
		expect(succeeded).toEqual([]);
		expect(failed).toHaveLength(1);
		const [job] = emulator.jobs;
		expect(failed?.[0]?.json['details']).toMatchObject({
			code: 'moderated',
			provider: 'blackForestLabs',
			job: { id: job?.id, status: 'failed' },
		});
	});

	it('refuses bad input by name before anything is sent', async () => {
		const answer = await n8n.webhook('bad-input', { prompt: 'a fox' });
		expect(answer.status).toBe(500);
		const { data } = await n8n.execution(workflowId('bad-input'));
		expect(data.resultData.error?.message).toBe(
			"'Safety Tolerance' must be a whole number from 0 to 6, but is 9 [Item 0]",
		);
		expect(emulator.requests).toEqual([]);
	});

	it('says clearly that the provider is gone when it is killed halfway', async () => {
		doomed.inject({ stage: 'job', kind: 'never' });
		const begun = n8n.webhook('cut-off', upload('never done', emulator.sampleImage.bytes));
		while (!doomed.requests.some(({ stage }) => stage === 'status')) await new Promise((done) => setTimeout(done, 50));
		const [job] = doomed.jobs;
		await doomed.close();
		const answer = await begun;
		expect(answer.status).toBe(500);
		const { data, status } = await n8n.execution(workflowId('cut-off'));
		expect(status).toBe('error');
		expect(data.resultData.error?.message).toBe(
			`Runpod did not finish job ${job?.id ?? ''} in time; its last status was "IN_PROGRESS", the last look at it failed: ECONNREFUSED [Item 0]`,
		);
	});
});

describe('the credentials', () => {
	it.each(ALL)('of %s pass their test with a good key and fail it with a bad one', async (provider) => {
		const { baseUrl, apiKey } = emulator.providers[provider];
		const type = credentialTypes[provider];
		const test = async (key: string) => {
			const saved = await n8n.rest<{ id: string; name: string }>('POST', '/credentials', {
				name: `${provider} test`,
				type,
				data: { apiKey: key, baseUrl },
			});
			const credentials = { id: saved.id, name: saved.name, type, data: { apiKey: key, baseUrl } };
			return await n8n.rest<{ status: string }>('POST', '/credentials/test', { credentials });
		};
		expect((await test(apiKey)).status).toBe('OK');
		expect((await test(`${apiKey}x`)).status).toBe('Error');
	});
});

it('leaves no key in an execution or in the log', async () => {
	const ids = [...flux.map(({ name }) => workflowId(name)), ...examples.map(({ id }) => id)];
	const executions = await Promise.all(ids.map(async (id) => JSON.stringify(await n8n.execution(id))));
	for (const { apiKey } of Object.values(emulator.providers)) {
		expect(executions.filter((text) => text.includes(apiKey))).toEqual([]);
		expect(n8n.log()).not.toContain(apiKey);
	}
});
