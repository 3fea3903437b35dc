import type { INodeExecutionData } from 'n8n-workflow';

import type { NodeRun } from '../../tools/n8n-core/runNode';
import { imageBy, useJobFixture } from './jobFixture';
import { providerOf } from './nodeFixture';

const { fixture, submit, untilDone } = useJobFixture();

const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

/** What an expression can give in place of a job; none of it is one. */
const hostileJobs: readonly unknown[] = [
	null,
	'',
	'   ',
	'abc',
	'{"provider":',
	'null',
	'[]',
	'"text"',
	0,
	-1,
	1e308,
	true,
	false,
	[],
	[null],
	{},
	{ provider: null },
	{ provider: 'blackForestLabs' },
	{ provider: '__proto__', handle: {} },
	{ provider: ['blackForestLabs'] },
	{ toString: 1 },
	'x'.repeat(1_000_000),
	'['.repeat(100_000),
	`${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`,
	deep(60),
	deep(2_000),
];

/** Changes of a genuine record after which it is none, or leads to no job. */
const damages: ReadonlyArray<(record: Record<string, unknown>) => unknown> = [
	(record) => [record],
	(record) => JSON.stringify([record]),
	(record) => ({ ...record, id: 7 }),
	(record) => ({ ...record, id: '..' }),
	(record) => ({ ...record, handle: null }),
	(record) => ({ ...record, handle: [] }),
	(record) => ({ ...record, handle: JSON.stringify(record['handle']) }),
	(record) => ({ ...record, handle: deep(500) }),
	(record) => ({ ...record, submittedAt: 1e300 }),
	(record) => ({ ...record, model: { value: 'x' } }),
	(record) => ({ ...record, provider: 'fal' }),
];

const itemOf = ({ pairedItem }: INodeExecutionData) => (pairedItem as { item: number }).item;
const isRefusal = ({ json }: INodeExecutionData) =>
	typeof json['error'] === 'string' &&
	json['error'].startsWith("'Job' ") &&
	json['error'].length < 2_000 &&
	(json['details'] as { code?: unknown }).code === 'invalidRequest';

async function run(operation: string, jobs: readonly unknown[], onError: NodeOnError): Promise<NodeRun> {
	return await fixture.run(
		{ resource: 'job', operation, provider: 'blackForestLabs', job: '={{ $json.job }}' },
		{ items: jobs.map((job) => ({ json: { job } as never })), onError },
	);
}

type NodeOnError = 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';

async function genuineJob(): Promise<Record<string, unknown>> {
	const { json } = await submit(imageBy(fixture, providerOf('blackForestLabs')));
	await untilDone();
	return json['job'] as Record<string, unknown>;
}

describe.each(['get', 'wait', 'cancel'])('job.%s', (operation) => {
	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'refuses whatever is no job, each item by itself, with %s',
		async (onError) => {
			const job = await genuineJob();
			const bad = [...hostileJobs, ...damages.map((damage) => damage(job))];
			// As an object, and as the text that an agent or a form gives.
			const jobs = [job, ...bad, JSON.stringify(job)];
			fixture.emulator.requests.length = 0;
			const { items, errorItems, error } = await run(operation, jobs, onError);
			expect(error).toBeNull();
			const all = [...items, ...errorItems].sort((a, b) => itemOf(a) - itemOf(b));
			expect(all.map(itemOf)).toEqual(jobs.map((_, index) => index));
			expect(all.slice(1, -1).filter((item) => !isRefusal(item))).toEqual([]);
			const genuine = [all.at(0), all.at(-1)];
			expect(genuine.map((item) => item?.json['job'])).toMatchObject([
				{ id: job['id'] },
				{ id: job['id'] },
			]);
			expect(fixture.emulator.jobs).toHaveLength(1);
			expect(({} as { a?: unknown }).a).toBeUndefined();
		},
	);

	it('refuses the whole run before anything is sent, without Continue', async () => {
		const job = await genuineJob();
		fixture.emulator.requests.length = 0;
		for (const bad of [...hostileJobs, ...damages.map((damage) => damage(job))]) {
			const { items, error } = await run(operation, [job, bad], 'stopWorkflow');
			expect(items).toEqual([]);
			expect(error).toMatchObject({
				message: expect.stringMatching(/^'Job' .{1,2000} \[Item 1\]$/s) as unknown,
				context: { code: 'invalidRequest', itemIndex: 1 },
			});
		}
		expect(fixture.emulator.requests).toEqual([]);
	});
});
