import { createHmac } from 'node:crypto';
import { http, like, listenForCalls, useEmulator } from '../support';
import { calls, jsonOf, keyOf, reported, submit } from './support';

const held = useEmulator();
const id = 'blackForestLabs';
const inject = (kind: 'fail' | 'moderate') => held.emulator.inject({ stage: 'job', kind });

test('the answer to a submit with a callback has no polling URL; the job can be asked for all the same', async () => {
	const hook = await listenForCalls();
	const { status, data } = await submit(held.emulator, id, hook.url);
	expect(status).toBe(200);
	expect(data).toEqual({
		id: like.text,
		status: 'Pending',
		webhook_url: hook.url,
		cost: 4,
		input_mp: null,
		output_mp: 1.05,
	});
	await calls(hook, 1);
	await hook.close();
	const asked = await http.get(
		`${held.emulator.providers[id].baseUrl}/v1/get_result?id=${data.id}`,
		keyOf(held.emulator, id),
	);
	expect(asked.data.status).toBe('Ready');
});

test('a finished job is told with its image', async () => {
	const call = await reported(held.emulator, id, { seed: 1 });
	expect(jsonOf(call)).toEqual({
		id: held.emulator.jobs[0]?.id,
		status: 'Ready',
		result: { sample: like.containing(held.emulator.filesOrigin), prompt: 'a fox', seed: 1 },
		timestamp: like.matching(/^\d{4}-\d\d-\d\dT/),
	});
});

test('a failed job is told', async () => {
	inject('fail');
	const told = { status: 'Error', error: 'generation_failed', message: 'The model failed on this request' };
	expect(jsonOf(await reported(held.emulator, id))).toEqual({
		id: held.emulator.jobs[0]?.id,
		...told,
		timestamp: like.text,
	});
});

test('a moderated job is told with another word than its status has', async () => {
	inject('moderate');
	const told = {
		status: 'Error',
		error: 'content_policy_violation',
		message: 'The prompt violated content policy',
	};
	expect(jsonOf(await reported(held.emulator, id))).toEqual({
		id: held.emulator.jobs[0]?.id,
		...told,
		timestamp: like.text,
	});
});

test('the call is signed with the secret that came with the submit', async () => {
	const { headers, raw } = await reported(held.emulator, id, { webhook_secret: 'mine' });
	const signatureOf = (text: string) => `sha256=${createHmac('sha256', 'mine').update(text).digest('hex')}`;
	expect(headers['x-bfl-signature']).toBe(signatureOf(raw));
	// Who signs what was parsed and written again has other bytes.
	expect(headers['x-bfl-signature']).not.toBe(signatureOf(JSON.stringify(JSON.parse(raw))));
});

test('without a secret it is not signed', async () => {
	const { headers } = await reported(held.emulator, id, { webhook_secret: undefined });
	expect(headers).not.toHaveProperty('x-bfl-signature');
});

test('a forged call has a wrong signature', async () => {
	held.emulator.inject({ stage: 'callback', kind: 'forged' });
	const { headers, raw } = await reported(held.emulator, id);
	const signature = createHmac('sha256', 's3cret').update(raw).digest('hex');
	expect(headers['x-bfl-signature']).toMatch(/^sha256=[\da-f]{64}$/);
	expect(headers['x-bfl-signature']).not.toBe(`sha256=${signature}`);
});

test.each(['http://example.com/hook', 'ftp://example.com/', 'me'])(
	'%s is refused: only https is called',
	async (url) => {
		const { status, data } = await submit(held.emulator, id, url);
		expect(status).toBe(422);
		expect(data).toMatchObject({
			detail: [{ loc: ['body', 'webhook_url'], msg: 'Value error, must be an https URL' }],
		});
	},
);
