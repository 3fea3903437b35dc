import { pollJob } from '../../../../nodes/FluxKontext/core/job/poll';
import type { Handle } from '../../../../nodes/FluxKontext/core/job/snapshot';
import type { JobProvider } from '../../../../nodes/FluxKontext/core/provider';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { vtrix } from '../../../../nodes/FluxKontext/providers/vtrix';
import { json, type Answer } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { provider, request, state } from './jobs';

// When a job is polled, given the durations of earlier jobs of its model and what the provider reports.

const fixture = useEngineFixture();
const submitted = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const link = 'https://image.runpod.ai/a.png';

/** Scripts a job that ends so many seconds from now. */
function scriptJob(
	seconds: number,
	finalAnswer: Answer = state('COMPLETED', { output: { image_url: link } }),
): void {
	const from = fixture.ports.now();
	fixture.server.on('GET', /./, async (received, response, stuck) => {
		await (fixture.ports.now() < from + seconds * 1000 ? state('IN_PROGRESS') : finalAnswer)(
			received,
			response,
			stuck,
		);
	});
}

interface Options {
	model?: string;
	timeoutMs?: number;
}

/** Polls one job to its end. Returns its ages at the polls, in seconds. */
async function pollAges({ model = request.model, timeoutMs }: Options = {}): Promise<number[]> {
	const submittedAt = fixture.ports.now();
	const before = fixture.server.requestsTo('GET').length;
	await pollJob(fixture.contextFor(provider, timeoutMs), submitted, { submittedAt, model });
	return fixture.server
		.requestsTo('GET')
		.slice(before)
		.map(({ at }) => Math.round(at - submittedAt) / 1000);
}

/** Polls jobs of these durations one after the other. Returns the ages of each at its polls, in seconds. */
async function pollAgesOfJobs(durations: readonly number[], options?: Options): Promise<number[][]> {
	const ages: number[][] = [];
	for (const seconds of durations) {
		scriptJob(seconds);
		ages.push(await pollAges(options));
	}
	return ages;
}

describe('polls of a job', () => {
	it('are evenly spaced while no job of its model has ended', async () => {
		expect(await pollAgesOfJobs([7])).toEqual([[2, 4, 6, 8]]);
	});

	it('concentrate where earlier jobs ended, with few before', async () => {
		const [first, ...others] = await pollAgesOfJobs([20, 20, 20, 20]);
		expect(first).toHaveLength(10);
		for (const ages of others) {
			expect(ages.slice(0, 3)).toEqual([3, 6, 9]);
			expect(ages.length).toBeLessThanOrEqual(7);
			expect(ages.at(-1)).toBeLessThan(22);
		}
	});

	it('use the duration that the provider reports', async () => {
		const finalAnswer = state('COMPLETED', {
			delayTime: 20,
			executionTime: 3_460,
			output: { image_url: link },
		});
		scriptJob(3.5, finalAnswer);
		expect(await pollAges()).toEqual([2, 4]);
		scriptJob(3, finalAnswer);
		// The reported duration and a margin.
		expect(await pollAges()).toEqual([3.53]);
	});

	it('ignore a reported duration that contradicts the polls of the job', async () => {
		for (const executionTime of [1, 60_000]) {
			scriptJob(7, state('COMPLETED', { executionTime, output: { image_url: link } }));
			await pollAges({ model: `model-${executionTime}` });
			scriptJob(7);
			expect((await pollAges({ model: `model-${executionTime}` })).at(-1)).toBeLessThan(9);
		}
	});

	it('come early enough for a job that is much quicker than all before', async () => {
		const [, quick] = await pollAgesOfJobs([60, 1]);
		expect(quick).toEqual([3]);
	});

	it('adapt when jobs become quicker or slower', async () => {
		const ages = await pollAgesOfJobs([
			20,
			20,
			...Array<number>(12).fill(5),
			...Array<number>(12).fill(30),
		]);
		expect(ages[13]?.at(-1)).toBeLessThanOrEqual(7);
		expect(ages[13]?.length).toBeLessThanOrEqual(2);
		expect(ages.at(-1)?.at(-1)).toBeLessThan(33);
		expect(ages.at(-1)?.length).toBeLessThanOrEqual(9);
	});

	it('are never closer to each other than the provider allows', async () => {
		const ages = await pollAgesOfJobs([1, 9, 2, 30, 3, 3.5, 8, 4, 60, 5, 0.5, 12]);
		const gaps = ages.flatMap((jobAges) =>
			jobAges.slice(1).map((age, index) => Math.round((age - (jobAges[index] ?? 0)) * 1000)),
		);
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(provider.polling.intervalMs);
	});

	it('learn nothing from jobs of another model', async () => {
		await pollAgesOfJobs([20, 20]);
		expect(await pollAgesOfJobs([7], { model: 'another' })).toEqual([[2, 4, 6, 8]]);
	});

	it('do not wait for the duration of earlier jobs where the deadline comes first', async () => {
		await pollAgesOfJobs([20, 20]);
		scriptJob(20);
		expect(await pollAges({ timeoutMs: 10_000 })).toEqual([3, 6, 9]);
		await pollAgesOfJobs([4, 4], { model: 'another' });
		scriptJob(20);
		expect(await pollAges({ model: 'another', timeoutMs: 3_000 })).toEqual([2]);
	});

	it('learn nothing from a job that had ended before the first poll', async () => {
		scriptJob(0);
		await pollJob(fixture.contextFor(provider), submitted, {
			submittedAt: START - 3_600_000,
			model: request.model,
			atOnce: true,
		});
		expect(await pollAgesOfJobs([7])).toEqual([[2, 4, 6, 8]]);
	});
});

/** Polls a job of any provider. Returns its ages at the polls, in seconds. */
async function pollAgesAt<H extends Handle>(
	jobProvider: JobProvider<H>,
	handle: H,
	...answers: Answer[]
): Promise<number[]> {
	fixture.server.on('GET', /./, ...answers);
	await pollJob(
		fixture.contextFor(jobProvider),
		{ state: 'pending', handle, providerStatus: '' },
		{ submittedAt: START, model: 'm' },
	);
	return fixture.server.requestsTo('GET').map(({ at }) => Math.round(at - START) / 1000);
}

describe('a job in the queue of its provider', () => {
	const handle = {
		id: 'job-1',
		endpoint: 'fal-ai/flux-pro/kontext',
		statusUrl: null,
		responseUrl: null,
		cancelUrl: null,
		runMs: null,
	};
	const at = (position: number) => json(200, { status: 'IN_QUEUE', queue_position: position });

	it('is polled less often the more jobs are ahead of it', async () => {
		const done = json(200, { images: [{ url: 'https://v3.fal.media/a.png' }] });
		const ages = await pollAgesAt(
			fal,
			handle,
			at(9),
			at(3),
			at(1),
			at(0),
			json(200, { status: 'COMPLETED' }),
			done,
		);
		expect(ages).toEqual([0.5, 3.5, 5.5, 6.5, 7, 7]);
	});
});

describe('a job of one minute whose progress the provider reports', () => {
	const working = (progress: number) => json(200, { id: 'job-1', status: 'in_progress', progress });
	const done = json(200, {
		id: 'job-1',
		status: 'completed',
		output: [{ content: [{ type: 'image', url: link }] }],
	});
	const reporting =
		(progress: (share: number) => number): Answer =>
		async (...exchange) => {
			const share = (fixture.ports.now() - START) / 60_000;
			await (share < 1 ? working(progress(share)) : done)(...exchange);
		};
	const evenly = Array.from({ length: 12 }, (_, index) => 5 * (index + 1));

	it('is polled when it should be done, and rarely before', async () => {
		const ages = await pollAgesAt(
			vtrix,
			{ id: 'job-1' },
			reporting((share) => share),
		);
		expect(ages.at(-1)).toBeLessThan(65);
		expect(ages.length).toBeLessThan(evenly.length - 2);
	});

	it('is polled like any other where the progress never changes', async () => {
		expect(
			await pollAgesAt(
				vtrix,
				{ id: 'job-1' },
				reporting(() => 0.5),
			),
		).toEqual(evenly);
	});
});
