import { VirtualClock } from '../../support/virtualClock';
import { startEmulator, type Emulator } from '../../../tools/emulator/index';
import { bearer, http } from './support';

const minute = 60_000;
const clock = new VirtualClock();
const held = {} as { emulator: Emulator };
beforeAll(async () => {
	held.emulator = await startEmulator({ clock, timing: { queueMs: minute, runMs: minute } });
});
afterAll(async () => await held.emulator.close());

const never = new AbortController().signal;

test('a job gets on with the clock that the emulator was given', async () => {
	const { jobs, providers } = held.emulator;
	await http.post(
		`${providers.theRouter.baseUrl}/v1/images/generations?async=true`,
		{ model: 'black-forest-labs/flux-kontext-dev', prompt: 'a fox' },
		bearer(held.emulator, 'theRouter'),
	);
	const states = [jobs[0]?.state];
	for (const ms of [minute, minute]) {
		await clock.sleep(ms, never);
		states.push(jobs[0]?.state);
	}
	expect(states).toEqual(['queued', 'running', 'succeeded']);
});

test('an answer that is held until the job has ended takes no time of the test', async () => {
	const started = clock.now();
	const { baseUrl } = held.emulator.providers.lumenfall;
	const answer = await http.post(
		`${baseUrl}/openai/v1/images/generations`,
		{ model: 'flux.1-kontext-pro', prompt: 'a fox' },
		bearer(held.emulator, 'lumenfall'),
	);
	expect(answer.status).toBe(200);
	expect(clock.now() - started).toBe(2 * minute);
});

test.each([
	['hang', 'sent'],
	['stall', 'answered'],
] as const)('the clock is told of a call that meets the fault %s', async (kind, phase) => {
	const stuck = jest.spyOn(clock, 'stuck');
	held.emulator.inject({ provider: 'theRouter', stage: 'status', kind });
	const { headers } = bearer(held.emulator, 'theRouter');
	const abort = new AbortController();
	const call = clock.begin();
	const asking = http.get(`${held.emulator.providers.theRouter.baseUrl}/v1/jobs/none`, {
		headers: { ...headers, 'x-test-call': String(call) },
		signal: abort.signal,
	});
	const asked = asking.catch(() => undefined);
	while (stuck.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
	expect(stuck).toHaveBeenCalledWith(call, phase);
	abort.abort();
	await asked;
	clock.end(call);
	stuck.mockRestore();
});
