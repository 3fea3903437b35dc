import { http, like, startWebhookReceiver, useEmulator } from '../support';
import { authHeaders, jsonOf, receiveWebhook, waitForDeliveries } from './support';

const fixture = useEmulator();
const id = 'aiGenerate';
const inject = (kind: 'fail' | 'moderate', times = 1) =>
	fixture.emulator.inject({ stage: 'job', kind, times });

/** Submits a task of a slug and resolves with the message about it. */
async function receiveTaskWebhook() {
	const receiver = await startWebhookReceiver();
	const url = `${fixture.emulator.providers[id].baseUrl}/api/v1/jobs/createTask`;
	const body = { model: 'flux-2-pro', input: { prompt: 'a fox' }, callBackUrl: receiver.url };
	const { data } = await http.post(url, body, authHeaders(fixture.emulator, id));
	const [delivery] = await waitForDeliveries(receiver, 1);
	await receiver.close();
	const { taskId } = (data as unknown as { data: { taskId: string } }).data;
	const message = jsonOf(delivery);
	return { message, record: message['data'] as { resultJson: string }, taskId, body };
}

test('reports a finished Kontext task with its image', async () => {
	const url = like.containing(fixture.emulator.filesOrigin);
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toEqual({
		code: 200,
		msg: 'BFL image generated successfully.',
		data: { taskId: fixture.emulator.jobs[0]?.id, info: { originImageUrl: url, resultImageUrl: url } },
	});
});

const none = { originImageUrl: '', resultImageUrl: '' };

test('reports a moderated Kontext task with the code 400', async () => {
	inject('moderate');
	expect(jsonOf(await receiveWebhook(fixture.emulator, id))).toEqual({
		code: 400,
		msg: 'Your prompt was flagged by Website as violating content policies.',
		data: { taskId: fixture.emulator.jobs[0]?.id, info: none },
	});
});

test('reports a failed Kontext task with one of two codes', async () => {
	inject('fail', 2);
	const messages = [
		jsonOf(await receiveWebhook(fixture.emulator, id)),
		jsonOf(await receiveWebhook(fixture.emulator, id)),
	];
	expect(messages.map((entry) => entry['code']).sort()).toEqual([500, 501]);
	for (const entry of messages) expect(entry).toMatchObject({ msg: like.text, data: { info: none } });
});

test('reports a finished task of a slug as its record, with the time in seconds', async () => {
	Object.assign(fixture.emulator.timing, { queueMs: 0, runMs: 1_600 });
	const { message, record, taskId, body } = await receiveTaskWebhook();
	expect(message).toMatchObject({
		code: 200,
		msg: 'Playground task completed successfully.',
		data: { taskId, state: 'success', model: 'flux-2-pro', costTime: 2 },
	});
	expect(record).toMatchObject({ param: JSON.stringify(body), failCode: '', failMsg: '' });
	expect(JSON.parse(record.resultJson)).toEqual({
		resultUrls: [like.containing(fixture.emulator.filesOrigin)],
	});
});

test.each([
	['fail', 501, '500'],
	['moderate', 400, '400'],
] as const)('reports a task of a slug that ends with the fault %s', async (kind, code, failCode) => {
	inject(kind);
	const { message, taskId } = await receiveTaskWebhook();
	expect(message).toMatchObject({
		code,
		msg: 'Playground task failed.',
		data: { taskId, state: 'fail', failCode, failMsg: like.text, resultJson: null },
	});
});

test('does not sign its requests', async () => {
	const { headers } = await receiveWebhook(fixture.emulator, id);
	expect(Object.keys(headers).filter((name) => /signature|webhook|authorization/.test(name))).toEqual([]);
});
