import { createEngine } from '../../../../nodes/FluxKontext/core/engine';
import type { JobSetup } from '../../../../nodes/FluxKontext/core/job/context';
import type { JobOptions, JobOutcome } from '../../../../nodes/FluxKontext/core/job/runJob';
import type { JobProvider } from '../../../../nodes/FluxKontext/core/provider';
import type { RunpodHandle } from '../../../../nodes/FluxKontext/providers/runpod/handle';
import { png } from '../../../../tools/support/images';
import { bytes, json } from '../../../support/scriptedServer';
import { storeInMemory, useEngineFixture } from '../engineFixture';
import {
	accepted,
	cancelPath,
	completed,
	pending,
	provider,
	request,
	state,
	statusPath,
	submitPath,
} from './jobs';

const fixture = useEngineFixture();
const explode = (): never => {
	throw new TypeError('half a character');
};
const engine = createEngine();
const setupFor = (thrower: JobProvider<RunpodHandle>, timeoutMs = 60_000): JobSetup<RunpodHandle> => ({
	provider: thrower,
	baseUrl: fixture.server.origin,
	ports: fixture.ports,
	deadline: fixture.ports.now() + timeoutMs,
	signal: fixture.stop.signal,
});
const run = async (
	thrower: JobProvider<RunpodHandle>,
	options: Partial<JobOptions<Buffer>> = {},
	timeoutMs?: number,
): Promise<JobOutcome<Buffer>> =>
	await engine.runJob(setupFor(thrower, timeoutMs), request, {
		store: storeInMemory,
		cancelOnTimeout: true,
		...options,
	});

beforeEach(async () => {
	const image = await png({ width: 8, height: 6 });
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, pending, completed(`${fixture.files.origin}/a.png`));
	fixture.server.on('POST', cancelPath, state('CANCELLED'));
	fixture.files.on('GET', /a\.png/, bytes(image));
});

const job = { id: 'job-1', provider: 'runpod' };
const failedWith = (code: string, message: unknown) => ({ ok: false, fault: { code, message } });
const inputMessage = 'No request to Runpod can be made of this input: half a character';
const answerMessage = 'The answer of Runpod cannot be read: half a character';

it('an exception while the submit is built refuses the input, and nothing is sent', async () => {
	const thrower = { ...provider, submit: { ...provider.submit, build: explode } };
	expect(await run(thrower)).toMatchObject({
		job: null,
		result: failedWith('invalidRequest', inputMessage),
	});
	expect(fixture.server.requests).toEqual([]);
});

it('an exception while the callback is attached refuses the input, and nothing is sent', async () => {
	if (!provider.callback) throw new Error('Runpod calls back');
	const thrower = { ...provider, callback: { ...provider.callback, attach: explode } };
	const setup = { ...setupFor(thrower), callback: { url: 'https://n8n.example/x', secret: 's' } };
	const outcome = await engine.runJob(setup, request, { store: storeInMemory, cancelOnTimeout: true });
	expect(outcome.result).toMatchObject(failedWith('invalidRequest', inputMessage));
	expect(fixture.server.requests).toEqual([]);
});

it('an exception while the acceptance is read is a job that may have been accepted', async () => {
	const thrower = { ...provider, submit: { ...provider.submit, parse: explode } };
	expect((await run(thrower)).result).toMatchObject({
		ok: false,
		fault: {
			code: 'unavailable',
			message: `Runpod may have accepted the job, but its answer made no sense: ${answerMessage}`,
			retryable: false,
		},
	});
	expect(fixture.server.requestsTo('POST', submitPath)).toHaveLength(1);
});

it('an exception while a status request is built ends the job, which is named', async () => {
	const thrower = { ...provider, status: { ...provider.status, build: explode } };
	expect(await run(thrower)).toMatchObject({ job, result: failedWith('invalidRequest', inputMessage) });
});

it('an exception while a status is read says nothing about the job', async () => {
	let calls = 0;
	const parse: typeof provider.status.parse = (...args) => {
		calls += 1;
		return calls === 1 ? explode() : provider.status.parse(...args);
	};
	const thrower = { ...provider, status: { ...provider.status, parse } };
	expect(await run(thrower)).toMatchObject({ job: { ...job, status: 'succeeded' }, result: { ok: true } });
});

it('an exception while an error is read leaves the plain meaning of its status', async () => {
	fixture.server.on('POST', submitPath, json(402, { error: 'no credit' }));
	const thrower = { ...provider, parseError: explode };
	expect((await run(thrower)).result).toMatchObject(
		failedWith('payment', 'Runpod answered 402: no credit'),
	);
});

it('an exception while an error status is judged says nothing about the job', async () => {
	fixture.server.on('GET', statusPath, json(503, {}), completed(`${fixture.files.origin}/a.png`));
	const thrower = { ...provider, status: { ...provider.status, readsErrorStatus: explode } };
	expect(await run(thrower)).toMatchObject({ result: { ok: true } });
});

it.each(['build', 'parse'] as const)(
	'an exception in the %s of a cancellation is no exception',
	async (part) => {
		fixture.server.on('GET', statusPath, pending);
		const thrower = {
			...provider,
			cancel: {
				...provider.cancel,
				build: explode,
				...(part === 'parse' && { build: provider.cancel?.build ?? explode, parse: explode }),
			},
		};
		expect(await run(thrower, {}, 30_000)).toMatchObject({
			job,
			result: { ok: false, fault: { code: 'timeout' } },
		});
	},
);

it('an exception of the caller after the acceptance ends the job, which is named', async () => {
	expect(await run(provider, { onAccepted: explode })).toMatchObject({
		job,
		result: failedWith('failed', 'An unexpected error ended the job: half a character'),
	});
});

it('an exception of the host ends any call without rejecting', async () => {
	const setup = { ...setupFor(provider), ports: { ...fixture.ports, now: explode } };
	const record = {
		...job,
		model: '',
		status: 'pending',
		providerStatus: '',
		submittedAt: '2026-01-01T00:00:00Z',
	} as const;
	const handle = { id: 'job-1', endpoint: 'x' };
	const options = { store: storeInMemory, cancelOnTimeout: true, wait: true };
	expect(await engine.runJob(setup, request, options)).toMatchObject({ job: null, result: { ok: false } });
	expect(await engine.resumeJob(setup, { ...record, handle }, options)).toMatchObject({
		job,
		result: { ok: false },
	});
	expect(await engine.checkJob(setup, { ...record, handle })).toBe('unreadable');
	expect(await engine.cancelJob(setup, handle)).toMatchObject({ cancelled: false });
});
