import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { defaultModel } from '../../nodes/FluxKontext/core/request/prepare';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import type { EmulatedJob } from '../../tools/emulator';
import { readImage } from '../../tools/emulator/picture';
import { providerOf, until, useNodeFixture } from './nodeFixture';
import { anyNumber, anyText, isoDate, jobRecord } from './expected';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { failedItems } from '../../tools/n8n-core/versions';

const fixture = useNodeFixture();
const small: INodeParameters = {
	provider: 'theRouter',
	operation: 'generate',
	prompt: 'a fox',
	sizing: 'pixels',
	width: 256,
	height: 256,
};
const noCost = { cost: null, currency: null, costSource: null };

/** An image by the provider's default model, from the sample where it only edits. */
function anyImage(provider: Provider): INodeParameters {
	if (defaultModel(provider, 'generate'))
		return { provider: provider.id, operation: 'generate', prompt: 'a fox' };
	const inputImages = { image: [{ source: 'url', url: fixture.emulator.sampleImage.url }] };
	return { provider: provider.id, operation: 'edit', prompt: 'make it night', inputImages };
}

const only = <T>(list: readonly T[]): T => {
	expect(list).toHaveLength(1);
	return list[0] as T;
};

async function submit(parameters: INodeParameters): Promise<INodeExecutionData> {
	const run = await fixture.run({ ...parameters, completion: 'submit' });
	expect(run.error).toBeNull();
	return only(run.items);
}

/** The job resource, on the item as another execution would have it: out of its JSON. */
const onJob = async (
	operation: string,
	provider: string,
	json: unknown,
	more: INodeParameters = {},
): Promise<NodeRun> =>
	await fixture.run(
		{ resource: 'job', operation, provider, job: '={{ $json.job }}', ...more },
		{ items: [{ json: JSON.parse(JSON.stringify(json)) as INodeExecutionData['json'] }] },
	);

const done = async () =>
	await until(() => fixture.emulator.jobs.every(({ state }) => !['queued', 'running'].includes(state)));

const billed = (): EmulatedJob => only(fixture.emulator.jobs);

async function expectWholeImage(run: NodeRun): Promise<void> {
	expect(run.error).toBeNull();
	const item = only(run.items);
	const { width, height } = billed();
	expect(await readImage(await run.binary(item))).toMatchObject({ width, height });
	expect(item.json).toMatchObject({
		job: { id: billed().id, status: 'succeeded' },
		image: { index: 0, width, height },
	});
}

describe.each(providers.filter(({ buildStatus }) => buildStatus))('a job of $displayName', (provider) => {
	it('is submitted without waiting, and delivered by another execution, billed once', async () => {
		fixture.emulator.timing.runMs = 150;
		const parameters = anyImage(provider);
		const item = await submit(parameters);
		expect(item.binary).toBeUndefined();
		expect(item.json).toMatchObject({
			job: { provider: provider.id, id: billed().id, status: 'pending' },
			warnings: expect.any(Array) as unknown,
		});
		await expectWholeImage(await onJob('wait', provider.id, item.json));
	});

	it('is refused unless its own provider is chosen', async () => {
		const { json } = await submit(anyImage(provider));
		fixture.emulator.requests.length = 0;
		const other = providers.find(({ id }) => id !== provider.id) ?? provider;
		const run = await onJob('wait', other.id, json);
		expect(run.error?.message).toBe(
			`'Job' is one of the provider ${provider.id}, but 'Provider' is ${other.displayName} [Item 0]`,
		);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

describe.each(providers.filter(({ buildStatus }) => !buildStatus))('$displayName', (provider) => {
	it('answers with the image at once, and a warning says so', async () => {
		const run = await fixture.run({ ...anyImage(provider), completion: 'submit' });
		await expectWholeImage(run);
		expect(run.items[0]?.json['warnings']).toContainEqual({
			option: 'completion',
			type: 'adapted',
			message: `${provider.displayName} answered with the image at once, so here it is; there is no job to wait for.`,
		});
	});
});

it('the item of a submitted job is exactly what the contract promises', async () => {
	fixture.emulator.timing.runMs = 1_000;
	const item = await submit(small);
	expect(item).toStrictEqual({
		json: {
			job: jobRecord(fixture, billed(), 'pending', 'queued'),
			usage: {
				cost: 0.018,
				currency: 'USD',
				costSource: 'estimated',
				queueMs: null,
				runMs: null,
				totalMs: anyNumber,
				polls: 0,
			},
			warnings: [],
		},
		pairedItem: { item: 0 },
	});
});

describe('get', () => {
	it('gives a pending job as it is, with one look', async () => {
		fixture.emulator.timing.runMs = 2_000;
		const { json } = await submit(small);
		await until(() => billed().state === 'running');
		const run = await onJob('get', 'theRouter', json);
		expect(run.items).toStrictEqual([
			{
				json: {
					job: jobRecord(fixture, billed(), 'pending', 'in_progress'),
					usage: { ...noCost, queueMs: null, runMs: null, totalMs: anyNumber, polls: 1 },
					warnings: [],
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(fixture.sent('status')).toHaveLength(1);
	});

	it('gives the image when it is there, also in two steps', async () => {
		const { json } = await submit(anyImage(providerOf('fal')));
		await done();
		await expectWholeImage(await onJob('get', 'fal', json));
		expect([fixture.sent('status'), fixture.sent('result')].map(({ length }) => length)).toEqual([1, 1]);
	});

	it('gives a failed job with its fault, and does not fail', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const { json } = await submit(small);
		await done();
		const run = await onJob('get', 'theRouter', json);
		expect(run.error).toBeNull();
		const message = 'TheRouter ended the job as failed: The model failed on this request';
		expect(only(run.items).json['job']).toStrictEqual({
			...jobRecord(fixture, billed(), 'failed', 'failed'),
			fault: { code: 'failed', message },
		});
	});

	it('fails where the provider refuses the look, with the job', async () => {
		const { json } = await submit(small);
		fixture.emulator.inject({ stage: 'status', kind: 'status', status: 401 });
		const run = await onJob('get', 'theRouter', json);
		expect(run.error).toMatchObject({
			context: { code: 'auth', job: { id: billed().id, status: 'pending' } },
		});
	});
});

describe('wait', () => {
	it('takes the job of an error item, and names files and fields as told', async () => {
		fixture.emulator.timing.runMs = 1_300;
		const options = { timeout: 1, cancelOnTimeout: false };
		const first = await fixture.run({ ...small, options }, { onError: 'continueErrorOutput' });
		const failed = only(failedItems(first));
		expect(failed.json['details']).toMatchObject({
			code: 'timeout',
			job: { id: billed().id, status: 'pending' },
		});
		const second = await onJob('wait', 'theRouter', failed.json, {
			job: '={{ $json.details.job }}',
			options: { binaryField: 'picture', fileName: 'fox.jpg' },
		});
		const item = only(second.items);
		const facts = await readImage(await second.binary(item, 'picture'));
		expect(item).toStrictEqual({
			json: {
				job: jobRecord(fixture, billed(), 'succeeded', 'succeeded'),
				image: {
					index: 0,
					width: 256,
					height: 256,
					mimeType: 'image/png',
					fileName: 'fox.png',
					fileSize: anyNumber,
					url: anyText,
					urlExpiresAt: isoDate,
				},
				seed: null,
				revisedPrompt: null,
				usage: {
					cost: 0.018,
					currency: 'USD',
					costSource: 'estimated',
					queueMs: null,
					runMs: null,
					totalMs: anyNumber,
					polls: anyNumber,
				},
				warnings: [],
			},
			binary: {
				picture: expect.objectContaining({
					fileName: 'fox.png',
					mimeType: facts?.mimeType,
				}) as unknown,
			},
			pairedItem: { item: 0 },
		});
	});

	it('fails like the image would, with the job', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		const { json } = await submit(small);
		const run = await onJob('wait', 'theRouter', json);
		expect(run.error).toMatchObject({
			context: {
				code: 'moderated',
				job: { id: billed().id, status: 'failed' },
				jobs: [{ id: billed().id }],
			},
		});
	});

	it('is stopped at once and cancels the job', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const { json } = await submit(anyImage(providerOf('runpod')));
		const run = await fixture.run(
			{ resource: 'job', operation: 'wait', provider: 'runpod', job: '={{ $json.job }}' },
			{
				items: [{ json }],
				onStart: (stop) => void until(() => fixture.sent('status').length > 1).then(stop),
			},
		);
		expect(run.status).toBe('canceled');
		await until(() => billed().state === 'cancelled');
	});
});

describe('cancel', () => {
	it.each(providers.filter(({ buildCancel }) => buildCancel))(
		'stops a queued job at $displayName',
		async (provider) => {
			fixture.emulator.timing.queueMs = 5_000;
			const { json } = await submit(anyImage(provider));
			const run = await onJob('cancel', provider.id, json);
			expect(run.items).toStrictEqual([
				{
					json: {
						job: json['job'],
						cancelled: true,
						message: `${provider.displayName} took the cancellation`,
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(billed().state).toBe('cancelled');
		},
	);

	it.each(providers.filter(({ buildCancel }) => buildCancel))(
		'says that a job of $displayName was finished before',
		async (provider) => {
			const { json } = await submit(anyImage(provider));
			await done();
			const run = await onJob('cancel', provider.id, json);
			expect(only(run.items).json).toMatchObject({
				cancelled: false,
				message: expect.stringMatching(/had ended the job before, as |ALREADY_COMPLETED/) as unknown,
			});
			await expectWholeImage(await onJob('get', provider.id, json));
		},
	);

	it('says that a provider has no way to cancel', async () => {
		const { json } = await submit(small);
		const run = await onJob('cancel', 'theRouter', json);
		expect(only(run.items).json).toStrictEqual({
			job: json['job'],
			cancelled: false,
			message: 'TheRouter has no way to cancel a job',
		});
		expect(fixture.sent('cancel')).toEqual([]);
	});
});

describe('a job that nobody gave, or that was changed,', () => {
	const whole = {
		provider: 'fal',
		model: 'kontext/pro',
		id: 'abc',
		status: 'pending',
		providerStatus: 'IN_QUEUE',
		submittedAt: '2026-11-20T12:00:00.000Z',
	};
	const handle = {
		id: 'abc',
		endpoint: 'fal-ai/flux-pro/kontext',
		statusUrl: null,
		responseUrl: null,
		cancelUrl: null,
		runMs: null,
	};
	const evil = 'https://evil.example/requests/abc';

	it.each<[string, unknown, string]>([
		['is empty', undefined, 'is empty'],
		['is a text', 'abc', 'is not the JSON of a job'],
		['is of nobody', { ...whole, provider: '', handle }, 'names no provider'],
		[
			'is dated wrongly',
			{ ...whole, submittedAt: 'yesterday', handle },
			'is damaged: submittedAt must be a date such as 2026-01-31T12:00:00.000Z',
		],
		['has no handle', whole, 'is damaged: its handle does not fit (handle: Required)'],
		[
			'has the handle of another job',
			{ ...whole, handle: { ...handle, id: 'xyz' } },
			'is damaged: its handle belongs to another job',
		],
		[
			'leads out of the API',
			{ ...whole, handle: { ...handle, endpoint: '../..' } },
			'is damaged: its handle does not fit (endpoint: Invalid)',
		],
		...['statusUrl', 'responseUrl', 'cancelUrl'].map<[string, unknown, string]>((field) => [
			`has a foreign ${field}`,
			{ ...whole, handle: { ...handle, [field]: evil } },
			'leads to an address that is none of fal; the API key was not sent there',
		]),
	])('%s and is refused before any request', async (_, job, why) => {
		for (const operation of ['get', 'wait', 'cancel']) {
			const run = await onJob(operation, 'fal', { job });
			expect(run.error).toMatchObject({
				message: `'Job' ${why} [Item 0]`,
				context: { code: 'invalidRequest', job: null },
			});
		}
		expect(fixture.emulator.requests).toEqual([]);
	});
});
