import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { credentialsFor, workflowOf } from '../../n8n-host/fluxWorkflow';
import { installHost } from '../../n8n-host/install';
import { startN8n, type N8n } from '../../n8n-host/n8n';
import { webhooksRegistered } from '../../n8n-host/workflows';
import type { BenchEmulator } from '../processes/benchEmulators';
import { temporaryFolder } from '../support/temporary';
import { loopWorkflow, type LoopWorkflow } from './loopWorkflow';
import { findChildPid } from './pid';

/** Concurrency of the node, and batch size of the loop. */
export const CONCURRENCY = 10;
const NODE_PROVIDER = 'blackForestLabs';

const nodeWorkflow = workflowOf({
	name: 'node',
	parameters: {
		resource: 'image',
		operation: 'generate',
		provider: NODE_PROVIDER,
		prompt: '={{ $json.prompt }}',
		options: { concurrency: CONCURRENCY },
	},
	items: 'items',
	respond: 'items',
});

const loops = {
	single: { name: 'single', api: 'blackForestLabs' },
	batches: { name: 'batches', api: 'blackForestLabs', batchSize: CONCURRENCY },
	all: { name: 'all', api: 'replicate' },
} satisfies Record<string, LoopWorkflow>;

const workflows = [nodeWorkflow, ...Object.values(loops).map(loopWorkflow)];

/** Generates images with a workflow and waits for its end. */
type Generate = (emulator: BenchEmulator, images: number) => Promise<unknown>;

/** Real n8n that stores binary data on disk, with this node and with the loops that its users would build. */
export interface MeasuredN8n {
	pid: number;
	/** This node, ten at a time. Requires the emulator that the n8n was prepared for. */
	node: Generate;
	/** Loop for one image, in as many executions as there are images. */
	single: Generate;
	/** Loop in batches of ten. */
	batches: Generate;
	/** Loop with all items at once. */
	all: Generate;
	/** Deletes the stored images, which would take gigabytes over a whole benchmark. */
	emptyStore: () => Promise<void>;
	stop: () => Promise<void>;
}

export interface PreparedN8n {
	/** Emulator that the node's credentials point to. */
	emulator: BenchEmulator;
	/** Starts a fresh process, each time with the same user folder. */
	start: () => Promise<MeasuredN8n>;
}

const START_TIMEOUT_MS = 60_000;
/** Longer than the longest job. */
const RESPONSE_TIMEOUT_MS = 300_000;

async function postItems(
	n8n: N8n,
	path: string,
	connection: { baseUrl: string; apiKey: string },
	images: number,
): Promise<void> {
	const body = {
		...connection,
		items: Array.from({ length: images }, (_, index) => ({ prompt: `a valley, ${index}` })),
	};
	const { status, data } = await n8n.webhook(path, body, { timeout: RESPONSE_TIMEOUT_MS });
	if (status !== 200 || !Array.isArray(data) || data.length !== images) {
		throw new Error(
			`The workflow "${path}" answered ${status} with ${JSON.stringify(data).slice(0, 500)}`,
		);
	}
}

function toMeasured(n8n: N8n, pid: number, userFolder: string): MeasuredN8n {
	const loop =
		({ name, api }: LoopWorkflow): Generate =>
		async (emulator, images) =>
			await postItems(n8n, name, emulator.providers[api], images);
	const generateOne = loop(loops.single);
	return {
		pid,
		node: async ({ providers }, images) =>
			await postItems(n8n, nodeWorkflow.name, providers[NODE_PROVIDER], images),
		single: async (emulator, images) =>
			await Promise.all(Array.from({ length: images }, async () => await generateOne(emulator, 1))),
		batches: loop(loops.batches),
		all: loop(loops.all),
		emptyStore: async () =>
			await rm(join(userFolder, '.n8n', 'storage'), { recursive: true, force: true }),
		stop: n8n.stop,
	};
}

/** Installs n8n if necessary. Its first start imports the workflows and the credentials for the emulator. */
export async function prepareN8n(
	emulator: BenchEmulator,
	packageTarball: string,
	report: (line: string) => void,
): Promise<PreparedN8n> {
	const host = await installHost({ report });
	const userFolder = await temporaryFolder();
	let imports = { credentials: credentialsFor(emulator), workflows };
	const start = async (): Promise<MeasuredN8n> => {
		const n8n = await startN8n({
			host,
			packageTarball,
			userFolder,
			env: { N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem' },
			...imports,
		});
		imports = { credentials: [], workflows: [] };
		await webhooksRegistered(n8n.url, workflows, START_TIMEOUT_MS);
		return toMeasured(n8n, findChildPid(host.n8n), userFolder);
	};
	return { emulator, start };
}
