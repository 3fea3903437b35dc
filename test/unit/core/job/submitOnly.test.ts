import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { STOP_GRACE_MS } from '../../../../nodes/FluxKontext/core/base/limits';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, lost, type Answer } from '../../../support/scriptedServer';
import { heldApart } from './heldApart';
import { accepted, cancelled, cancelPath, completed, provider, request, state, submitPath } from './jobs';
import { runToEnd, START, useEngineFixture } from '../engineFixture';

// `completion: 'submit'`: the job alone is wanted.

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
	return await runToEnd(fixture.run(provider), request, { completion: 'submit' });
};
let image: Uint8Array;
beforeAll(async () => {
	image = await png({ width: 8, height: 6 });
});

it('comes back with the job as soon as it is accepted', async () => {
	expect(await submit(accepted)).toEqual({
		job: { ...job, status: 'pending', providerStatus: 'IN_QUEUE' },
		result: { ok: true, value: { images: [], meta: {} } },
		polls: 0,
		totalMs: 0,
	});
	expect(fixture.server.requests).toHaveLength(1);
	expect(fixture.ports.now()).toBe(START);
});

it('tells of the job once, and cancels nothing', async () => {
	const told: JobRecord[] = [];
	fixture.server.on('POST', submitPath, accepted);
	const outcome = await runToEnd(fixture.run(provider), request, {
		completion: 'submit',
		onAccepted: (each) => void told.push(each),
	});
	expect(told).toEqual([outcome.job]);
	expect(fixture.server.seen('POST', /cancel/)).toEqual([]);
});

it('waits for a submit that has to be made again', async () => {
	expect(await submit(json(429, {}, { 'retry-after': '7' }), accepted)).toMatchObject({
		job: { id: 'job-1', status: 'pending' },
		result: { ok: true },
		totalMs: 7_000,
	});
});

it('does not ask a provider to hold the answer for the image', async () => {
	fixture.server.on('POST', /predictions$/, json(201, { id: 'job1', status: 'starting' }));
	const asked = preparedRequest({ model: 'black-forest-labs/flux-kontext-pro' });
	await runToEnd(fixture.run(replicate), asked, { completion: 'submit' });
	await runToEnd(fixture.run(replicate, 3_000), asked);
	expect(fixture.server.seen('POST', /predictions$/).map(({ headers }) => headers['prefer'])).toEqual([
		undefined,
		'wait=3',
	]);
});

describe('an answer that is final already', () => {
	it('brings the image of a job', async () => {
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

	it('brings the image of a provider that knows no jobs', async () => {
		fixture.files.on('GET', /a\.png/, bytes(image));
		fixture.server.on(
			'POST',
			/generations$/,
			json(200, { data: [{ url: `${fixture.files.origin}/a.png` }] }),
		);
		const outcome = await runToEnd(
			fixture.run(lumenfall),
			preparedRequest({ model: 'flux.1-kontext-dev' }),
			{ completion: 'submit' },
		);
		expect(outcome).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true, value: { images: [{ index: 0 }] } },
		});
	});

	it('brings the reason of a failure', async () => {
		expect(await submit(state('FAILED', { error: 'no' }))).toMatchObject({
			job: { status: 'failed' },
			result: { fault: { code: 'failed' } },
		});
	});
});

it.each<[string, Answer, string]>([
	['refused', json(402, { error: 'no balance' }), 'payment'],
	['lost', lost, 'unavailable'],
])('a submit that is %s fails as ever', async (_, answer, code) => {
	expect(await submit(answer)).toMatchObject({ job: null, result: { fault: { code } } });
	expect(fixture.server.requests).toHaveLength(1);
});

it('the stop is answered in a moment; what is accepted afterwards is cancelled, because nobody will be told of it', async () => {
	const submitting = heldApart(accepted);
	fixture.server.on('POST', cancelPath, cancelled);
	const running = submit(submitting.answer);
	await submitting.arrived;
	fixture.stop.abort();
	const outcome = await running;
	const quiet = fixture.quiet();
	expect(outcome).toMatchObject({
		job: null,
		result: { fault: { code: 'cancelled' } },
		totalMs: STOP_GRACE_MS,
	});
	submitting.release();
	await quiet;
	expect(fixture.server.seen('POST', cancelPath)).toHaveLength(1);
});
