import { createHmac } from 'node:crypto';
import { http, like, startWebhookReceiver, useEmulator } from '../support';
import { authHeaders, jsonOf, receiveWebhook, submit, waitForDeliveries } from './support';

const fixture = useEmulator();
const id = 'blackForestLabs';
const inject = (kind: 'fail' | 'moderate') => fixture.emulator.inject({ stage: 'job', kind });

test('a submit with a webhook returns no polling URL, but the job has a status', async () => {
	const receiver = await startWebhookReceiver();
	const { status, data } = await submit(fixture.emulator, id, receiver.url);
	expect(status).toBe(200);
	expect(data).toEqual({
		id: like.text,
		status: 'Pending',
		webhook_url: receiver.url,
		cost: 4,
		input_mp: null,
		output_mp: 1.05,
	});
	await waitForDeliveries(receiver, 1);
	await receiver.close();
	const statusResponse = await http.get(
		`${fixture.emulator.providers[id].baseUrl}/v1/get_result?id=${data.id}`,
		authHeaders(fixture.emulator, id),
	);
	expect(statusResponse.data.status).toBe('Ready');
});

test('reports a finished job with its image', async () => {
	const delivery = await receiveWebhook(fixture.emulator, id, { seed: 1 });
	expect(jsonOf(delivery)).toEqual({
		id: fixture.emulator.jobs[0]?.id,
		status: 'Ready',
		result: { sample: like.containing(fixture.emulator.filesOrigin), prompt: 'a fox', seed: 1 },
		timestamp: like.matching(/^\d{4}-\d\d-\d\dT/),
	});
});

test('reports a failed job', async () => {
	inject('fail');
	const error = {
		status: 'Error',
		error: 'generation_failed',
		message: 'The model failed on this request',
	};
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toEqual({
		id: fixture.emulator.jobs[0]?.id,
		...error,
		timestamp: like.text,
	});
});

test('reports a moderated job under another name than its status', async () => {
	inject('moderate');
	const error = {
		status: 'Error',
		error: 'content_policy_violation',
		message: 'The prompt violated content policy',
	};
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toEqual({
		id: fixture.emulator.jobs[0]?.id,
		...error,
		timestamp: like.text,
	});
});

test('signs the request with the secret of the submit', async () => {
	const { headers, raw } = await receiveWebhook(fixture.emulator, id, { webhook_secret: 'mine' });
	const signatureOf = (text: string) => `sha256=${createHmac('sha256', 'mine').update(text).digest('hex')}`;
	expect(headers['x-bfl-signature']).toBe(signatureOf(raw));
	// JSON that was parsed and serialized again has other bytes.
	expect(headers['x-bfl-signature']).not.toBe(signatureOf(JSON.stringify(JSON.parse(raw))));
});

test('does not sign the request without a secret', async () => {
	const { headers } = await receiveWebhook(fixture.emulator, id, { webhook_secret: undefined });
	expect(headers).not.toHaveProperty('x-bfl-signature');
});

test('a forged request has an invalid signature', async () => {
	fixture.emulator.inject({ stage: 'callback', kind: 'forged' });
	const { headers, raw } = await receiveWebhook(fixture.emulator, id);
	const signature = createHmac('sha256', 's3cret').update(raw).digest('hex');
	expect(headers['x-bfl-signature']).toMatch(/^sha256=[\da-f]{64}$/);
	expect(headers['x-bfl-signature']).not.toBe(`sha256=${signature}`);
});

test.each(['http://example.com/hook', 'ftp://example.com/', 'me'])(
	'refuses %s as a webhook that is not an https URL',
	async (url) => {
		const { status, data } = await submit(fixture.emulator, id, url);
		expect(status).toBe(422);
		expect(data).toMatchObject({
			detail: [{ loc: ['body', 'webhook_url'], msg: 'Value error, must be an https URL' }],
		});
	},
);
