import { VirtualClock } from '../../../support/virtualClock';
import { startEmulator } from '../../../../tools/emulator/index';
import { http, like, listenForCalls, until, useEmulator } from '../support';
import { calls, jsonOf, keyOf, reported, submit } from './support';

const held = useEmulator();
const id = 'runpod';
const endpoint = () => `${held.emulator.providers[id].baseUrl}/black-forest-labs-flux-1-kontext-dev`;
const input = () => ({ prompt: 'at night', image: held.emulator.sampleImage.url });
const statusOf = async () => {
	const { data } = await http.get<object>(
		`${endpoint()}/status/${held.emulator.jobs[0]?.id}`,
		keyOf(held.emulator, id),
	);
	return { ...data, workerId: undefined };
};

test('a finished job is told as its status, with what was submitted', async () => {
	const told = jsonOf(await reported(held.emulator, id));
	expect(told).toEqual({ ...(await statusOf()), input: input(), webhook: held.emulator.callbacks[0]?.url });
	expect(told).not.toHaveProperty('workerId');
	expect(told).toMatchObject({
		status: 'COMPLETED',
		output: { image_url: like.containing(held.emulator.filesOrigin) },
	});
});

test.each(['fail', 'moderate'] as const)('a job that ends with the fault %s is told', async (kind) => {
	held.emulator.inject({ stage: 'job', kind });
	const told = jsonOf(await reported(held.emulator, id));
	expect(told).toEqual({ ...(await statusOf()), input: input(), webhook: held.emulator.callbacks[0]?.url });
	expect(told).toMatchObject({ id: held.emulator.jobs[0]?.id, status: 'FAILED' });
});

test('a job that runs too long is told', async () => {
	const other = await startEmulator({ clock: new VirtualClock(), timing: { queueMs: 0, runMs: 60_000 } });
	const told = jsonOf(await reported(other, id, { policy: { executionTimeout: 5_000 } }));
	await other.close();
	expect(told).toMatchObject({ id: other.jobs[0]?.id, status: 'TIMED_OUT' });
});

test('nothing is signed', async () => {
	const { headers } = await reported(held.emulator, id);
	expect(Object.keys(headers).filter((name) => /signature|webhook|authorization/.test(name))).toEqual([]);
});

test('a cancelled job is not told', async () => {
	const hook = await listenForCalls();
	Object.assign(held.emulator.timing, { queueMs: 200, runMs: 0 });
	await submit(held.emulator, id, hook.url);
	const { data } = await http.post(
		`${endpoint()}/cancel/${held.emulator.jobs[0]?.id}`,
		undefined,
		keyOf(held.emulator, id),
	);
	expect(data.status).toBe('CANCELLED');
	await submit(held.emulator, id, hook.url);
	await until(
		() => held.emulator.jobs[1]?.state,
		(state) => state === 'succeeded',
	);
	await calls(hook, 1);
	await hook.close();
	expect(held.emulator.callbacks.map(({ jobId }) => jobId)).toEqual([held.emulator.jobs[1]?.id]);
});
