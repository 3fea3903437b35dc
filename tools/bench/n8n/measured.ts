import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { installHost } from '../../n8n-host/install';
import { startN8n, type N8n } from '../../n8n-host/n8n';
import { webhooksRegistered } from '../../n8n-host/workflows';
import { credentialsFor, workflowOf } from '../../n8n-host/fluxWorkflow';
import type { Lane } from '../processes/lanes';
import { temporaryFolder } from '../support/temporary';
import { loopWorkflow, type LoopWorkflow } from './loopWorkflow';
import { pidOf } from './pid';

/** Of the node, and the size of the loop's batches. */
export const CONCURRENCY = 10;
const nodeProvider = 'blackForestLabs';

const node = workflowOf({
	name: 'node',
	parameters: {
		resource: 'image',
		operation: 'generate',
		provider: nodeProvider,
		prompt: '={{ $json.prompt }}',
		options: { concurrency: CONCURRENCY },
	},
	items: 'items',
	respond: 'items',
});

const loops = {
	single: { name: 'single', api: 'blackForestLabs' },
	batches: { name: 'batches', api: 'blackForestLabs', batch: CONCURRENCY },
	all: { name: 'all', api: 'replicate' },
} satisfies Record<string, LoopWorkflow>;

/** So many images; comes back when the workflow has ended. */
type Make = (lane: Lane, images: number) => Promise<unknown>;

/** A real n8n that keeps binary data on disk, with the node and with what its users would build of n8n's own nodes. */
export interface MeasuredN8n {
	pid: number;
	/** This node, ten at a time, at the lane that the n8n was prepared for. */
	node: Make;
	/** The loop for one image: as many executions as there are images. */
	single: Make;
	/** The loop in batches of ten. */
	batches: Make;
	/** The loop with all items at once. */
	all: Make;
	/** Gigabytes in the end. */
	emptyStore: () => Promise<void>;
	stop: () => Promise<void>;
}

export interface PreparedN8n {
	/** Where the node's credentials lead. */
	lane: Lane;
	/** A fresh process, each time on the same folder. */
	start: () => Promise<MeasuredN8n>;
}

const UP_MS = 60_000;
/** Longer than the longest job. */
const ANSWER_MS = 300_000;

async function post(
	n8n: N8n,
	path: string,
	account: { baseUrl: string; apiKey: string },
	images: number,
): Promise<void> {
	const body = {
		...account,
		items: Array.from({ length: images }, (_, index) => ({ prompt: `a valley, ${index}` })),
	};
	const { status, data } = await n8n.webhook(path, body, { timeout: ANSWER_MS });
	if (status !== 200 || !Array.isArray(data) || data.length !== images) {
		throw new Error(
			`The workflow "${path}" answered ${status} with ${JSON.stringify(data).slice(0, 500)}`,
		);
	}
}

export async function prepareN8n(
	lane: Lane,
	packageTarball: string,
	report: (line: string) => void,
): Promise<PreparedN8n> {
	const host = await installHost({ report });
	const userFolder = await temporaryFolder();
	const workflows = [node, ...Object.values(loops).map(loopWorkflow)];
	let imports = { credentials: credentialsFor(lane), workflows };
	const start = async (): Promise<MeasuredN8n> => {
		const n8n = await startN8n({
			host,
			packageTarball,
			userFolder,
			env: { N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem' },
			...imports,
		});
		imports = { credentials: [], workflows: [] };
		await webhooksRegistered(n8n.url, workflows, UP_MS);
		const loop =
			({ name, api }: LoopWorkflow): Make =>
			async (at, images) =>
				await post(n8n, name, at.providers[api], images);
		const one = loop(loops.single);
		return {
			pid: pidOf(host.n8n),
			node: async (at, images) => await post(n8n, node.name, at.providers[nodeProvider], images),
			single: async (at, images) =>
				await Promise.all(Array.from({ length: images }, async () => await one(at, 1))),
			batches: loop(loops.batches),
			all: loop(loops.all),
			emptyStore: async () =>
				await rm(join(userFolder, '.n8n', 'storage'), { recursive: true, force: true }),
			stop: n8n.stop,
		};
	};
	return { lane, start };
}
