import { createFalClient } from '@fal-ai/client';
import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { type Call, http, like, listenForCalls, until, useEmulator } from '../support';
import { calls, jsonOf, keyOf, reported, submit } from './support';

const held = useEmulator();
const id = 'fal';
const api = () => held.emulator.providers[id];
const jwksUrl = () => `${api().baseUrl}/.well-known/jwks.json`;
const publishedKeys = async () => (await http.get<{ keys: JsonWebKey[] }>(jwksUrl())).data.keys;

/** As fal's page says to do it, for each of the keys. */
function validities(keys: readonly JsonWebKey[], { headers, raw }: Call): boolean[] {
	const parts = ['x-fal-webhook-request-id', 'x-fal-webhook-user-id', 'x-fal-webhook-timestamp'].map(
		(name) => String(headers[name]),
	);
	const message = Buffer.from([...parts, createHash('sha256').update(raw).digest('hex')].join('\n'));
	const signature = Buffer.from(String(headers['x-fal-webhook-signature']), 'hex');
	return keys.map((key) => verify(null, message, createPublicKey({ key, format: 'jwk' }), signature));
}

test('a finished job is told with its result', async () => {
	const call = await reported(held.emulator, id, { num_images: 2 });
	const { model, id: request_id } = held.emulator.jobs[0] ?? {};
	const { data: payload } = await http.get<unknown>(
		`${api().baseUrl}/${model}/requests/${request_id}`,
		keyOf(held.emulator, id),
	);
	expect(jsonOf(call)).toEqual({
		request_id,
		gateway_request_id: request_id,
		status: 'OK',
		error: null,
		payload,
	});
	expect(payload).toMatchObject({
		images: [{ url: like.containing(held.emulator.filesOrigin) }, {}],
		prompt: 'a fox',
	});
});

test('a moderated prompt is told as an error, with what the result would say', async () => {
	held.emulator.inject({ stage: 'job', kind: 'moderate' });
	const told = jsonOf(await reported(held.emulator, id));
	expect(told).toMatchObject({
		status: 'ERROR',
		error: 'Invalid status code: 422',
		payload: { detail: [{ loc: ['body', 'prompt'], type: 'content_policy_violation' }] },
	});
	expect(told).toMatchObject({ request_id: held.emulator.jobs[0]?.id });
});

test('a failed job is told as an error', async () => {
	held.emulator.inject({ stage: 'job', kind: 'fail' });
	expect(jsonOf(await reported(held.emulator, id))).toMatchObject({
		status: 'ERROR',
		error: 'Invalid status code: 500',
	});
});

test('keys are published to everybody; one of them, not the first, has signed', async () => {
	const call = await reported(held.emulator, id);
	const keys = await publishedKeys();
	expect(keys).toEqual([
		{ kty: 'OKP', crv: 'Ed25519', x: like.text },
		{ kty: 'OKP', crv: 'Ed25519', x: like.text },
	]);
	expect(validities(keys, call)).toEqual([false, true]);
});

test('the signature covers the bytes, the time and the ids', async () => {
	const call = await reported(held.emulator, id);
	const keys = await publishedKeys();
	const isValid = (changed: Call) => validities(keys, changed).includes(true);
	expect(isValid(call)).toBe(true);
	expect(isValid({ ...call, raw: JSON.stringify(JSON.parse(call.raw)) })).toBe(false);
	for (const name of ['request-id', 'user-id', 'timestamp'])
		expect(isValid({ ...call, headers: { ...call.headers, [`x-fal-webhook-${name}`]: '1' } })).toBe(
			false,
		);
});

test('the headers name the job and the time', async () => {
	const { headers } = await reported(held.emulator, id);
	expect(headers['x-fal-webhook-request-id']).toBe(held.emulator.jobs[0]?.id);
	expect(headers['x-fal-webhook-user-id']).toMatch(/^user_/);
	const [sent] = held.emulator.callbacks;
	expect(headers['x-fal-webhook-timestamp']).toBe(String(Math.floor((sent?.at ?? 0) / 1000)));
});

test('a forged call is signed by none of the keys', async () => {
	held.emulator.inject({ stage: 'callback', kind: 'forged' });
	const call = await reported(held.emulator, id);
	expect(validities(await publishedKeys(), call)).toEqual([false, false]);
});

test('the submit answers with a second id, and now and then with the ids alone', async () => {
	const hook = await listenForCalls();
	const answers = [await submit(held.emulator, id, hook.url), await submit(held.emulator, id, hook.url)];
	await calls(hook, 2);
	await hook.close();
	const data = answers.map((answer) => answer.data as unknown as Record<string, string>);
	for (const each of data) expect(each['gateway_request_id']).toBe(each['request_id']);
	expect(data.map((each) => 'status_url' in each).sort()).toEqual([false, true]);
});

test('the official client reports to its webhookUrl', async () => {
	const hook = await listenForCalls();
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
		webhookUrl: `${hook.url}?a=1&b=2`,
	});
	const [call] = await calls(hook, 1);
	await hook.close();
	expect(jsonOf(call)).toMatchObject({ request_id, status: 'OK' });
	expect(held.emulator.callbacks[0]?.url).toBe(`${hook.url}?a=1&b=2`);
});

test('a request that was cancelled is not reported', async () => {
	const hook = await listenForCalls();
	Object.assign(held.emulator.timing, { queueMs: 200, runMs: 0 });
	await submit(held.emulator, id, hook.url);
	const [job] = held.emulator.jobs;
	const url = `${api().baseUrl}/fal-ai/flux-pro/requests/${job?.id}/cancel`;
	expect((await fetch(url, { method: 'PUT', ...keyOf(held.emulator, id) })).status).toBe(202);
	await submit(held.emulator, id, hook.url);
	await until(
		() => held.emulator.jobs[1]?.state,
		(state) => state === 'succeeded',
	);
	await calls(hook, 1);
	await hook.close();
	expect(held.emulator.callbacks.map(({ jobId }) => jobId)).toEqual([held.emulator.jobs[1]?.id]);
});

test('an address that is none is refused, and so is an unknown parameter', async () => {
	expect((await submit(held.emulator, id, 'me')).status).toBe(422);
	const url = `${api().baseUrl}/fal-ai/flux-pro/kontext/text-to-image?webhook=http%3A%2F%2F127.0.0.1`;
	expect((await http.post(url, { prompt: 'a' }, keyOf(held.emulator, id))).status).toBe(422);
	expect(held.emulator.jobs).toEqual([]);
});
