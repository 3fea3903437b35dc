import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';

import { providers } from '../../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../emulator';
import { inContext, runNode, type NodeRunOptions } from '../../n8n-core/runNode';
import { bufferImages } from './bufferingNode';
import { answer } from './child';
import type { NodeOrder, NodeResult } from './nodes';

const folder = process.env['N8N_USER_FOLDER'] ?? '';

/** Where n8n keeps an image, by the id that it gave it. */
const fileOf = ({ binary }: INodeExecutionData): string =>
	join(folder, '.n8n', 'storage', binary?.['data']?.id?.split(':')[1] ?? '');

function optionsOf({ accounts, parameters, items }: NodeOrder): NodeRunOptions {
	return {
		parameters,
		items: Array.from({ length: items }, (_, index) => ({ json: { prompt: `a valley, ${index}` } })),
		credentials: Object.fromEntries(
			providers.map(({ id, credential }) => [credential, { ...accounts[id as ProviderId] }]),
		),
	};
}

async function imagesOf(order: NodeOrder): Promise<INodeExecutionData[]> {
	const options = optionsOf(order);
	if (order.buffering)
		return await inContext(options, async (context) => await bufferImages(context, order));
	const { items, error } = await runNode(options);
	if (error) throw new Error(`The node ended with: ${error.message}`);
	return items;
}

const heap = () => {
	global.gc?.();
	return process.memoryUsage().heapUsed;
};

answer(async (order: NodeOrder): Promise<NodeResult> => {
	const heapBefore = heap();
	const cpuBefore = process.cpuUsage();
	const started = Date.now();
	const images = await imagesOf(order);
	const wallMs = Date.now() - started;
	const { user, system } = process.cpuUsage(cpuBefore);
	const heapBytes = heap() - heapBefore;
	const files = new Set(images.map(fileOf));
	const sizes = await Promise.all([...files].map(async (file) => (await stat(file)).size));
	// Gigabytes in the end.
	await Promise.all([...files].map(async (file) => await rm(file)));
	const stored = sizes.filter((size) => size === order.imageBytes).length;
	return { images: images.length, stored, wallMs, cpuMs: (user + system) / 1000, heapBytes };
});
