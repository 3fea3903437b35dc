import { defaultLimits } from '../../../nodes/FluxKontext/core/base/limits';
import { createEngine, type Engine, type EngineOptions } from '../../../nodes/FluxKontext/core/engine';
import type { JobSetup } from '../../../nodes/FluxKontext/core/job/context';
import type { JobRecord } from '../../../nodes/FluxKontext/core/job/record';
import { png } from '../../../tools/support/images';
import { bytes, hang, json, text, type Answer } from '../../support/scriptedServer';
import { START, storeInMemory, useEngineFixture } from './engineFixture';
import {
	accepted,
	cancelled,
	cancelPath,
	completed,
	pending,
	provider,
	request,
	statusPath,
	submitPath,
} from './job/jobs';

const fixture = useEngineFixture();
const handle = { id: 'job-1', endpoint: request.model };
const oneSlot = { ...provider, maxActiveJobs: { perKey: 1 } };
const slowSubmits = { ...provider, submitRate: { count: 1, ms: 30_000 } };
const seconds = (method: string, path: RegExp) =>
	fixture.server.requestsTo(method, path).map(({ at }) => (at - START) / 1000);
const submits = () => seconds('POST', submitPath);
const polls = () => seconds('GET', statusPath);
const scriptJob = (...statusAnswers: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...statusAnswers);
	fixture.server.on('POST', cancelPath, cancelled);
};
/** Creates the setup of a job that may take `timeoutMs` milliseconds, without the engine of the fixture. */
const setupFor = (jobProvider = provider, timeoutMs = 600_000): JobSetup<typeof handle> => ({
	provider: jobProvider,
	baseUrl: fixture.server.origin,
	ports: fixture.ports,
	deadline: fixture.ports.now() + timeoutMs,
	signal: fixture.stop.signal,
});
const run = async (engine: Engine, jobProvider = provider, timeoutMs?: number) =>
	await engine.runJob(setupFor(jobProvider, timeoutMs), request, {
		store: storeInMemory,
		cancelOnTimeout: true,
	});
const record: JobRecord<typeof handle> = {
	provider: 'runpod',
	model: request.model,
	id: 'job-1',
	status: 'pending',
	providerStatus: 'IN_QUEUE',
	submittedAt: new Date(START - 60_000).toISOString(),
	handle,
};
let done: Answer;
beforeEach(async () => {
	done = completed(`${fixture.files.origin}/a.png`);
	fixture.files.on('GET', /a\.png/, bytes(await png({ width: 8, height: 6 })));
});

it('adds the query of the base URL to every request with the key, and to no download', async () => {
	fixture.server.on('POST', /\/run\?/, accepted);
	fixture.server.on('GET', /\/status\//, pending, done);
	const setup = { ...setupFor(), baseQuery: 'api-version=1' };
	const options = { store: storeInMemory, cancelOnTimeout: true };
	const outcome = await createEngine().runJob(setup, request, options);
	expect(outcome).toMatchObject({ result: { ok: true } });
	expect(new Set(fixture.server.requests.map(({ path }) => path.split('?')[1]))).toEqual(
		new Set(['api-version=1']),
	);
	expect(fixture.files.requests.map(({ path }) => path)).toEqual(['/a.png']);
});

describe('jobs of one engine', () => {
	it('share the slots of a connection', async () => {
		const engine = createEngine();
		scriptJob(done);
		await Promise.all([run(engine, oneSlot), run(engine, oneSlot)]);
		expect(submits()).toEqual([0, 2]);
	});

	it('share the submit rate of a connection', async () => {
		const engine = createEngine();
		scriptJob(done);
		await Promise.all([run(engine, slowSubmits), run(engine, slowSubmits)]);
		expect(submits()).toEqual([0, 30]);
	});

	it('learn from the durations of earlier ones', async () => {
		const engine = createEngine();
		scriptJob(pending, pending, done, done);
		await run(engine);
		const learnedFrom = polls().length;
		await run(engine);
		expect(polls().slice(0, learnedFrom)).toEqual([2, 4, 6]);
		expect(polls()[learnedFrom]).toBeGreaterThan(6 + 2);
	});
});

describe('two engines', () => {
	it('share no slots', async () => {
		scriptJob(done);
		const outcomes = await Promise.all([run(createEngine(), oneSlot), run(createEngine(), oneSlot)]);
		expect(outcomes).toMatchObject(Array(2).fill({ result: { ok: true } }));
		expect(submits()).toEqual([0, 0]);
	});

	it('share no submit rate', async () => {
		scriptJob(done);
		await Promise.all([run(createEngine(), slowSubmits), run(createEngine(), slowSubmits)]);
		expect(submits()).toEqual([0, 0]);
	});

	it('share no durations', async () => {
		scriptJob(pending, pending, done, done);
		await run(createEngine());
		await run(createEngine());
		expect(polls()).toEqual([2, 4, 6, 6 + 2]);
	});

	it('share no memory of webhooks', async () => {
		const [first, second] = [createEngine(), createEngine()];
		const member = { key: 'job-1', check: async () => await Promise.resolve('over' as const) };
		expect(await first.groupChecks.checkMember(member)).toBe('over');
		const pending = { ...member, check: async () => await Promise.resolve('pending' as const) };
		expect(await first.groupChecks.checkMember(pending)).toBe('over');
		expect(await second.groupChecks.checkMember(pending)).toBe('pending');
		first.reportedJobs.add('job-1', START);
		first.resumedExecutions.add('17', START);
		expect(second.reportedJobs.has('job-1', START)).toBe(false);
		expect(second.resumedExecutions.has('17', START)).toBe(false);
	});
});

describe('limits', () => {
	it('are the defaults unless they are overridden', () => {
		expect(createEngine().limits).toEqual(defaultLimits);
		expect(createEngine({ limits: { maxRenewals: 1 } }).limits).toEqual({
			...defaultLimits,
			maxRenewals: 1,
		});
	});

	it('bound the wait for a slot', async () => {
		const engine = createEngine({ limits: { slotTimeoutMs: 5_000 } });
		scriptJob(pending);
		const first = run(engine, oneSlot, 20_000);
		expect(await run(engine, oneSlot)).toMatchObject({
			job: null,
			result: { fault: { code: 'rateLimited' } },
		});
		expect(fixture.ports.now()).toBe(START + 5_000);
		await first;
	});

	it('bound the wait for a response to a submit', async () => {
		fixture.server.on('POST', submitPath, hang);
		const { result } = await run(createEngine({ limits: { submitTimeoutMs: 3_000 } }));
		expect(result).toMatchObject({ ok: false, fault: { code: 'unavailable' } });
		expect(fixture.ports.now()).toBe(START + 3_000);
	});

	it('bound the number of cancel requests', async () => {
		fixture.server.on('POST', cancelPath, json(503, {}));
		const engine = createEngine({ limits: { maxCancelAttempts: 2 } });
		expect(await engine.cancelJob(setupFor(), handle)).toMatchObject({ cancelled: false });
		expect(fixture.server.requestsTo('POST', cancelPath)).toHaveLength(2);
	});

	it('bound the number of renewed links', async () => {
		scriptJob(done);
		fixture.files.on('GET', /a\.png/, text(403, ''));
		expect(await run(createEngine({ limits: { maxRenewals: 1 } }))).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'expired' } },
			polls: 2,
		});
	});

	it('bound the size of an image', async () => {
		scriptJob(done);
		expect(await run(createEngine({ limits: { maxImageBytes: 50 } }))).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: false, fault: { code: 'badResponse' } },
		});
	});

	it('bound the time of a single check', async () => {
		fixture.server.on('GET', statusPath, json(503, {}));
		const engine = createEngine({ limits: { checkTimeoutMs: 4_000 } });
		expect(await engine.checkJob(setupFor(), record)).toBe('unreadable');
		expect(fixture.ports.now()).toBe(START + 4_000);
	});
});

describe('a policy', () => {
	const everySecond = { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 1_000 };

	it('decides how often jobs are polled', async () => {
		scriptJob(pending, pending, done);
		await run(createEngine({ policy: { polling: () => everySecond } }));
		expect(polls()).toEqual([1, 2, 3]);
	});

	it.each<[string, EngineOptions, number[]]>([
		['may lift the submit rate', { policy: { submitRate: () => undefined } }, [0, 0]],
		[
			'may set another submit rate',
			{ policy: { submitRate: () => ({ count: 1, ms: 10_000 }) } },
			[0, 10],
		],
		['leaves the rest as the provider declares it', { policy: { polling: () => everySecond } }, [0, 30]],
	])('%s', async (_, options, times) => {
		const engine = createEngine(options);
		scriptJob(done);
		await Promise.all([run(engine, slowSubmits), run(engine, slowSubmits)]);
		expect(submits()).toEqual(times);
	});
});

describe('a job of an earlier run', () => {
	it('is resumed and delivered without a submit', async () => {
		scriptJob(done);
		const options = { wait: true, cancelOnTimeout: true, store: storeInMemory };
		expect(await createEngine().resumeJob(setupFor(), record, options)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
			polls: 1,
		});
		expect(submits()).toEqual([]);
	});

	it.each<[string, Answer]>([
		['pending', pending],
		['over', completed('https://a.example/a.png')],
		['over', json(404, { error: 'job not found' })],
	])('is checked as %s with one status request', async (check, answer) => {
		fixture.server.on('GET', statusPath, answer);
		expect(await createEngine().checkJob(setupFor(), record)).toBe(check);
		expect(fixture.server.requests).toHaveLength(1);
	});
});

it('reports no price where the provider cannot be asked for it', async () => {
	expect(createEngine().asksPrice(setupFor())).toBe(false);
	expect(await createEngine().requestPrice(setupFor(), request)).toEqual({ result: null, job: null });
	expect(fixture.server.requests).toEqual([]);
});
