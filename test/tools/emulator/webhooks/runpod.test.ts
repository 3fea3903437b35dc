import { startEmulator } from '../../../../tools/emulator/index';
import { VirtualClock } from '../../../support/virtualClock';
import { http, like, startWebhookReceiver, useEmulator, waitUntil } from '../support';
import { authHeaders, jsonOf, receiveWebhook, submit, waitForDeliveries } from './support';

const fixture = useEmulator();
const id = 'runpod';
const endpoint = () => `${fixture.emulator.providers[id].baseUrl}/black-forest-labs-flux-1-kontext-dev`;
const input = () => ({ prompt: 'at night', image: fixture.emulator.sampleImage.url });
const statusOf = async () => {
	const { data } = await http.get<object>(
		`${endpoint()}/status/${fixture.emulator.jobs[0]?.id}`,
		authHeaders(fixture.emulator, id),
	);
	return { ...data, workerId: undefined };
};

test('reports a finished job as its status, with what was submitted', async () => {
	const body = jsonOf(await receiveWebhook(fixture.emulator, id));
	expect(body).toEqual({
		...(await statusOf()),
		input: input(),
		webhook: fixture.emulator.callbacks[0]?.url,
	});
	expect(body).not.toHaveProperty('workerId');
	expect(body).toMatchObject({
		status: 'COMPLETED',
		output: { image_url: like.containing(fixture.emulator.filesOrigin) },
	});
});

test.each(['fail', 'moderate'] as const)('reports a job that ends with the fault %s', async (kind) => {
	fixture.emulator.inject({ stage: 'job', kind });
	const body = jsonOf(await receiveWebhook(fixture.emulator, id));
	expect(body).toEqual({
		...(await statusOf()),
		input: input(),
		webhook: fixture.emulator.callbacks[0]?.url,
	});
	expect(body).toMatchObject({ id: fixture.emulator.jobs[0]?.id, status: 'FAILED' });
});

test('reports a job that exceeds its run limit', async () => {
	const other = await startEmulator({ clock: new VirtualClock(), timing: { queueMs: 0, runMs: 60_000 } });
	const body = jsonOf(await receiveWebhook(other, id, { policy: { executionTimeout: 5_000 } }));
	await other.close();
	expect(body).toMatchObject({ id: other.jobs[0]?.id, status: 'TIMED_OUT' });
});

test('does not sign its requests', async () => {
	const { headers } = await receiveWebhook(fixture.emulator, id);
	expect(Object.keys(headers).filter((name) => /signature|webhook|authorization/.test(name))).toEqual([]);
});

test('does not report a cancelled job', async () => {
	const receiver = await startWebhookReceiver();
	Object.assign(fixture.emulator.timing, { queueMs: 200, runMs: 0 });
	await submit(fixture.emulator, id, receiver.url);
	const { data } = await http.post(
		`${endpoint()}/cancel/${fixture.emulator.jobs[0]?.id}`,
		undefined,
		authHeaders(fixture.emulator, id),
	);
	expect(data.status).toBe('CANCELLED');
	await submit(fixture.emulator, id, receiver.url);
	await waitUntil(
		() => fixture.emulator.jobs[1]?.state,
		(state) => state === 'succeeded',
	);
	await waitForDeliveries(receiver, 1);
	await receiver.close();
	expect(fixture.emulator.callbacks.map(({ jobId }) => jobId)).toEqual([fixture.emulator.jobs[1]?.id]);
});
