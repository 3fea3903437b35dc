import type { INodeParameters } from 'n8n-workflow';

import { temporaryFolder } from '../support/temporary';
import { startChild } from './child';
import type { Lane } from './lanes';

export interface NodeOrder {
	accounts: Lane['providers'];
	imageBytes: number;
	parameters: INodeParameters;
	items: number;
	concurrency: number;
	/** Not our node, but one that takes each image into a buffer, as most do. */
	buffering: boolean;
}

export interface NodeResult {
	images: number;
	/** Whole, in n8n's store. */
	stored: number;
	wallMs: number;
	cpuMs: number;
	/** What the finished items hold. */
	heapBytes: number;
}

export interface RunSettings {
	provider: string;
	items: number;
	concurrency: number;
	buffering?: boolean;
	parameters?: INodeParameters;
	options?: INodeParameters;
}

/** The node inside n8n-core, in a process of its own. */
export interface NodeProcess {
	pid: number;
	run: (lane: Lane, settings: RunSettings) => Promise<NodeResult>;
	stop: () => Promise<void>;
}

export async function startNode(): Promise<NodeProcess> {
	const child = startChild<NodeOrder, NodeResult>('nodeWorker.ts', {
		N8N_USER_FOLDER: await temporaryFolder(),
		// isolated-vm needs Node 24; expressions are not what is measured.
		N8N_EXPRESSION_ENGINE: 'legacy',
		N8N_LOG_LEVEL: 'silent',
	});
	return {
		pid: child.pid,
		run: async (lane, { provider, items, concurrency, buffering = false, parameters, options }) =>
			await child.ask({
				accounts: lane.providers,
				imageBytes: lane.imageBytes,
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
