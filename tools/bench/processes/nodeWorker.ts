import type { INodeExecutionData } from 'n8n-workflow';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { providers } from '../../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../emulator';
import { inContext, runNode, type NodeRunOptions } from '../../n8n-core/runNode';
import { bufferImages } from './bufferingNode';
import { serve } from './child';
import type { NodeResult, NodeTask } from './nodes';

const userFolder = process.env['N8N_USER_FOLDER'] ?? '';

/** Returns the path of an image in n8n's store, from the id of its binary data. */
const storedFile = ({ binary }: INodeExecutionData): string =>
	join(userFolder, '.n8n', 'storage', binary?.['data']?.id?.split(':')[1] ?? '');

function toRunOptions({ connections, parameters, items }: NodeTask): NodeRunOptions {
	return {
		parameters,
		items: Array.from({ length: items }, (_, index) => ({ json: { prompt: `a valley, ${index}` } })),
		credentials: Object.fromEntries(
			providers.map(({ id, credential }) => [credential, { ...connections[id as ProviderId] }]),
		),
	};
}

async function createImages(task: NodeTask): Promise<INodeExecutionData[]> {
	const options = toRunOptions(task);
	if (task.buffering) return await inContext(options, async (context) => await bufferImages(context, task));
	const { items, error } = await runNode(options);
	if (error) throw new Error(`The node failed: ${error.message}`);
	return items;
}

function heapUsedAfterGc(): number {
	global.gc?.();
	return process.memoryUsage().heapUsed;
}

serve(async (task: NodeTask): Promise<NodeResult> => {
	const heapBefore = heapUsedAfterGc();
	const cpuBefore = process.cpuUsage();
	const startedAt = Date.now();
	const images = await createImages(task);
	const wallMs = Date.now() - startedAt;
	const { user, system } = process.cpuUsage(cpuBefore);
	const heapBytes = heapUsedAfterGc() - heapBefore;
	const files = new Set(images.map(storedFile));
	const sizes = await Promise.all([...files].map(async (file) => (await stat(file)).size));
	// Over a whole benchmark the images would take gigabytes.
	await Promise.all([...files].map(async (file) => await rm(file)));
	const stored = sizes.filter((size) => size === task.imageBytes).length;
	return { images: images.length, stored, wallMs, cpuMs: (user + system) / 1000, heapBytes };
});
