import axios from 'axios';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { INodeExecutionData } from 'n8n-workflow';

import type { Emulator } from '../../tools/emulator';
import { startScriptedServer, text, type ScriptedServer } from '../support/scriptedServer';
import { useN8nFixture } from './n8nFixture';
import { chatModel, saidByTools } from './chatModel';
import type { Execution } from '../../tools/n8n-host/executions';
import type { Workflow } from '../../tools/n8n-host/workflows';

const folder = join(__dirname, '..', '..', 'examples');
const names = readdirSync(folder).map((file) => file.replace('.json', ''));
const example = (name: string): Workflow =>
	JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Workflow;
const idOf = (name: string): string => example(name).id;

/** The example as it is, but for what a user fills in; and the chat, which is used in the editor, takes calls. */
function filledIn(name: string): Workflow {
	const workflow = example(name);
	for (const node of workflow.nodes) {
		const { options } = node.parameters as { options?: { callbackUrl?: string } };
		if (options?.callbackUrl) options.callbackUrl = "={{ $('Webhook').item.json.body.callbackUrl }}";
		if (node.type.endsWith('.chatTrigger')) Object.assign(node.parameters, { public: true });
		if (node.name === 'OpenAI Chat Model')
			node.credentials = { openAiApi: { id: 'stubModel0000001', name: 'Stub model' } };
	}
	return workflow;
}

function blackForestLabs({ providers }: Emulator) {
	return {
		id: 'fluxKontextBfl0001',
		name: 'Black Forest Labs account',
		type: 'fluxKontextBlackForestLabsApi',
		data: { ...providers.blackForestLabs },
	};
}

/** A chat model, and a store that takes what is put there. */
let others: ScriptedServer;

const fixture = useN8nFixture([], async (emulator) => {
	others = await startScriptedServer({ now: Date.now, stuck: () => undefined });
	others.on('POST', /\/chat\/completions$/, chatModel({ prompt: 'a lighthouse', aspectRatio: '16:9' }));
	others.on('PUT', /^\/bucket\//, text(200, ''));
	const openAi = {
		id: 'stubModel0000001',
		name: 'Stub model',
		type: 'openAiApi',
		data: { apiKey: 'sk-stub', url: `${others.origin}/v1` },
	};
	return { credentials: [blackForestLabs(emulator), openAi], workflows: names.map(filledIn) };
});
afterAll(async () => await others.close());

const outputOf = (execution: Execution, node: string): INodeExecutionData[] =>
	execution.data.resultData.runData[node]?.at(-1)?.data?.['main']?.flatMap((items) => items ?? []) ?? [];

async function expectPicture(bytes: Buffer): Promise<void> {
	expect((await sharp(bytes).metadata()).width).toBeGreaterThan(0);
}

async function expectPictures(execution: Execution, node: string, count: number): Promise<void> {
	const items = outputOf(execution, node);
	expect(items).toHaveLength(count);
	for (const { binary } of items) await expectPicture(await fixture.n8n.binary(binary?.['data']?.id ?? ''));
}

type Text = [name: string, value: string];
/** What a form or curl's -F sends: files of one picture each, and texts. */
function upload(files: readonly string[], texts: readonly Text[]): FormData {
	const form = new FormData();
	const picture = new Blob([new Uint8Array(fixture.emulator.sampleImage.bytes)], { type: 'image/png' });
	for (const name of files) form.append(name, picture, `${name}.png`);
	for (const [name, value] of texts) form.append(name, value);
	return form;
}

const made = () => fixture.emulator.jobs.map(({ operation, prompt }) => [operation, prompt]);

it('makes a picture: generate-image', async () => {
	const answer = await fixture.n8n.webhook<Buffer>('flux-kontext-generate', { prompt: 'a lighthouse' });
	await expectPicture(answer.data);
	expect(made()).toEqual([['generate', 'a lighthouse']]);
});

it('changes a picture: edit-image', async () => {
	const answer = await fixture.n8n.webhook<Buffer>(
		'flux-kontext-edit',
		upload(['data'], [['prompt', 'make it a stormy night']]),
	);
	await expectPicture(answer.data);
	expect(made()).toEqual([['edit', 'make it a stormy night']]);
});

it('makes, edits and answers with a picture: pipeline', async () => {
	const answer = await fixture.n8n.webhook<Buffer>('flux-kontext-pipeline', {
		prompt: 'a lighthouse',
		change: 'make it a stormy night',
	});
	await expectPicture(answer.data);
	expect(made()).toEqual([
		['generate', 'a lighthouse'],
		['edit', 'make it a stormy night'],
	]);
});

it('sleeps until all pictures are done: suspend-and-recover', async () => {
	fixture.emulator.timing.runMs = 2_000;
	await fixture.n8n.webhook('flux-kontext-suspend', { prompts: ['a fox', 'a lighthouse'] });
	const execution = await fixture.n8n.execution(idOf('suspend-and-recover'), {
		status: ['success', 'error'],
	});
	await expectPictures(execution, 'Images', 2);
	expect(outputOf(execution, 'Wait for the Late Ones')).toEqual([]);
	expect(fixture.emulator.jobs).toHaveLength(2);
});

/** How many executions of an example have succeeded. */
async function successes(name: string): Promise<number> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: idOf(name), status: ['success'] }));
	return (await fixture.n8n.rest<{ count: number }>('GET', `/executions?limit=1&filter=${filter}`)).count;
}

it('starts a workflow for each picture of many: fan-out-submit and fan-out-receive', async () => {
	fixture.emulator.timing.runMs = 300;
	const trigger = example('fan-out-receive').nodes.find(({ type }) => type.endsWith('fluxKontextTrigger'));
	const callbackUrl = `${fixture.n8n.url}/webhook/${trigger?.webhookId ?? ''}/flux-kontext`;
	const prompts = Array.from({ length: 50 }, (_, index) => `fox ${index}`);
	const answer = await fixture.n8n.webhook<Array<{ job: { id: string; status: string } }>>(
		'flux-kontext-fan-out',
		{ prompts, callbackUrl },
	);
	expect(answer.data.map(({ job }) => job.status)).toEqual(prompts.map(() => 'pending'));
	while ((await successes('fan-out-receive')) < 50)
		await new Promise((resolve) => setTimeout(resolve, 250));
	expect(await successes('fan-out-receive')).toBe(50);
	expect(fixture.emulator.jobs).toHaveLength(50);
	await expectPictures(await fixture.n8n.execution(idOf('fan-out-receive')), 'Image Is Here', 1);
});

it('edits a picture that a form takes, and shows it: form-edit', async () => {
	const form = upload(['field-0'], [['field-1', 'make it night']]);
	const { data } = await axios.post<{ formWaitingUrl: string }>(
		`${fixture.n8n.url}/form/flux-kontext-form`,
		form,
		{ maxRedirects: 0, proxy: false },
	);
	await expectPictures(await fixture.n8n.execution(idOf('form-edit')), 'Edit Image', 1);
	expect(made()).toEqual([['edit', 'make it night']]);
	const page = await axios.get<string>(data.formWaitingUrl, { proxy: false });
	expect(page.data).toContain('Here is your picture');
	// As the page itself does when it has been shown.
	await axios.post(data.formWaitingUrl, {}, { proxy: false });
	await fixture.n8n.execution(idOf('form-edit'), { status: ['success'] });
});

it('serves an AI agent as a tool, with JSON that leads to the stored image: agent-tool', async () => {
	const id =
		example('agent-tool').nodes.find(({ name }) => name === 'When Chat Message Received')?.webhookId ??
		'';
	await fixture.n8n.webhook(`${id}/chat`, {
		action: 'sendMessage',
		sessionId: 'one',
		chatInput: 'Draw me a lighthouse',
	});
	const execution = await fixture.n8n.execution(idOf('agent-tool'));
	expect(made()).toEqual([['generate', 'a lighthouse']]);
	expect(execution.status).toBe('success');
	const [job] = fixture.emulator.jobs;
	const said = saidByTools(others.seen('POST').at(-1)?.body ?? '');
	expect(said).toContain(job?.id);
	// For whoever has the link: an agent hands it on.
	const [link = ''] = /http[^"\\]*\/binary-data\/signed\?token=[\w.-]+/.exec(said) ?? [];
	const { data } = await axios.get<ArrayBuffer>(link, { responseType: 'arraybuffer', proxy: false });
	expect(await sharp(Buffer.from(data)).metadata()).toMatchObject({
		width: job?.width,
		height: job?.height,
	});
});

it('makes a set of shop pictures from one snapshot: product-photos', async () => {
	const answer = await fixture.n8n.webhook<
		Array<{ image: { fileName: string; width: number; height: number } }>
	>('flux-kontext-product', upload(['data'], [['product', 'mug']]));
	expect(answer.data.map(({ image }) => image.fileName)).toEqual([
		'mug-shop.png',
		'mug-story.png',
		'mug-banner.png',
	]);
	expect(
		answer.data.map(({ image: { width, height } }) => Math.sign(Math.round((width / height - 1) * 10))),
	).toEqual([0, -1, 1]);
	await expectPictures(await fixture.n8n.execution(idOf('product-photos')), 'Photograph', 3);
	expect(made().map(([operation]) => operation)).toEqual(['edit', 'edit', 'edit', 'edit']);
});

/** Imports a CSV file as a data table, as the editor does it. */
async function importTable(name: string, csv: string): Promise<() => Promise<Array<Record<string, string>>>> {
	const { rest } = fixture.n8n;
	const form = new FormData();
	form.append('file', new Blob([csv], { type: 'text/csv' }), 'prompts.csv');
	const { id: fileId, columns } = await rest<{ id: string; columns: Array<{ name: string }> }>(
		'POST',
		'/data-tables/uploads',
		form,
	);
	const { id: project } = await rest<{ id: string }>('GET', '/projects/personal');
	const tables = `/projects/${project}/data-tables`;
	const asText = columns.map((column) => ({
		name: column.name,
		type: 'string',
		csvColumnName: column.name,
	}));
	const { id } = await rest<{ id: string }>('POST', tables, {
		name,
		fileId,
		hasHeaders: true,
		columns: asText,
	});
	return async () =>
		(await rest<{ data: Array<Record<string, string>> }>('GET', `${tables}/${id}/rows`)).data;
}

it('makes a picture of each row, and notes what became of it: batch-from-sheet', async () => {
	const rows = await importTable(
		'Flux Kontext prompts',
		'name,prompt,ratio,file,problem\nfox,A red fox,16:9,,\nbroken,A hare,1:1:1,,\nharbour,"A harbour, at dawn",,,\nold,Done before,,old.png,\n',
	);
	const run = async (number: number) => {
		await fixture.n8n.webhook('flux-kontext-sheet');
		return await fixture.n8n.executions(idOf('batch-from-sheet'), number, {
			status: ['success', 'error'],
		});
	};
	await expectPictures((await run(1))[0] as Execution, 'Store the Image Here', 2);
	const problem = `invalidRequest: 'Aspect Ratio' must be two numbers such as 16:9, but is "1:1:1" [Item 1]`;
	expect(await rows()).toMatchObject([
		{ name: 'fox', file: 'fox.png', problem: '' },
		{ name: 'broken', file: null, problem },
		{ name: 'harbour', file: 'harbour.png', problem: '' },
		{ name: 'old', file: 'old.png' },
	]);
	await run(2);
	expect(made()).toEqual([
		['generate', 'A red fox'],
		['generate', 'A harbour, at dawn'],
	]);
});

it('draws every scene from the same two references: consistent-character', async () => {
	const scenes: Text[] = [
		['scene', 'at a bus stop'],
		['scene', 'in a café'],
	];
	const answer = await fixture.n8n.webhook<Array<{ seed: number }>>(
		'flux-kontext-character',
		upload(['person', 'outfit'], scenes),
	);
	expect(answer.data.map(({ seed }) => seed)).toEqual([7, 7]);
	await expectPictures(await fixture.n8n.execution(idOf('consistent-character')), 'Draw Scenes', 2);
	const picture = fixture.emulator.sampleImage.bytes.toString('base64');
	for (const { body } of fixture.emulator.jobs)
		expect(body).toMatchObject({ input_image: picture, input_image_2: picture });
});

it('keeps every step of a chain of edits in one file: edit-chain', async () => {
	const answer = await fixture.n8n.webhook<Buffer>(
		'flux-kontext-chain',
		upload(
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
	expect(made()).toEqual([
		['edit', 'paint it green'],
		['edit', 'make it evening'],
	]);
});

it('puts the picture where it stays: save-before-expiry', async () => {
	const { data } = await fixture.n8n.webhook('flux-kontext-save', {
		prompt: 'a lighthouse',
		uploadUrl: `${others.origin}/bucket/lighthouse.png?signature=abc`,
	});
	const [put] = others.seen('PUT');
	const stored = Buffer.from(put?.body ?? '', 'latin1');
	await expectPicture(stored);
	expect(put).toMatchObject({
		path: '/bucket/lighthouse.png?signature=abc',
		headers: { 'content-type': 'image/png' },
	});
	const [job] = fixture.emulator.jobs;
	expect(data).toEqual({
		url: `${others.origin}/bucket/lighthouse.png`,
		fileName: `flux-kontext-${job?.id ?? ''}.png`,
		fileSize: stored.length,
		job: job?.id,
	});
});

it('has run every example to its end', async () => {
	const counts = await Promise.all(names.map(async (name) => [name, await successes(name)] as const));
	expect(counts.filter(([, count]) => count === 0)).toEqual([]);
});
