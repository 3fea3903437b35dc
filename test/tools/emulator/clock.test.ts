import { type Emulator, startEmulator } from '../../../tools/emulator/index';
import { VirtualClock } from '../../support/virtualClock';
import { bearer, http } from './support';

const minute = 60_000;
const clock = new VirtualClock();
const fixture = {} as { emulator: Emulator };
beforeAll(async () => {
	fixture.emulator = await startEmulator({ clock, timing: { queueMs: minute, runMs: minute } });
});
afterAll(async () => await fixture.emulator.close());

const neverAborted = new AbortController().signal;

test('the state of a job follows the clock that was passed to the emulator', async () => {
	const { jobs, providers } = fixture.emulator;
	await http.post(
		`${providers.theRouter.baseUrl}/v1/images/generations?async=true`,
		{ model: 'black-forest-labs/flux-kontext-dev', prompt: 'a fox' },
		bearer(fixture.emulator, 'theRouter'),
	);
	const states = [jobs[0]?.state];
	for (const ms of [minute, minute]) {
		await clock.sleep(ms, neverAborted);
		states.push(jobs[0]?.state);
	}
	expect(states).toEqual(['queued', 'running', 'succeeded']);
});

test('a response that is held until the job ends takes no real time', async () => {
	const started = clock.now();
	const { baseUrl } = fixture.emulator.providers.lumenfall;
	const answer = await http.post(
		`${baseUrl}/openai/v1/images/generations`,
		{ model: 'flux.1-kontext-pro', prompt: 'a fox' },
		bearer(fixture.emulator, 'lumenfall'),
	);
	expect(answer.status).toBe(200);
	expect(clock.now() - started).toBe(2 * minute);
});

test.each([
	['hang', 'sent'],
	['stall', 'answered'],
] as const)('the clock is informed of a request that is hit by the fault %s', async (kind, phase) => {
	const stuck = jest.spyOn(clock, 'stuck');
	fixture.emulator.inject({ provider: 'theRouter', stage: 'status', kind });
	const { headers } = bearer(fixture.emulator, 'theRouter');
	const abort = new AbortController();
	const call = clock.begin();
	const response = http.get(`${fixture.emulator.providers.theRouter.baseUrl}/v1/jobs/none`, {
		headers: { ...headers, 'x-test-call': String(call) },
		signal: abort.signal,
	});
	const settled = response.catch(() => undefined);
	while (stuck.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
	expect(stuck).toHaveBeenCalledWith(call, phase);
	abort.abort();
	await settled;
	clock.end(call);
	stuck.mockRestore();
});
