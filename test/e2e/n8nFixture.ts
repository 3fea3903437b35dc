import axios from 'axios';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import type { INodeExecutionData } from 'n8n-workflow';

import type { Operation } from '../../nodes/FluxKontext/core/provider';
import { startEmulator, type Emulator } from '../../tools/emulator';
import type { Execution, ExecutionOptions } from '../../tools/n8n-host/executions';
import { installHost } from '../../tools/n8n-host/install';
import { startN8n, type N8n, type StartOptions } from '../../tools/n8n-host/n8n';
import { packTarball } from '../../tools/n8n-host/pack';
import { credentialsFor, idOf, workflowOf, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

export interface N8nFixture {
	emulator: Emulator;
	n8n: N8n;
	/** The latest execution of a workflow by its name, once it has come to rest. */
	execution: (name: string, options?: ExecutionOptions) => Promise<Execution>;
	/** The latest executions of a workflow, the oldest of them first, once so many have come to rest. */
	executions: (name: string, count: number, options?: ExecutionOptions) => Promise<Execution[]>;
	/** What a power cut does, and the start after it. */
	restart: () => Promise<void>;
}

type More = Partial<Pick<StartOptions, 'credentials' | 'workflows' | 'env'>>;

/** Another way to start n8n than `startN8n`. */
type Start = (options: StartOptions) => Promise<N8n>;

/** A real n8n with the packed node and these workflows, and an emulator that is emptied before each test of the file. */
export function useN8nFixture(
	flux: readonly FluxWorkflow[],
	more: (emulator: Emulator) => Promise<More>,
	start: Start = startN8n,
): N8nFixture {
	const held = {} as N8nFixture & { packageTarball: string; options: StartOptions };
	beforeAll(async () => {
		const host = await installHost({ report: (line) => process.stderr.write(`${line}\n`) });
		held.emulator = await startEmulator();
		const { credentials = [], workflows = [], ...settings } = await more(held.emulator);
		held.packageTarball = await packTarball();
		held.options = {
			...settings,
			host,
			packageTarball: held.packageTarball,
			credentials: [...credentialsFor(held.emulator), ...credentials],
			workflows: [...flux.map(workflowOf), ...workflows],
		};
		held.n8n = await start(held.options);
	}, 1_200_000);
	beforeEach(() => held.emulator.clear());
	afterAll(async () => {
		// What did not start is not there.
		const { n8n, emulator, packageTarball } = held as Partial<typeof held>;
		await n8n?.stop();
		// A second start on a folder leaves it alone.
		if (n8n) await rm(n8n.userFolder, { recursive: true, force: true, maxRetries: 5 });
		await emulator?.close();
		if (packageTarball !== undefined) await rm(dirname(packageTarball), { recursive: true, force: true });
	});
	return {
		get emulator() {
			return held.emulator;
		},
		get n8n() {
			return held.n8n;
		},
		execution: async (name, options) => await held.n8n.execution(idOf(name), options),
		executions: async (name, count, options) => await held.n8n.executions(idOf(name), count, options),
		restart: async () => {
			const { userFolder, url, kill, ended } = held.n8n;
			kill();
			await ended;
			held.n8n = await start({
				...held.options,
				userFolder,
				port: Number(new URL(url).port),
				credentials: [],
				workflows: [],
			});
		},
	};
}

/** The parameters of an image whose prompt comes with the call of the webhook. */
export const imageParameters = (provider: string, operation: Operation) => ({
	provider,
	resource: 'image',
	operation,
	prompt: '={{ $json.body.prompt }}',
});

/** What the node put out: its regular output, and its error output where it has one. */
export function outputsOf(execution: Execution): INodeExecutionData[][] {
	const main = execution.data.resultData.runData['Flux Kontext']?.at(-1)?.data?.['main'] ?? [];
	return main.map((items) => items ?? []);
}

/** The image of an item is in n8n's own store as the provider delivered it, and is what the item says it is. */
export async function storedImage(
	{ n8n }: N8nFixture,
	item: INodeExecutionData | undefined,
): Promise<Buffer> {
	const { image } = item?.json as {
		image: { url: string | null; width: number; height: number; mimeType: string };
	};
	const stored = await n8n.binary(item?.binary?.['data']?.id ?? '');
	if (image.url !== null) {
		const { data } = await axios.get<ArrayBuffer>(image.url, {
			responseType: 'arraybuffer',
			proxy: false,
		});
		expect(stored.equals(Buffer.from(data))).toBe(true);
	}
	const { width, height, format } = await sharp(stored).metadata();
	expect({ width, height, mimeType: `image/${format}` }).toEqual({
		width: image.width,
		height: image.height,
		mimeType: image.mimeType,
	});
	return stored;
}

/** The same image is what the workflow's webhook answered with. */
export async function expectAnswered(fixture: N8nFixture, name: string, answer: unknown): Promise<Buffer> {
	const [item] = outputsOf(await fixture.execution(name))[0] ?? [];
	const stored = await storedImage(fixture, item);
	expect(Buffer.isBuffer(answer) && answer.equals(stored)).toBe(true);
	return stored;
}
