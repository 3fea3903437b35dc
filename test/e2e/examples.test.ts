import axios from 'axios';
import sharp from 'sharp';

import type { Execution } from '../../tools/n8n-host/executions';
import { startScriptedServer, text, type ScriptedServer } from '../support/scriptedServer';
import { chatModel, toolOutput } from './chatModel';
import {
	completedExample,
	countSuccesses,
	example,
	exampleCredential,
	exampleId,
	exampleNames,
	expectImage,
	expectImages,
	importTable,
	itemsOfNode,
	MODEL_CREDENTIAL,
	uploadForm,
	type TextField,
} from './exampleWorkflows';
import { useN8nFixture } from './n8nFixture';
import { waitUntil } from './waitUntil';

/** Serves a chat model, and a store that accepts uploads. */
let server: ScriptedServer;

const fixture = useN8nFixture([], async (emulator) => {
	server = await startScriptedServer({ now: Date.now, stuck: () => undefined });
	server.on('POST', /\/chat\/completions$/, chatModel({ prompt: 'a lighthouse', aspectRatio: '16:9' }));
	server.on('PUT', /^\/bucket\//, text(200, ''));
	const openAi = {
		...MODEL_CREDENTIAL,
		type: 'openAiApi',
		data: { apiKey: 'sk-stub', url: `${server.origin}/v1` },
	};
	return {
		credentials: [exampleCredential(emulator), openAi],
		workflows: exampleNames.map(completedExample),
	};
});
afterAll(async () => await server.close());

const submittedJobs = () => fixture.emulator.jobs.map(({ operation, prompt }) => [operation, prompt]);

it('generate-image answers with an image', async () => {
	const answer = await fixture.n8n.webhook<Buffer>('flux-kontext-generate', { prompt: 'a lighthouse' });
	await expectImage(answer.data);
	expect(submittedJobs()).toEqual([['generate', 'a lighthouse']]);
});

it('edit-image answers with the edited image', async () => {
	const answer = await fixture.n8n.webhook<Buffer>(
		'flux-kontext-edit',
		uploadForm(fixture, ['data'], [['prompt', 'make it a stormy night']]),
	);
	await expectImage(answer.data);
	expect(submittedJobs()).toEqual([['edit', 'make it a stormy night']]);
});

it('pipeline generates an image, edits it and answers with it', async () => {
	const answer = await fixture.n8n.webhook<Buffer>('flux-kontext-pipeline', {
		prompt: 'a lighthouse',
		change: 'make it a stormy night',
	});
	await expectImage(answer.data);
	expect(submittedJobs()).toEqual([
		['generate', 'a lighthouse'],
		['edit', 'make it a stormy night'],
	]);
});

it('suspend-and-recover suspends until all images are finished', async () => {
	fixture.emulator.timing.runMs = 2_000;
	await fixture.n8n.webhook('flux-kontext-suspend', { prompts: ['a fox', 'a lighthouse'] });
	const execution = await fixture.n8n.execution(exampleId('suspend-and-recover'), {
		status: ['success', 'error'],
	});
	await expectImages(fixture, execution, 'Images', 2);
	expect(itemsOfNode(execution, 'Wait for the Late Ones')).toEqual([]);
	expect(fixture.emulator.jobs).toHaveLength(2);
});

it('fan-out-submit and fan-out-receive start one execution for each of many images', async () => {
	fixture.emulator.timing.runMs = 300;
	const trigger = example('fan-out-receive').nodes.find(({ type }) => type.endsWith('fluxKontextTrigger'));
	const callbackUrl = `${fixture.n8n.url}/webhook/${trigger?.webhookId ?? ''}/flux-kontext`;
	const prompts = Array.from({ length: 50 }, (_, index) => `fox ${index}`);
	const answer = await fixture.n8n.webhook<Array<{ job: { id: string; status: string } }>>(
		'flux-kontext-fan-out',
		{ prompts, callbackUrl },
	);
	expect(answer.data.map(({ job }) => job.status)).toEqual(prompts.map(() => 'pending'));
	const successes = async () => await countSuccesses(fixture, 'fan-out-receive');
	await waitUntil('all executions have succeeded', async () => (await successes()) >= 50, 100_000);
	expect(await successes()).toBe(50);
	expect(fixture.emulator.jobs).toHaveLength(50);
	await expectImages(
		fixture,
		await fixture.n8n.execution(exampleId('fan-out-receive')),
		'Image Is Here',
		1,
	);
});

it('form-edit edits the image of a form and shows it', async () => {
	const form = uploadForm(fixture, ['field-0'], [['field-1', 'make it night']]);
	const { data } = await axios.post<{ formWaitingUrl: string }>(
		`${fixture.n8n.url}/form/flux-kontext-form`,
		form,
		{ maxRedirects: 0, proxy: false },
	);
	await expectImages(fixture, await fixture.n8n.execution(exampleId('form-edit')), 'Edit Image', 1);
	expect(submittedJobs()).toEqual([['edit', 'make it night']]);
	const page = await axios.get<string>(data.formWaitingUrl, { proxy: false });
	expect(page.data).toContain('Here is your picture');
	// The page itself sends this request once it has been shown.
	await axios.post(data.formWaitingUrl, {}, { proxy: false });
	await fixture.n8n.execution(exampleId('form-edit'), { status: ['success'] });
});

it('agent-tool serves an AI agent as a tool with JSON that links to the stored image', async () => {
	const id =
		example('agent-tool').nodes.find(({ name }) => name === 'When Chat Message Received')?.webhookId ??
		'';
	await fixture.n8n.webhook(`${id}/chat`, {
		action: 'sendMessage',
		sessionId: 'one',
		chatInput: 'Draw me a lighthouse',
	});
	const execution = await fixture.n8n.execution(exampleId('agent-tool'));
	expect(submittedJobs()).toEqual([['generate', 'a lighthouse']]);
	expect(execution.status).toBe('success');
	const [job] = fixture.emulator.jobs;
	const output = toolOutput(server.requestsTo('POST').at(-1)?.body ?? '');
	expect(output).toContain(job?.id);
	// Without a session: an agent passes the link on.
	const [link = ''] = /http[^"\\]*\/binary-data\/signed\?token=[\w.-]+/.exec(output) ?? [];
	const { data } = await axios.get<ArrayBuffer>(link, { responseType: 'arraybuffer', proxy: false });
	expect(await sharp(Buffer.from(data)).metadata()).toMatchObject({
		width: job?.width,
		height: job?.height,
	});
});

it('product-photos makes a set of shop images from one photo', async () => {
	const answer = await fixture.n8n.webhook<
		Array<{ image: { fileName: string; width: number; height: number } }>
	>('flux-kontext-product', uploadForm(fixture, ['data'], [['product', 'mug']]));
	expect(answer.data.map(({ image }) => image.fileName)).toEqual([
		'mug-shop.png',
		'mug-story.png',
		'mug-banner.png',
	]);
	expect(
		answer.data.map(({ image: { width, height } }) => Math.sign(Math.round((width / height - 1) * 10))),
	).toEqual([0, -1, 1]);
	await expectImages(fixture, await fixture.n8n.execution(exampleId('product-photos')), 'Photograph', 3);
	expect(submittedJobs().map(([operation]) => operation)).toEqual(['edit', 'edit', 'edit', 'edit']);
});

it('batch-from-sheet generates an image for each row and records the outcome', async () => {
	const rows = await importTable(
		fixture,
		'Flux Kontext prompts',
		'name,prompt,ratio,file,problem\nfox,A red fox,16:9,,\nbroken,A hare,1:1:1,,\n' +
			'harbour,"A harbour, at dawn",,,\nold,Done before,,old.png,\n',
	);
	const run = async (number: number) => {
		await fixture.n8n.webhook('flux-kontext-sheet');
		return await fixture.n8n.executions(exampleId('batch-from-sheet'), number, {
			status: ['success', 'error'],
		});
	};
	await expectImages(fixture, (await run(1))[0] as Execution, 'Store the Image Here', 2);
	const problem =
		`invalidRequest: 'Aspect Ratio' must be two numbers such as 16:9, ` + `but is "1:1:1" [Item 1]`;
	expect(await rows()).toMatchObject([
		{ name: 'fox', file: 'fox.png', problem: '' },
		{ name: 'broken', file: null, problem },
		{ name: 'harbour', file: 'harbour.png', problem: '' },
		{ name: 'old', file: 'old.png' },
	]);
	await run(2);
	// Items run side by side, so that their submits may arrive in either order.
	expect(submittedJobs().sort()).toEqual([
		['generate', 'A harbour, at dawn'],
		['generate', 'A red fox'],
	]);
});

it('consistent-character draws every scene from the same two reference images', async () => {
	const scenes: TextField[] = [
		['scene', 'at a bus stop'],
		['scene', 'in a café'],
	];
	const answer = await fixture.n8n.webhook<Array<{ seed: number }>>(
		'flux-kontext-character',
		uploadForm(fixture, ['person', 'outfit'], scenes),
	);
	expect(answer.data.map(({ seed }) => seed)).toEqual([7, 7]);
	await expectImages(
		fixture,
		await fixture.n8n.execution(exampleId('consistent-character')),
		'Draw Scenes',
		2,
	);
	const picture = fixture.emulator.sampleImage.bytes.toString('base64');
	for (const { body } of fixture.emulator.jobs)
		expect(body).toMatchObject({ input_image: picture, input_image_2: picture });
});

it('edit-chain answers with every step of a chain of edits in one file', async () => {
	const answer = await fixture.n8n.webhook<Buffer>(
		'flux-kontext-chain',
		uploadForm(
			fixture,
			['before'],
			[
				['first', 'paint it green'],
				['second', 'make it evening'],
			],
		),
	);
	expect(answer.headers['content-type']).toBe('application/zip');
	for (const file of ['before.png', '2-between.png', '3-after.png'])
		expect(answer.data.includes(file)).toBe(true);
	expect(submittedJobs()).toEqual([
		['edit', 'paint it green'],
		['edit', 'make it evening'],
	]);
});

it('save-before-expiry uploads the image before its link expires', async () => {
	const { data } = await fixture.n8n.webhook('flux-kontext-save', {
		prompt: 'a lighthouse',
		uploadUrl: `${server.origin}/bucket/lighthouse.png?signature=abc`,
	});
	const [put] = server.requestsTo('PUT');
	const stored = Buffer.from(put?.body ?? '', 'latin1');
	await expectImage(stored);
	expect(put).toMatchObject({
		path: '/bucket/lighthouse.png?signature=abc',
		headers: { 'content-type': 'image/png' },
	});
	const [job] = fixture.emulator.jobs;
	expect(data).toEqual({
		url: `${server.origin}/bucket/lighthouse.png`,
		fileName: `flux-kontext-${job?.id ?? ''}.png`,
		fileSize: stored.length,
		job: job?.id,
	});
});

it('every example has succeeded at least once', async () => {
	const counts = await Promise.all(
		exampleNames.map(async (name) => [name, await countSuccesses(fixture, name)] as const),
	);
	expect(counts.filter(([, count]) => count === 0)).toEqual([]);
});
