import { createFalClient } from '@fal-ai/client';
import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { type Delivery, http, like, startWebhookReceiver, useEmulator, waitUntil } from '../support';
import { authHeaders, jsonOf, receiveWebhook, submit, waitForDeliveries } from './support';

const fixture = useEmulator();
const id = 'fal';
const api = () => fixture.emulator.providers[id];
const jwksUrl = () => `${api().baseUrl}/.well-known/jwks.json`;
const publishedKeys = async () => (await http.get<{ keys: JsonWebKey[] }>(jwksUrl())).data.keys;

/** Verifies the signature with each of the keys, as fal's documentation describes. */
function validities(keys: readonly JsonWebKey[], { headers, raw }: Delivery): boolean[] {
	const parts = ['x-fal-webhook-request-id', 'x-fal-webhook-user-id', 'x-fal-webhook-timestamp'].map(
		(name) => String(headers[name]),
	);
	const message = Buffer.from([...parts, createHash('sha256').update(raw).digest('hex')].join('\n'));
	const signature = Buffer.from(String(headers['x-fal-webhook-signature']), 'hex');
	return keys.map((key) => verify(null, message, createPublicKey({ key, format: 'jwk' }), signature));
}

test('reports a finished job with its result', async () => {
	const delivery = await receiveWebhook(fixture.emulator, id, { num_images: 2 });
	const { model, id: request_id } = fixture.emulator.jobs[0] ?? {};
	const { data: payload } = await http.get<unknown>(
		`${api().baseUrl}/${model}/requests/${request_id}`,
		authHeaders(fixture.emulator, id),
	);
	expect(jsonOf(delivery)).toEqual({
		request_id,
		gateway_request_id: request_id,
		status: 'OK',
		error: null,
		payload,
	});
	expect(payload).toMatchObject({
		images: [{ url: like.containing(fixture.emulator.filesOrigin) }, {}],
		prompt: 'a fox',
	});
});

test('reports a moderated prompt as an error with the body of its result', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const body = jsonOf(await receiveWebhook(fixture.emulator, id));
	expect(body).toMatchObject({
		status: 'ERROR',
		error: 'Invalid status code: 422',
		payload: { detail: [{ loc: ['body', 'prompt'], type: 'content_policy_violation' }] },
	});
	expect(body).toMatchObject({ request_id: fixture.emulator.jobs[0]?.id });
});

test('reports a failed job as an error', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'fail' });
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toMatchObject({
		status: 'ERROR',
		error: 'Invalid status code: 500',
	});
});

test('publishes its keys without authentication, and signs with one that is not the first', async () => {
	const delivery = await receiveWebhook(fixture.emulator, id);
	const keys = await publishedKeys();
	expect(keys).toEqual([
		{ kty: 'OKP', crv: 'Ed25519', x: like.text },
		{ kty: 'OKP', crv: 'Ed25519', x: like.text },
	]);
	expect(validities(keys, delivery)).toEqual([false, true]);
});

test('the signature covers the bytes, the time and the ids', async () => {
	const delivery = await receiveWebhook(fixture.emulator, id);
	const keys = await publishedKeys();
	const isValid = (changed: Delivery) => validities(keys, changed).includes(true);
	expect(isValid(delivery)).toBe(true);
	expect(isValid({ ...delivery, raw: JSON.stringify(JSON.parse(delivery.raw)) })).toBe(false);
	for (const name of ['request-id', 'user-id', 'timestamp'])
		expect(
			isValid({ ...delivery, headers: { ...delivery.headers, [`x-fal-webhook-${name}`]: '1' } }),
		).toBe(false);
});

test("the headers contain the job's id and the time", async () => {
	const { headers } = await receiveWebhook(fixture.emulator, id);
	expect(headers['x-fal-webhook-request-id']).toBe(fixture.emulator.jobs[0]?.id);
	expect(headers['x-fal-webhook-user-id']).toMatch(/^user_/);
	const [sent] = fixture.emulator.callbacks;
	expect(headers['x-fal-webhook-timestamp']).toBe(String(Math.floor((sent?.at ?? 0) / 1000)));
});

test('a forged request has no valid signature by any of the keys', async () => {
	fixture.emulator.inject({ stage: 'callback', kind: 'forged' });
	const delivery = await receiveWebhook(fixture.emulator, id);
	expect(validities(await publishedKeys(), delivery)).toEqual([false, false]);
});

test('the response to a submit has a second id, and every second one the ids alone', async () => {
	const receiver = await startWebhookReceiver();
	const answers = [
		await submit(fixture.emulator, id, receiver.url),
		await submit(fixture.emulator, id, receiver.url),
	];
	await waitForDeliveries(receiver, 2);
	await receiver.close();
	const data = answers.map((answer) => answer.data as unknown as Record<string, string>);
	for (const ids of data) expect(ids['gateway_request_id']).toBe(ids['request_id']);
	expect(data.map((ids) => 'status_url' in ids).sort()).toEqual([false, true]);
});

test('sends a webhook to the `webhookUrl` of the official client', async () => {
	const receiver = await startWebhookReceiver();
	const client = createFalClient({
		credentials: api().apiKey,
		requestMiddleware: async (request) =>
			await Promise.resolve({
				...request,
				url: request.url.replace('https://queue.fal.run', api().baseUrl),
			}),
	});
	const input = { prompt: 'a fox' };
	const { request_id } = await client.queue.submit('fal-ai/flux-pro/kontext/text-to-image', {
		input,
		webhookUrl: `${receiver.url}?a=1&b=2`,
	});
	const [delivery] = await waitForDeliveries(receiver, 1);
	await receiver.close();
	expect(jsonOf(delivery)).toMatchObject({ request_id, status: 'OK' });
	expect(fixture.emulator.callbacks[0]?.url).toBe(`${receiver.url}?a=1&b=2`);
});

test('does not report a cancelled request', async () => {
	const receiver = await startWebhookReceiver();
	Object.assign(fixture.emulator.timing, { queueMs: 200, runMs: 0 });
	await submit(fixture.emulator, id, receiver.url);
	const [job] = fixture.emulator.jobs;
	const url = `${api().baseUrl}/fal-ai/flux-pro/requests/${job?.id}/cancel`;
	expect((await fetch(url, { method: 'PUT', ...authHeaders(fixture.emulator, id) })).status).toBe(202);
	await submit(fixture.emulator, id, receiver.url);
	await waitUntil(
		() => fixture.emulator.jobs[1]?.state,
		(state) => state === 'succeeded',
	);
	await waitForDeliveries(receiver, 1);
	await receiver.close();
	expect(fixture.emulator.callbacks.map(({ jobId }) => jobId)).toEqual([fixture.emulator.jobs[1]?.id]);
});

test('refuses a webhook that is not a URL and an unknown query parameter', async () => {
	expect((await submit(fixture.emulator, id, 'me')).status).toBe(422);
	const url = `${api().baseUrl}/fal-ai/flux-pro/kontext/text-to-image?webhook=http%3A%2F%2F127.0.0.1`;
	expect((await http.post(url, { prompt: 'a' }, authHeaders(fixture.emulator, id))).status).toBe(422);
	expect(fixture.emulator.jobs).toEqual([]);
});
