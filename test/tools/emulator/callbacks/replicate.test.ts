import Replicate, { validateWebhook } from 'replicate';
import { type Call, http, like, listenForCalls, until, useEmulator } from '../support';
import { answered, calls, jsonOf, keyOf, reported, submit } from './support';

const held = useEmulator();
const id = 'replicate';
const api = () => held.emulator.providers[id];
const officialSecret = async (): Promise<string> => {
	const { apiKey: auth, baseUrl } = api();
	return (await new Replicate({ auth, baseUrl }).webhooks.default.secret.get()).key;
};
const prediction = async () =>
	await http.get<unknown>(
		`${api().baseUrl}/predictions/${held.emulator.jobs[0]?.id}`,
		keyOf(held.emulator, id),
	);
const cancel = async () =>
	await http.post(
		`${api().baseUrl}/predictions/${held.emulator.jobs[0]?.id}/cancel`,
		undefined,
		keyOf(held.emulator, id),
	);

const isValid = async ({ headers, raw: body }: Call, secret: string): Promise<boolean> => {
	const [name, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
		(each) => String(headers[each]),
	);
	return await validateWebhook({
		id: name ?? '',
		timestamp: timestamp ?? '',
		signature: signature ?? '',
		body,
		secret,
	});
};

const events = async (webhook_events_filter: string[] | undefined, expected: number): Promise<unknown[]> => {
	const hook = await listenForCalls();
	await submit(held.emulator, id, hook.url, { webhook_events_filter });
	await calls(hook, expected);
	await hook.close();
	expect(held.emulator.callbacks).toHaveLength(expected);
	return hook.calls.map((call) => jsonOf(call));
};

test('a finished job is told as its prediction, with the callback that was asked for', async () => {
	const call = await reported(held.emulator, id);
	expect(jsonOf(call)).toEqual((await prediction()).data);
	expect(jsonOf(call)).toMatchObject({
		status: 'succeeded',
		webhook: held.emulator.callbacks[0]?.url,
		webhook_events_filter: ['completed'],
	});
});

test.each([
	['fail', 'The model failed on this request'],
	['moderate', like.containing('flagged as sensitive')],
] as const)('a job that ends with the fault %s is told', async (kind, error) => {
	held.emulator.inject({ stage: 'job', kind });
	expect(jsonOf(await reported(held.emulator, id))).toMatchObject({
		status: 'failed',
		error,
		output: null,
	});
});

test('the official client takes the call for genuine, whichever of the signatures is the right one', async () => {
	const secret = await officialSecret();
	expect(secret).toMatch(/^whsec_[\w+/]+=*$/);
	const made = [await reported(held.emulator, id), await reported(held.emulator, id)];
	for (const call of made) expect(await isValid(call, secret)).toBe(true);
	expect(made.map(({ headers }) => String(headers['webhook-signature']).split(' ').length).sort()).toEqual([
		1, 2,
	]);
});

test('the signature covers the bytes, the time and the id', async () => {
	const secret = await officialSecret();
	const call = await reported(held.emulator, id);
	expect(await isValid({ ...call, raw: JSON.stringify(JSON.parse(call.raw)) }, secret)).toBe(false);
	for (const name of ['webhook-id', 'webhook-timestamp'])
		expect(await isValid({ ...call, headers: { ...call.headers, [name]: '1' } }, secret)).toBe(false);
	expect(await isValid(call, 'whsec_c2VjcmV0')).toBe(false);
});

test('a forged call is not genuine', async () => {
	held.emulator.inject({ stage: 'callback', kind: 'forged' });
	expect(await isValid(await reported(held.emulator, id), await officialSecret())).toBe(false);
});

test('the secret needs the key', async () => {
	const url = `${api().baseUrl}/webhooks/default/secret`;
	expect((await http.get(url)).status).toBe(401);
	expect((await http.get<unknown>(url, keyOf(held.emulator, id))).data).toEqual({
		key: await officialSecret(),
	});
});

test('without a filter outputs and the end are told', async () => {
	const told = await events(undefined, 2);
	const { output } = (await prediction()).data as { output: unknown };
	expect(told).toMatchObject([
		{ status: 'processing', output, completed_at: null },
		{ status: 'succeeded', output, completed_at: like.text },
	]);
	expect(output).not.toBeNull();
});

test('all that is asked for is told in its order; there are no logs to tell', async () => {
	const told = await events(['completed', 'logs', 'output', 'start'], 3);
	expect(told).toMatchObject([
		{ status: 'starting', output: null },
		{ status: 'processing' },
		{ status: 'succeeded' },
	]);
});

test('an intermediate message that is refused is not sent again', async () => {
	const hook = await listenForCalls(500);
	await submit(held.emulator, id, hook.url, { webhook_events_filter: ['output', 'completed'] });
	await calls(hook, 2);
	expect(await answered(held.emulator, 2)).toEqual([500, 200]);
	await hook.close();
	expect(hook.calls.map((call) => jsonOf(call)['status'])).toEqual(['processing', 'succeeded']);
});

test('a cancelled prediction is told at once, and not again at its end', async () => {
	const hook = await listenForCalls();
	Object.assign(held.emulator.timing, { queueMs: 1_000, runMs: 0 });
	await submit(held.emulator, id, hook.url);
	expect((await cancel()).data.status).toBe('canceled');
	const [call] = await calls(hook, 1);
	const [job] = held.emulator.jobs;
	expect(jsonOf(call)).toMatchObject({ id: job?.id, status: 'canceled', output: null });
	await until(
		() => Date.now(),
		(now) => now > (job?.endsAt ?? 0) + 200,
	);
	await hook.close();
	expect(hook.calls).toHaveLength(1);
});

test('a cancellation that comes too late is not told', async () => {
	await reported(held.emulator, id);
	await cancel();
	expect(held.emulator.callbacks).toHaveLength(1);
});

test.each(['http://example.com/hook', 'me'])('%s is refused: only https is called', async (url) => {
	expect((await submit(held.emulator, id, url)).status).toBe(422);
	expect(held.emulator.jobs).toEqual([]);
});
