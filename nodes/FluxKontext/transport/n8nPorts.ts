import { sleep, type IBinaryData, type IExecuteFunctions } from 'n8n-workflow';

import type { OpenImage } from '../core/download';
import type { Ports } from '../core/http';
import { httpPort, type ReadableStream } from './httpPort';

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
export function n8nPorts(context: IExecuteFunctions, credential: string): N8nPorts {
	// `Readable.from`, reached through the class of the answers' streams: community nodes may not import `stream`.
	let readable: ReadableClass | null = null;
	return {
		http: httpPort(context, credential, (stream) => {
			readable = stream.constructor as unknown as ReadableClass;
		}),
		sleep: sleepUnlessAborted,
		now: () => Date.now(),
		random: () => Math.random(),
		stop: context.getExecutionCancelSignal() ?? new AbortController().signal,
		decodeBase64: (text) => Buffer.from(text, 'base64'),
		async storeImage({ info, chunks }, fileName) {
			if (!readable) throw new TypeError('An image is stored after an answer was read');
			return await context.helpers.prepareBinaryData(readable.from(chunks, { objectMode: false }), fileName, info.mimeType);
		},
	};
}
