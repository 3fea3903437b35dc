import { http, like, listenForCalls, useEmulator } from '../support';
import { calls, jsonOf, keyOf, reported } from './support';

const held = useEmulator();
const id = 'aiGenerate';
const inject = (kind: 'fail' | 'moderate', times = 1) => held.emulator.inject({ stage: 'job', kind, times });

/** What is told of a task of a slug. */
async function reportedTask() {
	const hook = await listenForCalls();
	const url = `${held.emulator.providers[id].baseUrl}/api/v1/jobs/createTask`;
	const body = { model: 'flux-2-pro', input: { prompt: 'a fox' }, callBackUrl: hook.url };
	const { data } = await http.post(url, body, keyOf(held.emulator, id));
	const [call] = await calls(hook, 1);
	await hook.close();
	const { taskId } = (data as unknown as { data: { taskId: string } }).data;
	const told = jsonOf(call);
	return { told, record: told['data'] as { resultJson: string }, taskId, body };
}

test('a finished Kontext task is told with its image', async () => {
	const url = like.containing(held.emulator.filesOrigin);
	expect(jsonOf(await reported(held.emulator, id))).toEqual({
		code: 200,
		msg: 'BFL image generated successfully.',
		data: { taskId: held.emulator.jobs[0]?.id, info: { originImageUrl: url, resultImageUrl: url } },
	});
});

const none = { originImageUrl: '', resultImageUrl: '' };

test('a moderated Kontext task is told with the code 400', async () => {
	inject('moderate');
	expect(jsonOf(await reported(held.emulator, id))).toEqual({
		code: 400,
		msg: 'Your prompt was flagged by Website as violating content policies.',
		data: { taskId: held.emulator.jobs[0]?.id, info: none },
	});
});

test('a failed Kontext task is told with either code', async () => {
	inject('fail', 2);
	const told = [jsonOf(await reported(held.emulator, id)), jsonOf(await reported(held.emulator, id))];
	expect(told.map((each) => each['code']).sort()).toEqual([500, 501]);
	for (const each of told) expect(each).toMatchObject({ msg: like.text, data: { info: none } });
});

test('a finished task of a slug is told as its record, with the time in seconds', async () => {
	Object.assign(held.emulator.timing, { queueMs: 0, runMs: 1_600 });
	const { told, record, taskId, body } = await reportedTask();
	expect(told).toMatchObject({
		code: 200,
		msg: 'Playground task completed successfully.',
		data: { taskId, state: 'success', model: 'flux-2-pro', costTime: 2 },
	});
	expect(record).toMatchObject({ param: JSON.stringify(body), failCode: '', failMsg: '' });
	expect(JSON.parse(record.resultJson)).toEqual({
		resultUrls: [like.containing(held.emulator.filesOrigin)],
	});
});

test.each([
	['fail', 501, '500'],
	['moderate', 400, '400'],
] as const)('a task of a slug that ends with the fault %s is told', async (kind, code, failCode) => {
	inject(kind);
	const { told, taskId } = await reportedTask();
	expect(told).toMatchObject({
		code,
		msg: 'Playground task failed.',
		data: { taskId, state: 'fail', failCode, failMsg: like.text, resultJson: null },
	});
});

test('nothing is signed', async () => {
	const { headers } = await reported(held.emulator, id);
	expect(Object.keys(headers).filter((name) => /signature|webhook|authorization/.test(name))).toEqual([]);
});
