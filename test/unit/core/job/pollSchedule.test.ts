import { followJob } from '../../../../nodes/FluxKontext/core/job/poll';
import type { Handle, Provider } from '../../../../nodes/FluxKontext/core/provider';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { vtrix } from '../../../../nodes/FluxKontext/providers/vtrix';
import { json, type Answer } from '../../../support/scriptedServer';
import { provider, request, state } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

// When a job is looked at, by what earlier jobs of its model took and by what the provider says of its queue.

const fixture = useEngineFixture();
const begun = {
	state: 'pending' as const,
	handle: { id: 'job-1', endpoint: request.model },
	providerStatus: 'IN_QUEUE',
};
const link = 'https://image.runpod.ai/a.png';

/** The server's job, which ends so many seconds after it is begun here. */
function lasting(seconds: number, over: Answer = state('COMPLETED', { output: { image_url: link } })): void {
	const from = fixture.ports.now();
	fixture.server.on('GET', /./, async (seen, response, stuck) => {
		await (fixture.ports.now() < from + seconds * 1000 ? state('IN_PROGRESS') : over)(
			seen,
			response,
			stuck,
		);
	});
}

interface Options {
	model?: string;
	timeoutMs?: number;
}

/** The ages of one job, in seconds, at which it is looked at. */
async function looks({ model = request.model, timeoutMs }: Options = {}): Promise<number[]> {
	const submittedAt = fixture.ports.now();
	const before = fixture.server.seen('GET').length;
	await followJob(fixture.run(provider, timeoutMs), begun, { submittedAt, model });
	return fixture.server
		.seen('GET')
		.slice(before)
		.map(({ at }) => Math.round(at - submittedAt) / 1000);
}

async function looksAt(durations: readonly number[], options?: Options): Promise<number[][]> {
	const seen: number[][] = [];
	for (const seconds of durations) {
		lasting(seconds);
		seen.push(await looks(options));
	}
	return seen;
}

describe('the looks at a job', () => {
	it('are evenly spread as long as no job of its model has ended', async () => {
		expect(await looksAt([7])).toEqual([[2, 4, 6, 8]]);
	});

	it('are where earlier jobs ended, and few before', async () => {
		const [first, ...others] = await looksAt([20, 20, 20, 20]);
		expect(first).toHaveLength(10);
		for (const ages of others) {
			expect(ages.slice(0, 3)).toEqual([3, 6, 9]);
			expect(ages.length).toBeLessThanOrEqual(7);
			expect(ages.at(-1)).toBeLessThan(22);
		}
	});

	it('take the time that the provider itself says a job took', async () => {
		const told = state('COMPLETED', { delayTime: 20, executionTime: 3_460, output: { image_url: link } });
		lasting(3.5, told);
		expect(await looks()).toEqual([2, 4]);
		lasting(3, told);
		// And a moment more.
		expect(await looks()).toEqual([3.53]);
	});

	it('do not believe a provider who says that a job took longer than it was there, or ended before the look that found it at work', async () => {
		for (const executionTime of [1, 60_000]) {
			lasting(7, state('COMPLETED', { executionTime, output: { image_url: link } }));
			await looks({ model: `model-${executionTime}` });
			lasting(7);
			expect((await looks({ model: `model-${executionTime}` })).at(-1)).toBeLessThan(9);
		}
	});

	it('come soon enough for a job that is much quicker than all before', async () => {
		const [, quick] = await looksAt([60, 1]);
		expect(quick).toEqual([3]);
	});

	it('follow when jobs become quicker or slower', async () => {
		const ages = await looksAt([20, 20, ...Array<number>(12).fill(5), ...Array<number>(12).fill(30)]);
		expect(ages[13]?.at(-1)).toBeLessThanOrEqual(7);
		expect(ages[13]?.length).toBeLessThanOrEqual(2);
		expect(ages.at(-1)?.at(-1)).toBeLessThan(33);
		expect(ages.at(-1)?.length).toBeLessThanOrEqual(9);
	});

	it('are never closer to each other than the provider asks for', async () => {
		const ages = await looksAt([1, 9, 2, 30, 3, 3.5, 8, 4, 60, 5, 0.5, 12]);
		const gaps = ages.flatMap((each) =>
			each.slice(1).map((age, index) => Math.round((age - (each[index] ?? 0)) * 1000)),
		);
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(provider.polling.intervalMs);
	});

	it('learn nothing of another model', async () => {
		await looksAt([20, 20]);
		expect(await looksAt([7], { model: 'another' })).toEqual([[2, 4, 6, 8]]);
	});

	it('do not wait for what earlier jobs took where the time is over before', async () => {
		await looksAt([20, 20]);
		lasting(20);
		expect(await looks({ timeoutMs: 10_000 })).toEqual([3, 6, 9]);
		await looksAt([4, 4], { model: 'another' });
		lasting(20);
		expect(await looks({ model: 'another', timeoutMs: 3_000 })).toEqual([2]);
	});

	it('learn nothing of a job that was over before anybody looked', async () => {
		lasting(0);
		await followJob(fixture.run(provider), begun, {
			submittedAt: START - 3_600_000,
			model: request.model,
			atOnce: true,
		});
		expect(await looksAt([7])).toEqual([[2, 4, 6, 8]]);
	});
});

async function follow<H extends Handle>(by: Provider<H>, handle: H, ...answers: Answer[]): Promise<number[]> {
	fixture.server.on('GET', /./, ...answers);
	await followJob(
		fixture.run(by),
		{ state: 'pending', handle, providerStatus: '' },
		{ submittedAt: START, model: 'm' },
	);
	return fixture.server.seen('GET').map(({ at }) => Math.round(at - START) / 1000);
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

	it('is looked at less often the more jobs are before it', async () => {
		const done = json(200, { images: [{ url: 'https://v3.fal.media/a.png' }] });
		const ages = await follow(
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

describe('a job of a minute whose progress the provider tells', () => {
	const working = (progress: number) => json(200, { id: 'job-1', status: 'in_progress', progress });
	const over = json(200, {
		id: 'job-1',
		status: 'completed',
		output: [{ content: [{ type: 'image', url: link }] }],
	});
	const telling =
		(progress: (share: number) => number): Answer =>
		async (...to) => {
			const share = (fixture.ports.now() - START) / 60_000;
			await (share < 1 ? working(progress(share)) : over)(...to);
		};
	const evenly = Array.from({ length: 12 }, (_, index) => 5 * (index + 1));

	it('is looked at when it should be done, and seldom before', async () => {
		const ages = await follow(
			vtrix,
			{ id: 'job-1' },
			telling((share) => share),
		);
		expect(ages.at(-1)).toBeLessThan(65);
		expect(ages.length).toBeLessThan(evenly.length - 2);
	});

	it('is looked at as any other where the progress never moves', async () => {
		expect(
			await follow(
				vtrix,
				{ id: 'job-1' },
				telling(() => 0.5),
			),
		).toEqual(evenly);
	});
});
