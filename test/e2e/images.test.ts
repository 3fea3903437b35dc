import axios from 'axios';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

import { defaultModel } from '../../nodes/FluxKontext/core/prepare';
import type { Operation } from '../../nodes/FluxKontext/core/types';
import { providers } from '../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator, type ProviderId } from '../emulator';
import { installHost } from './host/install';
import { startN8n, type N8n } from './host/n8n';
import { packTarball } from './host/pack';
import type { Workflow } from './host/workflows';
import { credentialsFor, outputsOf, workflowOf, type FluxWorkflow } from './workflowOf';

const parametersOf = (provider: string, operation: Operation) => ({
	provider,
	resource: 'image',
	operation,
	prompt: '={{ $json.body.prompt }}',
});

const inputs = {
	binary: { image: [{ source: 'binary', binaryProperty: 'data' }] },
	url: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
	base64: { image: [{ source: 'base64', base64: '={{ $json.body.base64 }}' }] },
};
type Input = keyof typeof inputs;

/** Every way in which a provider can be asked for an image, straight from the registry. */
const ways = providers.map((provider) => ({
	provider,
	name: provider.displayName,
	generates: defaultModel(provider, 'generate') !== null,
	inputs: (Object.keys(inputs) as Input[]).filter((input) => {
		const spec = defaultModel(provider, 'edit')?.operations.edit?.inputImages;
		return spec && (input === 'url' || spec.bytes !== false);
	}),
}));

const flux: FluxWorkflow[] = [
	...ways.flatMap(({ provider: { id }, generates, inputs: able }) => [
		...(generates ? [{ name: `${id}-generate`, parameters: parametersOf(id, 'generate') }] : []),
		...able.map((input) => ({
			name: `${id}-edit-${input}`,
			parameters: { ...parametersOf(id, 'edit'), inputImages: inputs[input] },
		})),
	]),
	{
		name: 'error-output',
		parameters: parametersOf('blackForestLabs', 'generate'),
		onError: 'continueErrorOutput',
		respond: 'items',
	},
	{
		name: 'cut-off',
		parameters: { ...parametersOf('runpod', 'edit'), inputImages: inputs.binary, options: { timeout: 8 } },
		account: 'doomed',
	},
	{ name: 'bad-input', parameters: { ...parametersOf('blackForestLabs', 'generate'), options: { safetyTolerance: 9 } } },
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
	const type = 'fluxKontextBlackForestLabsApi';
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

/** What the webhook answered with is the image that stands in n8n's own store, and what the provider delivered. */
async function expectFinished(name: string, answer: unknown): Promise<Buffer> {
	const [item] = outputsOf(await n8n.execution(workflowId(name)))[0] ?? [];
	const { image } = item?.json as { image: { url: string | null; width: number; height: number; mimeType: string } };
	const stored = await n8n.binary(item?.binary?.['data']?.id ?? '');
	expect(Buffer.isBuffer(answer) && answer.equals(stored)).toBe(true);
	if (image.url !== null) {
		const { data } = await axios.get<ArrayBuffer>(image.url, { responseType: 'arraybuffer' });
		expect(stored.equals(Buffer.from(data))).toBe(true);
	}
	const { width, height, format } = await sharp(stored).metadata();
	expect({ width, height, mimeType: `image/${format}` }).toEqual({
		width: image.width,
		height: image.height,
		mimeType: image.mimeType,
	});
	return stored;
}

const bodyFor = (input: Input): unknown => {
	const { url, bytes } = emulator.sampleImage;
	const prompt = 'make it night';
	return { binary: upload(prompt, bytes), url: { prompt, url }, base64: { prompt, base64: bytes.toString('base64') } }[input];
};

describe('in a real n8n', () => {
	it.each(ways)('$name makes and edits images, from every kind of input', async ({ provider: { id }, generates, inputs: able }) => {
		const generate = async () => {
			const answer = await n8n.webhook(`${id}-generate`, { prompt: 'a red fox in the snow' });
			await expectFinished(`${id}-generate`, answer.data);
		};
		const edit = async (input: Input) => {
			const answer = await n8n.webhook(`${id}-edit-${input}`, bodyFor(input));
			const edited = await expectFinished(`${id}-edit-${input}`, answer.data);
			expect(edited.equals(emulator.sampleImage.bytes)).toBe(false);
		};
		await Promise.all([...(generates ? [generate()] : []), ...able.map(edit)]);
		expect(emulator.jobs.map(({ provider, operation }) => `${provider} ${operation}`).sort()).toEqual([
			...able.map(() => `${id} edit`),
			...(generates ? [`${id} generate`] : []),
		]);
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
	it.each(ways)('of $name pass their test with a good key and fail it with a bad one', async ({ provider }) => {
		const { baseUrl, apiKey } = emulator.providers[provider.id as ProviderId];
		const type = provider.credential;
		const test = async (key: string) => {
			const data = { apiKey: key, baseUrl };
			const saved = await n8n.rest<{ id: string; name: string }>('POST', '/credentials', { name: `test ${type}`, type, data });
			const credentials = { id: saved.id, name: saved.name, type, data };
			return (await n8n.rest<{ status: string }>('POST', '/credentials/test', { credentials })).status;
		};
		expect(await test(apiKey)).toBe('OK');
		expect(await test(`${apiKey}x`)).toBe('Error');
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
