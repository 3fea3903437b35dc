import fc from 'fast-check';

import { readJob, type JobRecord, type Provider } from '../../../index';
import type { Handle } from '../../../nodes/FluxKontext/core/provider';
import { everyChange } from './changes';
import { edited, edits } from './edits';
import type { Mutation, Script } from './mutations';
import { addressesOf } from './readings';
import type { Ran, FuzzFixture } from './fuzzFixture';
import { breaches, cancelBreaches, found, isOwn } from './rules';
import { script } from './run';
import { holds } from './seed';
import { allValues, located } from './values';

/** Every value for the state in which a job was found. */
const everyWord = allValues.map<Mutation>((value) => ({
	status: null,
	headers: [],
	body: { edits: [{ at: 0, how: { add: 'status', value } }] },
	transfer: 'whole',
}));

const undisturbed: Script = { reroute: 'nothing', first: null, then: [], rest: null };

async function accepted(fixture: FuzzFixture): Promise<JobRecord<Handle>> {
	const { outcome } = await fixture.submit(undisturbed, 'submit');
	if (!outcome?.job) throw new Error('A submit that nothing happened to brought no job');
	return outcome.job as JobRecord<Handle>;
}

async function resumedBreaches(fixture: FuzzFixture, ran: Ran, job: JobRecord): Promise<string[]> {
	return [
		...(await breaches(fixture, ran)),
		...found({
			'a submit where a job was only asked for': fixture.proxy.exchanges.some(
				({ stage }) => stage === 'submit',
			),
			'another job than was asked for':
				ran.outcome !== null &&
				(ran.outcome.job?.id !== job.id || ran.outcome.job.handle['id'] !== job.id),
		}),
	];
}

/** What is wrong with how a record is read: that it throws, or that it leads the key astray. */
function ofText({ provider, baseUrl }: FuzzFixture, text: string): string[] {
	try {
		const read = readJob(text, provider, { baseUrl, now: 0 });
		if (!read.ok)
			return found({
				[`refused with ${read.fault.code} and a message of ${read.fault.message.length} characters`]:
					read.fault.code !== 'invalidRequest' || read.fault.message.length > 2_000,
			});
		return found({
			'taken, though it leads elsewhere': !addressesOf(provider, read.value.handle, baseUrl).every(
				(url) => isOwn(url, baseUrl, provider),
			),
		});
	} catch (error) {
		return [`it threw ${String(error)}`];
	}
}

/** Jobs that another execution goes on with, whatever is answered and whatever became of their record. */
export function fuzzResumed(fixture: FuzzFixture, { buildCancel }: Provider, runs: number): void {
	it('comes to the image, the job or a typed error by get and by wait, whatever is answered', async () => {
		const options = fc.record({ wait: fc.boolean(), afterMs: fc.constantFrom(0, 10_000, 86_400_000) });
		const property = fc.asyncProperty(script, options, async (each, how) => {
			const job = await accepted(fixture);
			expect(await resumedBreaches(fixture, await fixture.resume(each, job, how), job)).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);

	it('refuses a job that somebody has tampered with, or goes on with it at the provider alone', async () => {
		const json = JSON.stringify(await accepted(fixture));
		const wrong: Record<string, string> = {};
		for (const text of everyChange(json).map((changed) => located(changed, fixture.proxy.places))) {
			for (const breach of ofText(fixture, text)) wrong[breach] ??= text.slice(0, 300);
		}
		expect(wrong).toEqual({});
		const property = fc.asyncProperty(edits, async (changes) => {
			const read = readJob(located(edited(json, changes), fixture.proxy.places), fixture.provider, {
				baseUrl: fixture.baseUrl,
				now: 0,
			});
			if (!read.ok) return;
			expect(
				await resumedBreaches(
					fixture,
					await fixture.resume(undisturbed, read.value, { wait: false, afterMs: 0 }),
					read.value,
				),
			).toEqual([]);
		});
		await holds(property, runs);
	}, 300_000);

	if (!buildCancel) return;
	it('says what became of a cancellation, whatever is answered', async () => {
		const job = await accepted(fixture);
		const property = fc.asyncProperty(script, async (each) => {
			expect(cancelBreaches(fixture, await fixture.cancel(each, job))).toEqual([]);
		});
		await holds(property, runs);
		for (const first of everyWord)
			expect(cancelBreaches(fixture, await fixture.cancel({ ...undisturbed, first }, job))).toEqual([]);
	}, 300_000);
}
