import axios from 'axios';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import type { INodeExecutionData } from 'n8n-workflow';

import type { Emulator } from '../emulator';
import { useBench } from './bench';
import type { Execution } from './host/executions';
import type { Workflow } from './host/workflows';

const folder = join(__dirname, '..', '..', 'examples');
const names = readdirSync(folder).map((file) => file.replace('.json', ''));
const example = (name: string): Workflow => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Workflow;
const idOf = (name: string): string => example(name).id;

/** The example as it is, but for what a user fills in; and the chat, which is used in the editor, takes calls. */
function filledIn(name: string): Workflow {
	const workflow = example(name);
	for (const node of workflow.nodes) {
		const { options } = node.parameters as { options?: { callbackUrl?: string } };
		if (options?.callbackUrl) options.callbackUrl = "={{ $('Webhook').item.json.body.callbackUrl }}";
		if (node.type.endsWith('.chatTrigger')) Object.assign(node.parameters, { public: true });
		if (node.name === 'OpenAI Chat Model') node.credentials = { openAiApi: { id: 'stubModel0000001', name: 'Stub model' } };
	}
	return workflow;
}

interface Asked {
	messages: Array<{ role: string; content: unknown }>;
}

/** A chat model that calls the tool once and then answers with what the tool said. */
class StubModel {
	readonly asked: Asked[] = [];
	#server!: Server;

	async start(): Promise<string> {
		this.#server = createServer((request, response) => {
			const parts: Buffer[] = [];
			request.on('data', (part: Buffer) => parts.push(part));
			request.on('end', () => {
				const asked = JSON.parse(Buffer.concat(parts).toString()) as Asked & { tools?: Array<{ function: { name: string } }> };
				this.asked.push(asked);
				const said = asked.messages.filter(({ role }) => role === 'tool').at(-1);
				const call = { id: 'call_1', type: 'function', function: { name: asked.tools?.[0]?.function.name, arguments: JSON.stringify({ prompt: 'a lighthouse', aspectRatio: '16:9' }) } };
				const message = said ? { role: 'assistant', content: `Here it is: ${JSON.stringify(said.content)}` } : { role: 'assistant', content: null, tool_calls: [call] };
				const choice = { index: 0, message, finish_reason: said ? 'stop' : 'tool_calls' };
				response.writeHead(200, { 'content-type': 'application/json' });
				response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'stub', choices: [choice], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
			});
		});
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}
}

const model = new StubModel();

function blackForestLabs({ providers }: Emulator) {
	return { id: 'fluxKontextBfl0001', name: 'Black Forest Labs account', type: 'fluxKontextBlackForestLabsApi', data: { ...providers.blackForestLabs } };
}

const bench = useBench([], async (emulator) => {
	const openAi = { id: 'stubModel0000001', name: 'Stub model', type: 'openAiApi', data: { apiKey: 'sk-stub', url: await model.start() } };
	return { credentials: [blackForestLabs(emulator), openAi], workflows: names.map(filledIn) };
});
afterAll(() => model.close());

const outputOf = (execution: Execution, node: string): INodeExecutionData[] => execution.data.resultData.runData[node]?.at(-1)?.data?.['main']?.flatMap((items) => items ?? []) ?? [];

async function expectPicture(bytes: Buffer): Promise<void> {
	expect((await sharp(bytes).metadata()).width).toBeGreaterThan(0);
}

async function expectPictures(execution: Execution, node: string, count: number): Promise<void> {
	const items = outputOf(execution, node);
	expect(items).toHaveLength(count);
	for (const { binary } of items) await expectPicture(await bench.n8n.binary(binary?.['data']?.id ?? ''));
}

it('makes, edits and answers with a picture: pipeline', async () => {
	const answer = await bench.n8n.webhook<Buffer>('flux-kontext-pipeline', { prompt: 'a lighthouse', change: 'make it a stormy night' });
	await expectPicture(answer.data);
	expect(bench.emulator.jobs.map(({ operation, prompt }) => [operation, prompt])).toEqual([['generate', 'a lighthouse'], ['edit', 'make it a stormy night']]);
});

it('sleeps until all pictures are done: suspend-and-recover', async () => {
	bench.emulator.timing.runMs = 2_000;
	await bench.n8n.webhook('flux-kontext-suspend', { prompts: ['a fox', 'a lighthouse'] });
	const execution = await bench.n8n.execution(idOf('suspend-and-recover'), { status: ['success', 'error'] });
	await expectPictures(execution, 'Images', 2);
	expect(outputOf(execution, 'Wait for the Late Ones')).toEqual([]);
	expect(bench.emulator.jobs).toHaveLength(2);
});

it('starts a workflow for each picture of many: fan-out-submit and fan-out-receive', async () => {
	bench.emulator.timing.runMs = 300;
	const trigger = example('fan-out-receive').nodes.find(({ type }) => type.endsWith('fluxKontextTrigger'));
	const callbackUrl = `${bench.n8n.url}/webhook/${trigger?.webhookId ?? ''}/flux-kontext`;
	const prompts = Array.from({ length: 50 }, (_, index) => `fox ${index}`);
	const answer = await bench.n8n.webhook<Array<{ job: { id: string; status: string } }>>('flux-kontext-fan-out', { prompts, callbackUrl });
	expect(answer.data.map(({ job }) => job.status)).toEqual(prompts.map(() => 'pending'));
	const filter = encodeURIComponent(JSON.stringify({ workflowId: idOf('fan-out-receive'), status: ['success'] }));
	const started = async () => (await bench.n8n.rest<{ count: number }>('GET', `/executions?limit=1&filter=${filter}`)).count;
	while ((await started()) < 50) await new Promise((resolve) => setTimeout(resolve, 250));
	expect(await started()).toBe(50);
	expect(bench.emulator.jobs).toHaveLength(50);
	await expectPictures(await bench.n8n.execution(idOf('fan-out-receive')), 'Image Is Here', 1);
});

it('edits a picture that a form takes: form-edit', async () => {
	const form = new FormData();
	form.append('field-0', new Blob([new Uint8Array(bench.emulator.sampleImage.bytes)], { type: 'image/png' }), 'photo.png');
	form.append('field-1', 'make it night');
	const { status } = await axios.post(`${bench.n8n.url}/form/flux-kontext-form`, form, { validateStatus: () => true, maxRedirects: 0, proxy: false });
	expect(status).toBeLessThan(400);
	const execution = await bench.n8n.execution(idOf('form-edit'));
	await expectPictures(execution, 'Edit Image', 1);
	expect(bench.emulator.jobs.map(({ operation, prompt }) => [operation, prompt])).toEqual([['edit', 'make it night']]);
});

it('serves an AI agent as a tool, with JSON that the agent can use: agent-tool', async () => {
	const id = example('agent-tool').nodes.find(({ name }) => name === 'When Chat Message Received')?.webhookId ?? '';
	await bench.n8n.webhook(`${id}/chat`, { action: 'sendMessage', sessionId: 'one', chatInput: 'Draw me a lighthouse' });
	const execution = await bench.n8n.execution(idOf('agent-tool'));
	expect(bench.emulator.jobs.map(({ prompt }) => prompt)).toEqual(['a lighthouse']);
	const said = model.asked.at(-1)?.messages.filter(({ role }) => role === 'tool').at(-1);
	expect(JSON.stringify(said?.content)).toContain(bench.emulator.jobs[0]?.id);
	expect(execution.status).toBe('success');
});
