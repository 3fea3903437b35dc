import * as n8nWorkflow from 'n8n-workflow';

import type { Ports } from '../core/http/ports';
import type { OpenImage } from '../core/image/openImage';
import { stopSignal } from './execution';
import { createHttpPort, type ReadableStream } from './httpPort';
import type { NodeContext } from './nodeContext';

/** Ports of the engine within a node, and n8n's binary store. */
export interface NodePorts extends Ports {
	/**
	 * Streams an image into n8n's binary data storage. Rejects if the image is incomplete or cannot be
	 * stored.
	 */
	storeImage(image: OpenImage, fileName: string): Promise<n8nWorkflow.IBinaryData>;
}

interface ReadableClass {
	from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: false }): ReadableStream;
}

/**
 * n8n below 2.34 has a `sleep` without a signal, and beside it one with a signal, which later versions have
 * not.
 */
const { sleep, sleepWithAbort = sleep } = n8nWorkflow as typeof n8nWorkflow & {
	sleepWithAbort?: typeof n8nWorkflow.sleep;
};

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	// A signal of its own, because n8n's older function never removes its listener.
	const own = new AbortController();
	const abort = (): void => own.abort();
	signal.addEventListener('abort', abort);
	try {
		await sleepWithAbort(ms, own.signal);
	} catch {
		// Aborted, which the caller sees from the signal.
	} finally {
		signal.removeEventListener('abort', abort);
	}
}

/** Creates the ports of the engine from n8n's helpers, for requests with one credential. */
export function createNodePorts(context: NodeContext, credential: string): NodePorts {
	// `Readable`, taken from the responses' streams, because community nodes may not import `stream`.
	let readable: ReadableClass | null = null;
	return {
		http: createHttpPort(context, credential, (stream) => {
			readable = stream.constructor as unknown as ReadableClass;
		}),
		sleep: sleepUnlessAborted,
		now: () => Date.now(),
		random: () => Math.random(),
		stop: stopSignal(context),
		decodeBase64: (text) => Buffer.from(text, 'base64'),
		async storeImage({ info, chunks }, fileName) {
			if (!readable) throw new TypeError('An image can only be stored after a response was read');
			return await context.helpers.prepareBinaryData(
				readable.from(chunks, { objectMode: false }),
				fileName,
				info.mimeType,
			);
		},
	};
}
