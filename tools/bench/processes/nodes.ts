import type { INodeParameters } from 'n8n-workflow';

import { temporaryFolder } from '../support/temporary';
import type { BenchEmulator } from './benchEmulators';
import { startChild } from './child';

/** Request to the worker process: one run of a node. */
export interface NodeTask {
	connections: BenchEmulator['providers'];
	/** Expected size of each image. */
	imageBytes: number;
	parameters: INodeParameters;
	items: number;
	concurrency: number;
	/** Runs a node that buffers each image, as most nodes do, instead of this node. */
	buffering: boolean;
}

export interface NodeResult {
	images: number;
	/** Number of images that are complete in n8n's store. */
	stored: number;
	wallMs: number;
	cpuMs: number;
	/** Bytes of heap that the finished items hold. */
	heapBytes: number;
}

export interface RunSettings {
	provider: string;
	items: number;
	concurrency: number;
	/** Default: false. */
	buffering?: boolean;
	parameters?: INodeParameters;
	options?: INodeParameters;
}

/** Process that runs the node inside n8n-core. */
export interface NodeProcess {
	pid: number;
	run: (emulator: BenchEmulator, settings: RunSettings) => Promise<NodeResult>;
	stop: () => Promise<void>;
}

export async function startNode(): Promise<NodeProcess> {
	const child = startChild<NodeTask, NodeResult>('nodeWorker.ts', {
		N8N_USER_FOLDER: await temporaryFolder(),
		// n8n's default engine, isolated-vm, requires Node 24.
		...(Number(process.versions.node.split('.')[0]) < 24 && { N8N_EXPRESSION_ENGINE: 'legacy' }),
		N8N_LOG_LEVEL: 'silent',
	});
	return {
		pid: child.pid,
		run: async (emulator, { provider, items, concurrency, buffering = false, parameters, options }) =>
			await child.send({
				connections: emulator.providers,
				imageBytes: emulator.imageBytes,
				items,
				concurrency,
				buffering,
				parameters: {
					resource: 'image',
					operation: 'generate',
					provider,
					prompt: '={{ $json.prompt }}',
					...parameters,
					options: { concurrency, ...options },
				},
			}),
		stop: child.stop,
	};
}
