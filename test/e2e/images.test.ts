import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

import { defaultModel } from '../../nodes/FluxKontext/core/request/prepare';
import { providers } from '../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator, type ProviderId } from '../../tools/emulator';
import { expectAnswered, imageParameters, outputsOf, useN8nFixture } from './n8nFixture';
import type { Workflow } from '../../tools/n8n-host/workflows';
import { expectNoKeys, filesWith } from './traces';
import { credentialsFor, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

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
		...(generates ? [{ name: `${id}-generate`, parameters: imageParameters(id, 'generate') }] : []),
		...able.map((input) => ({
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
		name: 'cut-off',
		parameters: {
			...imageParameters('runpod', 'edit'),
			inputImages: inputs.binary,
			options: { timeout: 8 },
		},
		account: 'doomed',
	},
	{
		name: 'bad-input',
		parameters: { ...imageParameters('blackForestLabs', 'generate'), options: { safetyTolerance: 9 } },
	},
];

/** Goes away while a job of it runs. */
let doomed: Emulator;

const example = async (name: string): Promise<Workflow> =>
	JSON.parse(await readFile(join(__dirname, '..', '..', 'examples', `${name}.json`), 'utf8')) as Workflow;

const fixture = useN8nFixture(flux, async ({ providers: { blackForestLabs } }) => {
	doomed = await startEmulator();
	const type = 'fluxKontextBlackForestLabsApi';
	const account = {
		id: 'fluxKontextBfl0001',
		name: 'Black Forest Labs account',
		type,
		data: { ...blackForestLabs },
	};
	const workflows = await Promise.all([example('generate-image'), example('edit-image')]);
	return { credentials: [...credentialsFor(doomed, 'doomed'), account], workflows };
});

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
	it.each(ways)(
		'$name makes and edits images, from every kind of input',
		async ({ provider: { id }, generates, inputs: able }) => {
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
			await Promise.all([...(generates ? [generate()] : []), ...able.map(edit)]);
			expect(
				fixture.emulator.jobs.map(({ provider, operation }) => `${provider} ${operation}`).sort(),
			).toEqual([...able.map(() => `${id} edit`), ...(generates ? [`${id} generate`] : [])]);
		},
	);

	it('runs the two examples one after the other', async () => {
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

	it('sends a failure to the error output, with its job', async () => {
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

	it('refuses bad input by name before anything is sent', async () => {
		const answer = await fixture.n8n.webhook('bad-input', { prompt: 'a fox' });
		expect(answer.status).toBe(500);
		const { data } = await fixture.execution('bad-input');
		expect(data.resultData.error?.message).toBe(
			"'Safety Tolerance' must be a whole number from 0 to 6, but is 9 [Item 0]",
		);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('says clearly that the provider is gone when it is killed halfway', async () => {
		doomed.inject({ stage: 'job', kind: 'never' });
		const begun = fixture.n8n.webhook(
			'cut-off',
			upload('never done', fixture.emulator.sampleImage.bytes),
		);
		while (!doomed.requests.some(({ stage }) => stage === 'status'))
			await new Promise((done) => setTimeout(done, 50));
		const [job] = doomed.jobs;
		await doomed.close();
		const answer = await begun;
		expect(answer.status).toBe(500);
		const { data, status } = await fixture.execution('cut-off');
		expect(status).toBe('error');
		expect(data.resultData.error?.message).toBe(
			`Runpod did not finish job ${job?.id ?? ''} in time; its last status was "IN_PROGRESS", the last look at it failed: ECONNREFUSED [Item 0]`,
		);
	});
});

describe('the credentials', () => {
	it.each(ways)(
		'of $name pass their test with a good key and fail it with a bad one',
		async ({ provider }) => {
			const { baseUrl, apiKey } = fixture.emulator.providers[provider.id as ProviderId];
			const type = provider.credential;
			const test = async (key: string) => {
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
			expect(await test(apiKey)).toBe('OK');
			expect(await test(`${apiKey}x`)).toBe('Error');
		},
	);
});

it('leaves no key in the files or in the log of n8n', async () => {
	expect(await filesWith(fixture.n8n.userFolder, ['a red fox in the snow'])).not.toEqual([]);
	await expectNoKeys(fixture);
});
