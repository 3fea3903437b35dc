import type { INodeParameters } from 'n8n-workflow';

import type { EmulatedJob } from '../../tools/emulator';
import type { InputItem, NodeRun } from '../../tools/n8n-core/runNode';
import { routesDetailsToErrorOutput } from '../../tools/n8n-core/versions';
import { jobRecord } from './expected';
import { picture, slowImage, until, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();
const small: INodeParameters = {
	provider: 'theRouter',
	operation: 'generate',
	prompt: '={{ $json.prompt }}',
	sizing: 'pixels',
	width: 256,
	height: 256,
};
const prompts = (...texts: string[]): InputItem[] => texts.map((prompt) => ({ json: { prompt } }));
const advice = {
	failed: 'Run again; if it fails again, change the prompt or the input image.',
	invalidRequest: 'Correct the named field, then run again. Nothing was charged.',
};

const jobWith = (prompt: string): EmulatedJob => {
	const job = fixture.emulator.jobs.find((candidate) => candidate.prompt === prompt);
	if (!job) throw new Error(`There is no job "${prompt}"`);
	return job;
};

const emptyPrompt = (item: number) => ({
	json: {
		error: `'Prompt' is empty; say what the image should show [Item ${item}]`,
		details: {
			code: 'invalidRequest',
			description: advice.invalidRequest,
			provider: 'theRouter',
			httpStatus: null,
			providerStatus: null,
			retryable: false,
			job: null,
		},
	},
	pairedItem: { item },
});

const failedItem = (item: number, job: EmulatedJob) => ({
	json: {
		error: `TheRouter ended the job as failed: The model failed on this request [Item ${item}]`,
		details: {
			code: 'failed',
			description: advice.failed,
			provider: 'theRouter',
			httpStatus: null,
			providerStatus: 'failed',
			retryable: true,
			job: jobRecord(fixture, job, 'failed', 'failed'),
		},
	},
	pairedItem: { item },
});

const success = (item: number) => ({ json: { job: { status: 'succeeded' } }, pairedItem: { item } });

describe.each([
	['continueRegularOutput', false],
	['continueErrorOutput', routesDetailsToErrorOutput],
] as const)('with %s, the node', (onError, isRouted) => {
	const all = ({ items, errorItems }: NodeRun) => [...items, ...errorItems];
	const errorsOf = ({ items, errorItems }: NodeRun) =>
		isRouted ? errorItems : items.filter(({ json }) => 'error' in json);

	it('turns a refused item into an error item and makes the images of the others', async () => {
		const run = await fixture.run(small, { items: prompts('one', '', 'three'), onError });
		expect(run.error).toBeNull();
		expect(errorsOf(run)).toStrictEqual([emptyPrompt(1)]);
		expect(all(run)).toHaveLength(3);
		expect(run.items).toMatchObject(
			isRouted ? [success(0), success(2)] : [success(0), emptyPrompt(1), success(2)],
		);
		expect(fixture.emulator.jobs).toHaveLength(2);
	});

	it('names a job that failed after it was accepted in the details', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const options = { concurrency: 1 };
		const run = await fixture.run({ ...small, options }, { items: prompts('one', 'two'), onError });
		expect(run.error).toBeNull();
		expect(errorsOf(run)).toStrictEqual([failedItem(0, jobWith('one'))]);
		expect(all(run)).toHaveLength(2);
		expect(run.items.at(-1)).toMatchObject(success(1));
	});

	it('keeps the other images of an item when one of its jobs fails', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const options = { concurrency: 1, numberOfImages: 3 };
		const run = await fixture.run({ ...small, options }, { items: prompts('one'), onError });
		const [first] = fixture.emulator.jobs;
		expect(first && errorsOf(run)).toStrictEqual(first && [failedItem(0, first)]);
		expect(all(run)).toHaveLength(3);
		expect(run.items.slice(-2)).toMatchObject([success(0), success(0)]);
	});

	it('fails only the item whose input image cannot be read', async () => {
		const readable = { ...withBinary(await picture(64, 64)), json: { prompt: 'one' } };
		const unreadable = { ...withBinary(Buffer.from('no image')), json: { prompt: 'two' } };
		const run = await fixture.run(
			{ ...small, operation: 'edit', sizing: 'auto', options: { numberOfImages: 2 } },
			{ items: [unreadable, readable], onError },
		);
		const refusal = {
			json: {
				error:
					"'Input Images' entry 1 (photo.png) is not an image but text (stated type image/png, " +
					'first bytes "no image"); PNG, JPEG, WebP, GIF and AVIF are known [Item 0]',
				details: { ...emptyPrompt(0).json.details },
			},
			pairedItem: { item: 0 },
		};
		expect(errorsOf(run)).toStrictEqual([refusal, refusal]);
		expect(run.items.slice(-2)).toMatchObject([success(1), success(1)]);
		expect(fixture.emulator.jobs.map(({ prompt }) => prompt)).toEqual(
			['two'].map(() => 'one').concat('one'),
		);
	});

	it('sends nothing when every item is refused', async () => {
		const run = await fixture.run(small, { items: prompts('', ''), onError });
		expect(errorsOf(run)).toStrictEqual([emptyPrompt(0), emptyPrompt(1)]);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

describe('without Continue, the node', () => {
	it('ends the run at the first failing item and lists its job and all other accepted jobs', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		fixture.emulator.timing.runMs = 400;
		const run = await fixture.run(
			{ ...small, options: { concurrency: 1 } },
			{ items: prompts('one', 'two', 'three') },
		);
		const record = jobRecord(fixture, jobWith('one'), 'failed', 'failed');
		expect(run.status).toBe('error');
		expect(run.items).toEqual([]);
		expect(run.error).toMatchObject({
			name: 'NodeOperationError',
			message: 'TheRouter ended the job as failed: The model failed on this request [Item 0]',
			description: advice.failed,
			context: {
				itemIndex: 0,
				code: 'failed',
				provider: 'theRouter',
				providerStatus: 'failed',
				retryable: true,
				job: record,
				jobs: [record],
			},
		});
		expect(fixture.submitted()).toHaveLength(1);
	});

	it('cancels pending jobs if the provider can, and submits nothing more', async () => {
		const image = await picture(64, 64);
		const items = ['one', 'two', 'three', 'four'].map((prompt) => ({
			...withBinary(image),
			json: { prompt },
		}));
		fixture.emulator.inject({ stage: 'job', kind: 'never', times: 2 });
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const parameters = {
			provider: 'runpod',
			operation: 'edit',
			prompt: '={{ $json.prompt }}',
			options: { concurrency: 3 },
		};
		const run = await fixture.run(parameters, { items });
		expect(fixture.emulator.jobs.map(({ state }) => state).sort()).toEqual([
			'cancelled',
			'cancelled',
			'failed',
		]);
		expect(
			fixture
				.sent('cancel')
				.map(({ path }) => path)
				.sort(),
		).toEqual(
			fixture.emulator.jobs
				.filter(({ state }) => state === 'cancelled')
				.map(({ id }) => `/runpod/v2/black-forest-labs-flux-1-kontext-dev/cancel/${id}`)
				.sort(),
		);
		expect(run.error?.message).toMatch(/^Runpod .* \[Item [0-2]\]$/);
		expect(run.error).toMatchObject({ context: { code: 'failed', job: { status: 'failed' } } });
		const jobs = run.error?.context['jobs'] as Array<{ id: string }>;
		expect(jobs.map(({ id }) => id).sort()).toEqual(fixture.emulator.jobs.map(({ id }) => id).sort());
		expect(fixture.submitted()).toHaveLength(3);
	});

	it.each(['blackForestLabs', 'runpod'] as const)(
		'cancels or lists a job that %s accepts after the run has failed',
		async (provider) => {
			const slow = await slowImage(await picture(64, 64), 700);
			try {
				const entry = { source: 'url', url: '={{ $json.url }}' };
				const items = [slow.url, fixture.emulator.sampleImage.url].map((url) => ({ json: { url } }));
				fixture.emulator.inject({ stage: 'job', kind: 'fail' });
				const parameters = {
					provider,
					operation: 'edit',
					prompt: 'x',
					sizing: 'aspectRatio',
					inputImages: { image: [entry] },
				};
				const run = await fixture.run(parameters, { items });
				expect(run.error).toMatchObject({ context: { code: 'failed', itemIndex: 1 } });
				await until(() => fixture.emulator.jobs.length === 2);
				const late = fixture.emulator.jobs[1];
				const listed = (run.error?.context['jobs'] as Array<{ id: string }>).map(({ id }) => id);
				if (provider === 'runpod') await until(() => late?.state === 'cancelled');
				else expect(listed).toContain(late?.id);
			} finally {
				await slow.close();
			}
		},
	);

	it('ends in a NodeApiError with the HTTP status if there is one', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 402 });
		const run = await fixture.run(small, { items: prompts('one') });
		expect(run.error).toMatchObject({
			name: 'NodeApiError',
			httpCode: '402',
			message: 'TheRouter answered 402: Payment Required [Item 0]',
			context: { code: 'payment', itemIndex: 0, job: null, jobs: [] },
		});
	});
});
