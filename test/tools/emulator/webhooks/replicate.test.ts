import Replicate, { validateWebhook } from 'replicate';
import { type Delivery, http, like, startWebhookReceiver, useEmulator, waitUntil } from '../support';
import { authHeaders, jsonOf, receiveWebhook, submit, waitForAnswers, waitForDeliveries } from './support';

const fixture = useEmulator();
const id = 'replicate';
const api = () => fixture.emulator.providers[id];
const officialSecret = async (): Promise<string> => {
	const { apiKey: auth, baseUrl } = api();
	return (await new Replicate({ auth, baseUrl }).webhooks.default.secret.get()).key;
};
const prediction = async () =>
	await http.get<unknown>(
		`${api().baseUrl}/predictions/${fixture.emulator.jobs[0]?.id}`,
		authHeaders(fixture.emulator, id),
	);
const cancel = async () =>
	await http.post(
		`${api().baseUrl}/predictions/${fixture.emulator.jobs[0]?.id}/cancel`,
		undefined,
		authHeaders(fixture.emulator, id),
	);

const isValid = async ({ headers, raw: body }: Delivery, secret: string): Promise<boolean> => {
	const [name, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
		(header) => String(headers[header]),
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
	const receiver = await startWebhookReceiver();
	await submit(fixture.emulator, id, receiver.url, { webhook_events_filter });
	await waitForDeliveries(receiver, expected);
	await receiver.close();
	expect(fixture.emulator.callbacks).toHaveLength(expected);
	return receiver.deliveries.map((delivery) => jsonOf(delivery));
};

test('reports a finished job as its prediction, with the webhook fields of the submit', async () => {
	const delivery = await receiveWebhook(fixture.emulator, id);
	expect(jsonOf(delivery)).toEqual((await prediction()).data);
	expect(jsonOf(delivery)).toMatchObject({
		status: 'succeeded',
		webhook: fixture.emulator.callbacks[0]?.url,
		webhook_events_filter: ['completed'],
	});
});

test.each([
	['fail', 'The model failed on this request'],
	['moderate', like.containing('flagged as sensitive')],
] as const)('reports a job that ends with the fault %s', async (kind, error) => {
	fixture.emulator.inject({ stage: 'job', kind });
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toMatchObject({
		status: 'failed',
		error,
		output: null,
	});
});

test('the official client accepts the signature, whichever of several is the valid one', async () => {
	const secret = await officialSecret();
	expect(secret).toMatch(/^whsec_[\w+/]+=*$/);
	const deliveries = [
		await receiveWebhook(fixture.emulator, id),
		await receiveWebhook(fixture.emulator, id),
	];
	for (const delivery of deliveries) expect(await isValid(delivery, secret)).toBe(true);
	expect(
		deliveries.map(({ headers }) => String(headers['webhook-signature']).split(' ').length).sort(),
	).toEqual([1, 2]);
});

test('the signature covers the bytes, the time and the id', async () => {
	const secret = await officialSecret();
	const delivery = await receiveWebhook(fixture.emulator, id);
	expect(await isValid({ ...delivery, raw: JSON.stringify(JSON.parse(delivery.raw)) }, secret)).toBe(false);
	for (const name of ['webhook-id', 'webhook-timestamp'])
		expect(await isValid({ ...delivery, headers: { ...delivery.headers, [name]: '1' } }, secret)).toBe(
			false,
		);
	expect(await isValid(delivery, 'whsec_c2VjcmV0')).toBe(false);
});

test('a forged request has no valid signature', async () => {
	fixture.emulator.inject({ stage: 'callback', kind: 'forged' });
	expect(await isValid(await receiveWebhook(fixture.emulator, id), await officialSecret())).toBe(false);
});

test('returns the secret for a valid key only', async () => {
	const url = `${api().baseUrl}/webhooks/default/secret`;
	expect((await http.get(url)).status).toBe(401);
	expect((await http.get<unknown>(url, authHeaders(fixture.emulator, id))).data).toEqual({
		key: await officialSecret(),
	});
});

test('reports outputs and the end without a filter', async () => {
	const body = await events(undefined, 2);
	const { output } = (await prediction()).data as { output: unknown };
	expect(body).toMatchObject([
		{ status: 'processing', output, completed_at: null },
		{ status: 'succeeded', output, completed_at: like.text },
	]);
	expect(output).not.toBeNull();
});

test('reports every event of the filter in order, except for logs, which there are none of', async () => {
	const body = await events(['completed', 'logs', 'output', 'start'], 3);
	expect(body).toMatchObject([
		{ status: 'starting', output: null },
		{ status: 'processing' },
		{ status: 'succeeded' },
	]);
});

test('does not retry an intermediate message', async () => {
	const receiver = await startWebhookReceiver(500);
	await submit(fixture.emulator, id, receiver.url, { webhook_events_filter: ['output', 'completed'] });
	await waitForDeliveries(receiver, 2);
	expect(await waitForAnswers(fixture.emulator, 2)).toEqual([500, 200]);
	await receiver.close();
	expect(receiver.deliveries.map((delivery) => jsonOf(delivery)['status'])).toEqual([
		'processing',
		'succeeded',
	]);
});

test('reports a cancelled prediction at once and not again at its scheduled end', async () => {
	const receiver = await startWebhookReceiver();
	Object.assign(fixture.emulator.timing, { queueMs: 1_000, runMs: 0 });
	await submit(fixture.emulator, id, receiver.url);
	expect((await cancel()).data.status).toBe('canceled');
	const [delivery] = await waitForDeliveries(receiver, 1);
	const [job] = fixture.emulator.jobs;
	expect(jsonOf(delivery)).toMatchObject({ id: job?.id, status: 'canceled', output: null });
	await waitUntil(
		() => Date.now(),
		(now) => now > (job?.endsAt ?? 0) + 200,
	);
	await receiver.close();
	expect(receiver.deliveries).toHaveLength(1);
});

test('does not report a cancellation that comes too late', async () => {
	await receiveWebhook(fixture.emulator, id);
	await cancel();
	expect(fixture.emulator.callbacks).toHaveLength(1);
});

test.each(['http://example.com/hook', 'me'])(
	'refuses %s as a webhook that is not an https URL',
	async (url) => {
		expect((await submit(fixture.emulator, id, url)).status).toBe(422);
		expect(fixture.emulator.jobs).toEqual([]);
	},
);
