import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, lost, type Answer } from '../../../support/scriptedServer';
import { runToEnd, START, useEngineFixture } from '../engineFixture';
import { heldWhileTimePasses } from './heldWhileTimePasses';
import { accepted, cancelled, cancelPath, completed, provider, request, state, submitPath } from './jobs';

// With `completion: 'submit'` a run ends as soon as the job is accepted.

const fixture = useEngineFixture();
const job = {
	provider: 'runpod',
	model: request.model,
	id: 'job-1',
	submittedAt: new Date(START).toISOString(),
	handle: { id: 'job-1', endpoint: request.model },
};
const submit = async (...answers: Answer[]) => {
	fixture.server.on('POST', submitPath, ...answers);
	return await runToEnd(fixture.contextFor(provider), request, { completion: 'submit' });
};
let image: Uint8Array;
beforeAll(async () => {
	image = await png({ width: 8, height: 6 });
});

it('returns the job as soon as it is accepted', async () => {
	expect(await submit(accepted)).toEqual({
		job: { ...job, status: 'pending', providerStatus: 'IN_QUEUE' },
		result: { ok: true, value: { images: [], missing: [], meta: {} } },
		polls: 0,
		totalMs: 0,
	});
	expect(fixture.server.requests).toHaveLength(1);
	expect(fixture.ports.now()).toBe(START);
});

it('reports the job once and cancels nothing', async () => {
	const reports: JobRecord[] = [];
	fixture.server.on('POST', submitPath, accepted);
	const outcome = await runToEnd(fixture.contextFor(provider), request, {
		completion: 'submit',
		onAccepted: (record) => void reports.push(record),
	});
	expect(reports).toEqual([outcome.job]);
	expect(fixture.server.requestsTo('POST', /cancel/)).toEqual([]);
});

it('waits for a submit that has to be repeated', async () => {
	expect(await submit(json(429, {}, { 'retry-after': '7' }), accepted)).toMatchObject({
		job: { id: 'job-1', status: 'pending' },
		result: { ok: true },
		totalMs: 7_000,
	});
});

it('does not ask a provider to hold its response until the image is there', async () => {
	fixture.server.on('POST', /predictions$/, json(201, { id: 'job1', status: 'starting' }));
	const replicateRequest = preparedRequest({ model: 'black-forest-labs/flux-kontext-pro' });
	await runToEnd(fixture.contextFor(replicate), replicateRequest, { completion: 'submit' });
	await runToEnd(fixture.contextFor(replicate, 3_000), replicateRequest);
	expect(fixture.server.requestsTo('POST', /predictions$/).map(({ headers }) => headers['prefer'])).toEqual(
		[undefined, 'wait=3'],
	);
});

describe('a response that is already final', () => {
	it('delivers the image of a job', async () => {
		fixture.files.on('GET', /a\.png/, bytes(image));
		expect(await submit(completed(`${fixture.files.origin}/a.png`))).toMatchObject({
			job: { ...job, status: 'succeeded', providerStatus: 'COMPLETED' },
			result: {
				ok: true,
				value: { images: [{ index: 0, bytes: image.length }], meta: { cost: 0.031457 } },
			},
			polls: 0,
		});
	});

	it('delivers the image of a provider without jobs', async () => {
		fixture.files.on('GET', /a\.png/, bytes(image));
		fixture.server.on(
			'POST',
			/generations$/,
			json(200, { data: [{ url: `${fixture.files.origin}/a.png` }] }),
		);
		const outcome = await runToEnd(
			fixture.contextFor(lumenfall),
			preparedRequest({ model: 'flux.1-kontext-dev' }),
			{ completion: 'submit' },
		);
		expect(outcome).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true, value: { images: [{ index: 0 }] } },
		});
	});

	it('reports the reason of a failure', async () => {
		expect(await submit(state('FAILED', { error: 'no' }))).toMatchObject({
			job: { status: 'failed' },
			result: { fault: { code: 'failed' } },
		});
	});
});

it.each<[string, Answer, string]>([
	['refused', json(402, { error: 'no balance' }), 'payment'],
	['lost', lost, 'unavailable'],
])('reports a submit that was %s as usual', async (_, answer, code) => {
	expect(await submit(answer)).toMatchObject({ job: null, result: { fault: { code } } });
	expect(fixture.server.requests).toHaveLength(1);
});

it('ends soon after a stop, and cancels a job that is accepted afterwards', async () => {
	const heldSubmit = heldWhileTimePasses(accepted);
	fixture.server.on('POST', cancelPath, cancelled);
	const running = submit(heldSubmit.answer);
	await heldSubmit.arrived;
	fixture.stop.abort();
	const outcome = await running;
	const idle = fixture.waitUntilIdle();
	expect(outcome).toMatchObject({
		job: null,
		result: { fault: { code: 'cancelled' } },
		totalMs: defaultLimits.stopGraceMs,
	});
	heldSubmit.release();
	await idle;
	expect(fixture.server.requestsTo('POST', cancelPath)).toHaveLength(1);
});
