import type { INodeExecutionData } from 'n8n-workflow';

import type { EmulatedJob } from '../../tools/emulator';
import type { WebhookOutcome } from '../../tools/n8n-core/callWebhook';
import { freshEngine, useSuspendedFixture } from './suspendedFixture';

const fixture = useSuspendedFixture();

/** Every fourth job is one of a provider that signs its webhooks; it allows 24 unfinished jobs. */
const providersOf = (count: number) =>
	Array.from({ length: count }, (_, index) => (index % 4 === 0 ? 'blackForestLabs' : 'runpod'));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const JOBS = 80;
const orders: Array<[string, number[]]> = [
	['as they were submitted', upTo(JOBS)],
	['in reverse', upTo(JOBS).reverse()],
	['in disorder', upTo(JOBS).map((index) => (index * 37 + 11) % JOBS)],
];

/** Expects one of the webhooks, and no other, to have resumed the execution. Returns it. */
function onlyResumed(outcomes: readonly WebhookOutcome[]): WebhookOutcome {
	expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 200));
	const resumed = outcomes.filter(({ items }) => items !== null);
	expect(resumed).toHaveLength(1);
	return resumed[0] as WebhookOutcome;
}

function expectImages(items: readonly INodeExecutionData[], jobs: readonly EmulatedJob[]): void {
	expect(items).toMatchObject(
		jobs.map(({ id }, item) => ({
			json: { job: { id, status: 'succeeded' } },
			binary: { data: { mimeType: 'image/png' } },
			pairedItem: { item },
		})),
	);
	expect(items).toHaveLength(jobs.length);
}

describe('an execution that is suspended for 80 jobs of two providers', () => {
	it.each(orders)(
		'that end %s is resumed by the last one, after 2.2 status requests for each',
		async (_, order) => {
			const { jobs, endNext, report, resume } = await fixture.suspend(providersOf(JOBS), order);
			const outcomes: WebhookOutcome[] = [];
			for (const index of order) {
				endNext();
				outcomes.push(await report(jobs[index]));
			}
			expect(outcomes.slice(0, -1).map(({ message }) => message)).toEqual(
				Array(JOBS - 1).fill('Other jobs are pending'),
			);
			expectImages(await resume(onlyResumed(outcomes)), jobs);
			expect(fixture.polls()).toBeLessThanOrEqual(2.2 * JOBS);
			expect(fixture.emulator.jobs).toHaveLength(JOBS);
		},
		60_000,
	);

	it('that are reported at once is resumed once', async () => {
		const { jobs, endNext, report, resume } = await fixture.suspend(providersOf(JOBS), upTo(JOBS));
		upTo(JOBS).forEach(endNext);
		const outcomes = await Promise.all(jobs.map(async (job) => await report(job)));
		expectImages(await resume(onlyResumed(outcomes)), jobs);
		expect(fixture.polls()).toBeLessThanOrEqual(2.2 * JOBS);
	}, 60_000);
});

describe('an execution that is suspended for 40 jobs', () => {
	const COUNT = 40;

	it('is resumed although n8n has restarted in between', async () => {
		const order = upTo(COUNT);
		const { jobs, endNext, report, resume } = await fixture.suspend(providersOf(COUNT), order);
		const restarted = freshEngine();
		const outcomes: WebhookOutcome[] = [];
		for (const index of order) {
			endNext();
			const engine = index < COUNT / 2 ? undefined : restarted;
			outcomes.push(await report(jobs[index], { engine }));
		}
		expectImages(await resume(onlyResumed(outcomes), restarted), jobs);
	}, 60_000);

	it('is resumed by the last webhook although all others were lost', async () => {
		const order = upTo(COUNT);
		const { jobs, endNext, report, resume } = await fixture.suspend(providersOf(COUNT), order);
		order.forEach(endNext);
		const outcome = await report(jobs.at(-1));
		expectImages(await resume(onlyResumed([outcome])), jobs);
	}, 60_000);
});

it('two jobs of two providers that are reported at once resume their execution once', async () => {
	const { jobs, endNext, report, resume } = await fixture.suspend(providersOf(2), [0, 1]);
	[0, 1].forEach(endNext);
	const outcomes = await Promise.all([...jobs, ...jobs].map(async (job) => await report(job)));
	expectImages(await resume(onlyResumed(outcomes)), jobs);
	expect(await report(jobs[0])).toMatchObject({
		status: 200,
		message: 'The execution is being resumed',
		items: null,
	});
});

it('a webhook for a job that has not ended is refused, so that the provider repeats it', async () => {
	const { jobs, endNext, report } = await fixture.suspend(providersOf(2), [0, 1]);
	endNext();
	expect(await report(jobs[1])).toMatchObject({
		status: 503,
		message: 'The end of this job could not be confirmed',
		items: null,
	});
	expect(await report(jobs[0])).toMatchObject({ status: 200, message: 'Other jobs are pending' });
	endNext();
	expect(await report(jobs[1])).toMatchObject({ status: 200, message: 'The execution is resumed' });
});
