import fc from 'fast-check';

import { readJob, type JobOutcome, type JobRecord, type Provider } from '../../../index';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import { requestsOf } from '../../support/endpoints';
import { everyChange } from './changes';
import { applyEdits, edits } from './edits';
import { undocumented } from './documentedRequests';
import type { FuzzFixture } from './fuzzFixture';
import type { FuzzRun } from './fuzzRun';
import { emptyMutation, genuineScript, type Mutation } from './mutations';
import { anyScript } from './run';
import { cancellationViolations, violated, violations } from './rules';
import { holds } from './seed';
import { allValues, fillPlaceholders } from './values';

/** Mutations that add a status of every value to the response to a cancel request. */
const everyStatus = allValues.map<Mutation>((value) => ({
	...emptyMutation,
	body: { edits: [{ position: 0, change: { add: 'status', value } }] },
}));

/** Longest counterexample in a failure message, in characters. */
const MAX_EXAMPLE = 300;

/** Submits a job without any mutation. */
export async function acceptedJob(fixture: FuzzFixture): Promise<JobRecord<Handle>> {
	const { outcome } = await fixture.submit(genuineScript, 'submit');
	if (!outcome?.job) throw new Error('A submit without mutations led to no job');
	return outcome.job as JobRecord<Handle>;
}

export async function resumeViolations(
	fixture: FuzzFixture,
	run: FuzzRun<JobOutcome<Buffer>>,
	job: JobRecord,
): Promise<string[]> {
	return [
		...(await violations(fixture, run, job.id)),
		...violated({
			'a job was submitted': fixture.proxy.exchanges.some(({ stage }) => stage === 'submit'),
			'the outcome is of another job':
				run.outcome !== null &&
				(run.outcome.job?.id !== job.id || run.outcome.job.handle['id'] !== job.id),
		}),
	];
}

/** Lists what is wrong with how a record is read: it throws, or an address is not the provider's own. */
function readViolations({ provider, baseUrl }: FuzzFixture, text: string): string[] {
	try {
		const read = readJob(text, provider);
		if (!read.ok)
			return violated({
				[`refused with ${read.fault.code} and a message of ${read.fault.message.length} characters`]:
					read.fault.code !== 'invalidRequest' || read.fault.message.length > 2_000,
			});
		const { id, handle } = read.value;
		return undocumented(requestsOf(provider, handle, { baseUrl, now: 0 }), {
			provider,
			baseUrl,
			maySubmit: false,
			jobId: id,
		});
	} catch (error) {
		return [`it threw ${String(error)}`];
	}
}

/** Defines the tests of jobs that another execution resumes. */
export function fuzzResumed(fixture: FuzzFixture, provider: Provider, runs: number): void {
	fuzzOutcomes(fixture, runs);
	fuzzRecords(fixture, runs);
	if (isJobProvider(provider) && provider.cancel) fuzzCancellation(fixture, runs);
}

function fuzzOutcomes(fixture: FuzzFixture, runs: number): void {
	it('resumes every job with its image, its state or a typed error', async () => {
		const anyOptions = fc.record({ wait: fc.boolean(), afterMs: fc.constantFrom(0, 10_000, 86_400_000) });
		const property = fc.asyncProperty(anyScript, anyOptions, async (script, options) => {
			const job = await acceptedJob(fixture);
			expect(await resumeViolations(fixture, await fixture.resume(script, job, options), job)).toEqual(
				[],
			);
		});
		await holds(property, runs);
	}, 300_000);
}

function fuzzRecords(fixture: FuzzFixture, runs: number): void {
	it('refuses a manipulated job record, or resumes the job at the provider alone', async () => {
		const json = JSON.stringify(await acceptedJob(fixture));
		const { placeholders } = fixture.proxy;
		const examples: Record<string, string> = {};
		for (const changed of everyChange(json)) {
			const text = fillPlaceholders(changed, placeholders);
			for (const violation of readViolations(fixture, text))
				examples[violation] ??= text.slice(0, MAX_EXAMPLE);
		}
		expect(examples).toEqual({});
		const property = fc.asyncProperty(edits, async (changes) => {
			const { provider } = fixture;
			const text = fillPlaceholders(applyEdits(json, changes), placeholders);
			const read = readJob(text, provider);
			if (!read.ok) return;
			const run = await fixture.resume(genuineScript, read.value, { wait: false, afterMs: 0 });
			expect(await resumeViolations(fixture, run, read.value)).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);
}

function fuzzCancellation(fixture: FuzzFixture, runs: number): void {
	it('reports the result of every cancel request', async () => {
		const job = await acceptedJob(fixture);
		const property = fc.asyncProperty(anyScript, async (script) => {
			expect(cancellationViolations(fixture, await fixture.cancel(script, job), job.id)).toEqual([]);
		});
		await holds(property, runs);
		for (const first of everyStatus) {
			const run = await fixture.cancel({ ...genuineScript, first }, job);
			expect(cancellationViolations(fixture, run, job.id)).toEqual([]);
		}
	}, 300_000);
}
