import { isJobProvider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import { readImage } from '../../tools/emulator/picture';
import { failedItems } from '../../tools/n8n-core/versions';
import { anyNumber, anyText, isoDate, jobRecord } from './expected';
import { imageBy, only, smallImage, useJobFixture } from './jobFixture';
import { providerOf, until } from './nodeFixture';

const { fixture, submit, runJobOperation, untilDone, onlyJob, expectImage } = useJobFixture();
const noCost = { cost: null, currency: null, costSource: null };

describe.each(providers.filter(isJobProvider))('a job of $displayName', (provider) => {
	it('is submitted by one execution and delivered by another, billed once', async () => {
		fixture.emulator.timing.runMs = 150;
		const parameters = imageBy(fixture, provider);
		const item = await submit(parameters);
		expect(item.binary).toBeUndefined();
		expect(item.json).toMatchObject({
			job: { provider: provider.id, id: onlyJob().id, status: 'pending' },
			warnings: expect.any(Array) as unknown,
		});
		await expectImage(await runJobOperation('wait', provider.id, item.json));
	});

	it('is refused if another provider is chosen', async () => {
		const { json } = await submit(imageBy(fixture, provider));
		fixture.emulator.requests.length = 0;
		const other = providers.find(({ id }) => id !== provider.id) ?? provider;
		const run = await runJobOperation('wait', other.id, json);
		expect(run.error?.message).toBe(
			`'Job' is one of the provider ${provider.id}, but 'Provider' is ${other.displayName} [Item 0]`,
		);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

describe.each(providers.filter(({ kind }) => kind === 'sync'))('Submit Only at $displayName', (provider) => {
	it('delivers the image at once, with a warning', async () => {
		const run = await fixture.run({ ...imageBy(fixture, provider), completion: 'submit' });
		await expectImage(run);
		expect(run.items[0]?.json['warnings']).toContainEqual({
			option: 'completion',
			type: 'adapted',
			message:
				`${provider.displayName} answered with the image at once, so here it is; ` +
				'there is no job to wait for.',
		});
	});
});

it('returns exactly the documented item for a submitted job', async () => {
	fixture.emulator.timing.runMs = 1_000;
	const item = await submit(smallImage);
	expect(item).toStrictEqual({
		json: {
			job: jobRecord(fixture, onlyJob(), 'pending', 'queued'),
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

describe('the operation Get', () => {
	it('returns the state of a pending job after one status request', async () => {
		fixture.emulator.timing.runMs = 2_000;
		const { json } = await submit(smallImage);
		await until(() => onlyJob().state === 'running');
		const run = await runJobOperation('get', 'theRouter', json);
		expect(run.items).toStrictEqual([
			{
				json: {
					job: jobRecord(fixture, onlyJob(), 'pending', 'in_progress'),
					usage: { ...noCost, queueMs: null, runMs: null, totalMs: anyNumber, polls: 1 },
					warnings: [],
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(fixture.sent('status')).toHaveLength(1);
	});

	it('returns the image of a finished job, also if it needs a result request', async () => {
		const { json } = await submit(imageBy(fixture, providerOf('fal')));
		await untilDone();
		await expectImage(await runJobOperation('get', 'fal', json));
		expect([fixture.sent('status'), fixture.sent('result')].map(({ length }) => length)).toEqual([1, 1]);
	});

	it('returns a failed job with its fault, and does not fail itself', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const { json } = await submit(smallImage);
		await untilDone();
		const run = await runJobOperation('get', 'theRouter', json);
		expect(run.error).toBeNull();
		const message = 'TheRouter ended the job as failed: The model failed on this request';
		expect(only(run.items).json['job']).toStrictEqual({
			...jobRecord(fixture, onlyJob(), 'failed', 'failed'),
			fault: { code: 'failed', message },
		});
	});

	it('fails with the job if the provider refuses the status request', async () => {
		const { json } = await submit(smallImage);
		fixture.emulator.inject({ stage: 'status', kind: 'status', status: 401 });
		const run = await runJobOperation('get', 'theRouter', json);
		expect(run.error).toMatchObject({
			context: { code: 'auth', job: { id: onlyJob().id, status: 'pending' } },
		});
	});
});

describe('the operation Wait', () => {
	it('takes the job of an error item, and applies the file name and the binary field', async () => {
		fixture.emulator.timing.runMs = 1_300;
		const options = { timeout: 1, cancelOnTimeout: false };
		const first = await fixture.run({ ...smallImage, options }, { onError: 'continueErrorOutput' });
		const failed = only(failedItems(first));
		expect(failed.json['details']).toMatchObject({
			code: 'timeout',
			job: { id: onlyJob().id, status: 'pending' },
		});
		const second = await runJobOperation('wait', 'theRouter', failed.json, {
			job: '={{ $json.details.job }}',
			options: { binaryField: 'picture', fileName: 'fox.jpg' },
		});
		const item = only(second.items);
		const facts = await readImage(await second.binary(item, 'picture'));
		expect(item).toStrictEqual({
			json: {
				job: jobRecord(fixture, onlyJob(), 'succeeded', 'succeeded'),
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

	it('fails as the image operation does, with the job', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		const { json } = await submit(smallImage);
		const run = await runJobOperation('wait', 'theRouter', json);
		expect(run.error).toMatchObject({
			context: {
				code: 'moderated',
				job: { id: onlyJob().id, status: 'failed' },
				jobs: [{ id: onlyJob().id }],
			},
		});
	});

	it('ends at once when the execution is stopped, and cancels the job', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const { json } = await submit(imageBy(fixture, providerOf('runpod')));
		const run = await fixture.run(
			{ resource: 'job', operation: 'wait', provider: 'runpod', job: '={{ $json.job }}' },
			{
				items: [{ json }],
				onStart: (stop) => void until(() => fixture.sent('status').length > 1).then(stop),
			},
		);
		expect(run.status).toBe('canceled');
		await until(() => onlyJob().state === 'cancelled');
	});
});
