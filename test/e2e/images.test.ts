import sharp from 'sharp';
import { providers } from '../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator, type ProviderId } from '../../tools/emulator';
import { expectAnswered, imageParameters, outputsOf } from './imageAssertions';
import { useN8nFixture } from './n8nFixture';
import { waitUntil } from './waitUntil';
import { expectNoKeys, filesContaining } from './keyLeaks';
import { credentialsFor, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';
import { readExample } from '../../tools/support/examples';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';

const inputs = {
	binary: { image: [{ source: 'binary', binaryProperty: 'data' }] },
	url: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
	base64: { image: [{ source: 'base64', base64: '={{ $json.body.base64 }}' }] },
};
type Input = keyof typeof inputs;

/** Operations and kinds of input image of every provider in the registry. */
const capabilities = providers.map((provider) => ({
	provider,
	name: provider.displayName,
	generates: defaultModel(provider, 'generate') !== null,
	inputs: (Object.keys(inputs) as Input[]).filter((input) => {
		const spec = defaultModel(provider, 'edit')?.operations.edit?.inputImages;
		return spec && (input === 'url' || spec.bytes !== false);
	}),
}));

const fluxWorkflows: FluxWorkflow[] = [
	...capabilities.flatMap(({ provider: { id }, generates, inputs: supported }) => [
		...(generates ? [{ name: `${id}-generate`, parameters: imageParameters(id, 'generate') }] : []),
		...supported.map((input) => ({
			name: `${id}-edit-${input}`,
			parameters: { ...imageParameters(id, 'edit'), inputImages: inputs[input] },
		})),
	]),
	{
		name: 'error-output',
		parameters: imageParameters('blackForestLabs', 'generate'),
		onError: 'continueErrorOutput',
		respond: 'items',
	},
	{
		name: 'provider-down',
		parameters: {
			...imageParameters('runpod', 'edit'),
			inputImages: inputs.binary,
			options: { timeout: 8 },
		},
		account: 'closing',
	},
	{
		name: 'bad-input',
		parameters: { ...imageParameters('blackForestLabs', 'generate'), options: { safetyTolerance: 9 } },
	},
];

/** Emulator that is closed while one of its jobs runs. */
let closingEmulator: Emulator;

const fixture = useN8nFixture(fluxWorkflows, async ({ providers: { blackForestLabs } }) => {
	closingEmulator = await startEmulator();
	const type = 'fluxKontextBlackForestLabsApi';
	const account = {
		id: 'fluxKontextBfl0001',
		name: 'Black Forest Labs account',
		type,
		data: { ...blackForestLabs },
	};
	const workflows = await Promise.all([readExample('generate-image'), readExample('edit-image')]);
	return { credentials: [...credentialsFor(closingEmulator, 'closing'), account], workflows };
});

// A run of single tests may not reach the one that closes it.
afterAll(async () => await (closingEmulator as Emulator | undefined)?.close());

function upload(prompt: string, bytes: Buffer): FormData {
	const form = new FormData();
	form.append('prompt', prompt);
	form.append('data', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'input.png');
	return form;
}

const bodyFor = (input: Input): unknown => {
	const { url, bytes } = fixture.emulator.sampleImage;
	const prompt = 'make it night';
	return {
		binary: upload(prompt, bytes),
		url: { prompt, url },
		base64: { prompt, base64: bytes.toString('base64') },
	}[input];
};

describe('in a real n8n', () => {
	it.each(capabilities)(
		'generates and edits images with $name, from every kind of input',
		async ({ provider: { id }, generates, inputs: supported }) => {
			const generate = async () => {
				const answer = await fixture.n8n.webhook(`${id}-generate`, {
					prompt: 'a red fox in the snow',
				});
				await expectAnswered(fixture, `${id}-generate`, answer.data);
			};
			const edit = async (input: Input) => {
				const answer = await fixture.n8n.webhook(`${id}-edit-${input}`, bodyFor(input));
				const edited = await expectAnswered(fixture, `${id}-edit-${input}`, answer.data);
				expect(edited.equals(fixture.emulator.sampleImage.bytes)).toBe(false);
			};
			await Promise.all([...(generates ? [generate()] : []), ...supported.map(edit)]);
			expect(
				fixture.emulator.jobs.map(({ provider, operation }) => `${provider} ${operation}`).sort(),
			).toEqual([...supported.map(() => `${id} edit`), ...(generates ? [`${id} generate`] : [])]);
		},
	);

	it('runs the two examples in a row', async () => {
		const generated = await fixture.n8n.webhook<Buffer>('flux-kontext-generate', {
			prompt: 'a lighthouse',
		});
		expect(generated.headers['content-type']).toBe('image/png');
		const edited = await fixture.n8n.webhook<Buffer>(
			'flux-kontext-edit',
			upload('make it a stormy night', generated.data),
		);
		expect(edited.headers['content-type']).toBe('image/png');
		expect(fixture.emulator.jobs.map(({ operation }) => operation)).toEqual(['generate', 'edit']);
		const [before, after] = await Promise.all(
			[generated, edited].map(async ({ data }) => await sharp(data).metadata()),
		);
		expect((after?.width ?? 0) / (after?.height ?? 1)).toBeCloseTo(
			(before?.width ?? 0) / (before?.height ?? 1),
			1,
		);
	});

	it('sends a failed item to the error output with its job', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		await fixture.n8n.webhook('error-output', { prompt: 'something refused' });
		const [succeeded, failed] = outputsOf(await fixture.execution('error-output'));
		expect(succeeded).toEqual([]);
		expect(failed).toHaveLength(1);
		const [job] = fixture.emulator.jobs;
		expect(failed?.[0]?.json['details']).toMatchObject({
			code: 'moderated',
			provider: 'blackForestLabs',
			job: { id: job?.id, status: 'failed' },
		});
	});

	it('refuses an invalid parameter by name before it sends anything', async () => {
		const answer = await fixture.n8n.webhook('bad-input', { prompt: 'a fox' });
		expect(answer.status).toBe(500);
		const { data } = await fixture.execution('bad-input');
		expect(data.resultData.error?.message).toBe(
			"'Safety Tolerance' must be a whole number from 0 to 6, but is 9 [Item 0]",
		);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('names the connection error when the provider is closed while a job runs', async () => {
		closingEmulator.inject({ stage: 'job', kind: 'never' });
		const pendingAnswer = fixture.n8n.webhook(
			'provider-down',
			upload('never done', fixture.emulator.sampleImage.bytes),
		);
		await waitUntil('the job is polled', () =>
			closingEmulator.requests.some(({ stage }) => stage === 'status'),
		);
		const [job] = closingEmulator.jobs;
		await closingEmulator.close();
		const answer = await pendingAnswer;
		expect(answer.status).toBe(500);
		const { data, status } = await fixture.execution('provider-down');
		expect(status).toBe('error');
		expect(data.resultData.error?.message).toBe(
			`Runpod did not finish job ${job?.id ?? ''} in time. Last status: "IN_PROGRESS". ` +
				'The most recent status request failed: ECONNREFUSED [Item 0]',
		);
	});
});

describe('the credential', () => {
	it.each(capabilities)(
		'of $name passes its test with a good key and fails it with a bad one',
		async ({ provider }) => {
			const { baseUrl, apiKey } = fixture.emulator.providers[provider.id as ProviderId];
			const type = provider.credential;
			const testStatus = async (key: string) => {
				const data = { apiKey: key, baseUrl };
				const saved = await fixture.n8n.rest<{ id: string; name: string }>('POST', '/credentials', {
					name: `test ${type}`,
					type,
					data,
				});
				const credentials = { id: saved.id, name: saved.name, type, data };
				return (
					await fixture.n8n.rest<{ status: string }>('POST', '/credentials/test', { credentials })
				).status;
			};
			expect(await testStatus(apiKey)).toBe('OK');
			expect(await testStatus(`${apiKey}x`)).toBe('Error');
		},
	);
});

it('leaves no key in the files or the log of n8n', async () => {
	expect(await filesContaining(fixture.n8n.userFolder, ['a red fox in the snow'])).not.toEqual([]);
	await expectNoKeys(fixture);
});
