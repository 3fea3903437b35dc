import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';

import type { Emulator } from '../../tools/emulator';
import type { Execution } from '../../tools/n8n-host/executions';
import type { CredentialFile, Workflow } from '../../tools/n8n-host/workflows';
import type { N8nFixture } from './n8nFixture';

const folder = join(__dirname, '..', '..', 'examples');

/** Names of all examples: their file names without the extension. */
export const exampleNames = readdirSync(folder).map((file) => file.replace('.json', ''));

/** Reads an example workflow. */
export const example = (name: string): Workflow =>
	JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Workflow;

/** Returns the workflow id of an example. */
export const exampleId = (name: string): string => example(name).id;

/** Name and id of the chat model's credential. */
export const MODEL_CREDENTIAL = { id: 'stubModel0000001', name: 'Stub model' };

/**
 * Completes an example with what its user fills in, and makes its chat public, which n8n otherwise offers in
 * the editor only.
 */
export function completedExample(name: string): Workflow {
	const workflow = example(name);
	for (const node of workflow.nodes) {
		const { options } = node.parameters as { options?: { callbackUrl?: string } };
		if (options?.callbackUrl) options.callbackUrl = "={{ $('Webhook').item.json.body.callbackUrl }}";
		if (node.type.endsWith('.chatTrigger')) Object.assign(node.parameters, { public: true });
		if (node.name === 'OpenAI Chat Model') node.credentials = { openAiApi: MODEL_CREDENTIAL };
	}
	return workflow;
}

/** Creates the credential that the examples name, for the emulator. */
export const exampleCredential = ({ providers }: Emulator): CredentialFile => ({
	id: 'fluxKontextBfl0001',
	name: 'Black Forest Labs account',
	type: 'fluxKontextBlackForestLabsApi',
	data: { ...providers.blackForestLabs },
});

/** Returns the items of all outputs of a node. */
export const itemsOfNode = (execution: Execution, node: string): INodeExecutionData[] =>
	execution.data.resultData.runData[node]?.at(-1)?.data?.['main']?.flatMap((items) => items ?? []) ?? [];

/** Asserts that bytes can be decoded as an image. */
export async function expectImage(bytes: Buffer): Promise<void> {
	expect((await sharp(bytes).metadata()).width).toBeGreaterThan(0);
}

/** Asserts that a node output `count` items, each with an image in n8n's binary store. */
export async function expectImages(
	{ n8n }: N8nFixture,
	execution: Execution,
	node: string,
	count: number,
): Promise<void> {
	const items = itemsOfNode(execution, node);
	expect(items).toHaveLength(count);
	for (const { binary } of items) await expectImage(await n8n.binary(binary?.['data']?.id ?? ''));
}

/** Text field of a form. */
export type TextField = [name: string, value: string];

/** Creates a form as a browser or curl's -F sends it. Each file is the emulator's sample image. */
export function uploadForm(
	{ emulator }: N8nFixture,
	files: readonly string[],
	texts: readonly TextField[],
): FormData {
	const form = new FormData();
	const image = new Blob([new Uint8Array(emulator.sampleImage.bytes)], { type: 'image/png' });
	for (const name of files) form.append(name, image, `${name}.png`);
	for (const [name, value] of texts) form.append(name, value);
	return form;
}

/** Counts the successful executions of an example. */
export async function countSuccesses({ n8n }: N8nFixture, name: string): Promise<number> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: exampleId(name), status: ['success'] }));
	return (await n8n.rest<{ count: number }>('GET', `/executions?limit=1&filter=${filter}`)).count;
}

/** Imports a CSV file as a data table, as the editor does it. Resolves to a function that reads its rows. */
export async function importTable(
	{ n8n: { rest } }: N8nFixture,
	name: string,
	csv: string,
): Promise<() => Promise<Array<Record<string, string>>>> {
	const form = new FormData();
	form.append('file', new Blob([csv], { type: 'text/csv' }), 'prompts.csv');
	const uploaded = await rest<{ id: string; columns: Array<{ name: string }> }>(
		'POST',
		'/data-tables/uploads',
		form,
	);
	const { id: project } = await rest<{ id: string }>('GET', '/projects/personal');
	const tablesPath = `/projects/${project}/data-tables`;
	const columns = uploaded.columns.map((column) => ({
		name: column.name,
		type: 'string',
		csvColumnName: column.name,
	}));
	const table = { name, fileId: uploaded.id, hasHeaders: true, columns };
	const { id } = await rest<{ id: string }>('POST', tablesPath, table);
	return async () =>
		(await rest<{ data: Array<Record<string, string>> }>('GET', `${tablesPath}/${id}/rows`)).data;
}
